byte holder;
bool busy[3];
active [3] proctype node() {
    do
    :: busy[_pid] = !busy[_pid]
    :: d_step { holder == _pid -> holder = (_pid + 1) % 3 }
    od
}
#define first (holder == 0)
#define second (holder == 1)
#define third (holder == 2)
ltl moves { <> second }
ltl comes_back { [] <> first }
ltl in_turn { [] (first -> (first W second)) }
ltl not_two_on { first U third }
