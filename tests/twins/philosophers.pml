bool taken[3], eats[3];
active [3] proctype philosopher() {
    do
    :: d_step { !taken[_pid] -> taken[_pid] = true };
       d_step { !taken[(_pid + 1) % 3] -> taken[(_pid + 1) % 3] = true; eats[_pid] = true };
       d_step { taken[_pid] = false; taken[(_pid + 1) % 3] = false; eats[_pid] = false }
    od
}
#define one_eats (eats[0] || eats[1] || eats[2])
ltl somebody { <> one_eats }
ltl again { [] <> one_eats }
ltl neighbours { [] !(eats[0] && eats[1]) }
