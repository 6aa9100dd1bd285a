bool free = true;
bool turns[2];
active [2] proctype worker() {
    do
    :: d_step { free -> free = false; turns[_pid] = true };
       d_step { free = true; turns[_pid] = false }
    od
}
#define in0 (turns[0])
#define in1 (turns[1])
ltl alone { [] !(in0 && in1) }
ltl one_again { [] <> in0 }
ltl some_again { [] <> (in0 || in1) }
ltl both_or_never { ([] <> in0) -> ([] <> in1) }
