bool open, through;
active proctype gate() {
    do
    :: open = !open
    od
}
active proctype walker() {
    d_step { open -> through = true }
}
ltl gets_through { <> through }
ltl opens { [] <> open }
ltl stays { !through U (through && !through) }
