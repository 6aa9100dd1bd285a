bool taken[3], eats[3];
#define first (_pid == 2 -> 0 : _pid)
#define second (_pid == 2 -> 2 : _pid + 1)
active [3] proctype philosopher() {
    do
    :: d_step { !taken[first] -> taken[first] = true };
       d_step { !taken[second] -> taken[second] = true; eats[_pid] = true };
       d_step { taken[first] = false; taken[second] = false; eats[_pid] = false }
    od
}
#define one_eats (eats[0] || eats[1] || eats[2])
ltl somebody { <> one_eats }
ltl again { [] <> one_eats }
ltl neighbours { [] !(eats[0] && eats[1]) }
ltl the_first { <> (eats[0]) }
