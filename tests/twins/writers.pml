byte readers;
bool writing, waits;
active [2] proctype reader() {
    do
    :: d_step { !writing -> readers++ };
       readers--
    od
}
active proctype writer() {
    do
    :: waits = true;
       d_step { readers == 0 -> writing = true; waits = false };
       writing = false
    od
}
#define reading (readers > 0)
ltl apart { [] !(writing && reading) }
ltl writes { [] (waits -> <> writing) }
ltl reads { [] <> reading }
ltl the_writer_or_readers { ([] <> writing) || (<> [] (reading || waits)) }
