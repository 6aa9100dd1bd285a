bool wants[2], inside[2];
byte turn;
active [2] proctype worker() {
    do
    :: turn = turn    /* rest: SPIN takes no step that does nothing */
    :: wants[_pid] = true;
       turn = 1 - _pid;
       d_step { (!wants[1 - _pid] || turn == _pid) -> inside[_pid] = true };
       d_step { inside[_pid] = false; wants[_pid] = false }
    od
}
ltl alone { [] !(inside[0] && inside[1]) }
ltl no_starvation { [] (wants[0] -> <> inside[0]) }
ltl enters { <> inside[0] }
ltl leaves { [] <> !inside[0] }
