byte votes[2], decided;
bool informed[2];
active [2] proctype participant() {
    if
    :: votes[_pid] = 1
    :: votes[_pid] = 2
    fi;
    d_step { decided > 0 -> informed[_pid] = true }
}
active proctype manager() {
    if
    :: skip
    :: d_step { votes[0] > 0 && votes[1] > 0 ->
           decided = (votes[0] == 2 && votes[1] == 2 -> 2 : 1)
       }
    fi
}
#define one_done (informed[0])
#define refused (votes[0] == 1)
#define committed (decided == 2)
#define some_decision (decided > 0)
ltl ends { <> one_done }
ltl agreed { [] (refused -> [] !committed) }
ltl if_decided { <> some_decision -> <> one_done }
ltl commits { [] ((votes[0] == 2 && votes[1] == 2) -> <> committed) }
