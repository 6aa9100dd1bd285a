/* Strong fairness is said in front of each formula: open again and again, and not through yet. */
bool open, through;
active proctype gate() {
    do
    :: open = !open
    od
}
active proctype walker() {
    d_step { open -> through = true }
}
#define fair (([] <> (open && !through)) -> <> through)
ltl gets_through { fair -> <> through }
ltl opens { fair -> [] <> open }
ltl stays { fair -> (!through U (through && !through)) }
