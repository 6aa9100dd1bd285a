byte stored;
bool put, got;
active proctype producer() {
    do
    :: d_step { stored < 2 -> stored++; put = true };
       put = false
    od
}
active proctype consumer() {
    do
    :: d_step { stored > 0 -> stored--; got = true };
       got = false
    od
}
#define full (stored == 2)
ltl arrives { [] (put -> <> got) }
ltl full_again { [] <> full }
ltl empty_in_the_end { <> [] (stored == 0) }
ltl one_before_the_other { !got U put }
ltl weak { !got W full }
