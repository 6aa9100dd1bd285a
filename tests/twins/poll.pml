bool answered;
active proctype clerk() {
    if
    :: d_step { true -> answered = true }
    :: skip
    fi
}
active proctype customer() {
    do
    :: answered -> break
    :: !answered
    od
}
ltl answered_at_last { <> [] answered }
ltl answered_once { <> answered }
ltl stays { [] (answered -> [] answered) }
