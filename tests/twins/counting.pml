byte n, m;
active proctype counter() {
    do
    :: n < 3;
       n++
    :: n == 3 -> break
    od
}
active proctype other() {
    m = 1
}
#define low (n < 2)
#define is_set (m == 1)
#define high (n == 3)
ltl up { <> [] high }
ltl passes { <> (n == 2) }
ltl too_far { <> (high && !is_set && <> low) }
ltl until { low U (!low && <> is_set) }
ltl release { is_set V low }
ltl stays { <> [] (high && is_set) }
ltl first { !high U is_set }
