/* The twin of peterson-n.yaml: the same states and the same steps.

   Each d_step is one step of the spec. A loop costs no step there, so the last round of one
   sets what the next round begins with. `inside` counts who is about to do its critical step,
   and adds no state. */

#ifndef WORKERS
#define WORKERS 4
#endif

byte level[WORKERS];
byte last[WORKERS];
byte inside;

#define PASSES (w == _pid || level[w] < l || last[l] != _pid)
#define LAST (WORKERS - 1)

active [WORKERS] proctype worker() {
#ifdef ONCE
    byte l = 1, w;
#else
    byte l, w;
end:
#endif
    do
#ifdef ONCE
    ::
#else
    :: d_step {    /* rest */
           l = 1
       };
#endif
       do
       :: d_step {    /* climb */
              level[_pid] = l
          };
          d_step {    /* give_way */
              last[l] = _pid
          };
          do
          :: d_step {    /* wait */
                 w < LAST && PASSES ->
                 w++
             }
          :: d_step {    /* wait for the last worker */
                 w == LAST && l < LAST && PASSES ->
                 w = 0;
                 l++
             };
             break
          :: d_step {    /* wait for the last worker at the last level */
                 w == LAST && l == LAST && PASSES ->
                 w = 0;
                 l = 0;
                 inside++;
                 assert(inside == 1)    /* mutual_exclusion */
             };
             goto enter
          od
       od;
enter: inside--;    /* critical */
       d_step {    /* leave */
           level[_pid] = 0
       }
#ifdef ONCE
       break
#endif
    od
#ifdef ONCE
end: false
#endif
}
