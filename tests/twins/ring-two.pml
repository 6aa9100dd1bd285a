byte holder;
bool up;
active [3] proctype node() {
    do
    :: d_step { holder == _pid -> holder = (_pid + 1) % 3 }
    od
}
active proctype heart() {
    do
    :: up = !up
    od
}
#define first (holder == 0)
ltl moves { <> (holder == 2) }
ltl comes_back { ([] <> first) && ([] <> !first) }
ltl beats { [] <> up }
ltl rests { <> [] up }
