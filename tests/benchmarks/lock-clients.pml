/* The twin of lock-clients.yaml: the same states and the same steps.

   Each d_step is one step of the spec. `inside` counts who has the lock and has not written,
   and adds no state. */

#ifndef CLIENTS
#define CLIENTS 4
#endif
#ifndef TURNS
#define TURNS 2
#endif

#define SELF (_pid + 1)

byte lock;       /* 0: free */
byte written;
byte inside;

active [CLIENTS] proctype client() {
    byte left = TURNS;
    byte draft;
end:
    do
    :: d_step {    /* begin */
           left > 0 ->
           left--
       };
       d_step {    /* take */
           lock == 0 ->
           lock = SELF;
           inside++;
           assert(inside == 1)    /* alone */
       };
       draft = written;    /* read */
       d_step {    /* write */
           written = draft + 1;
           draft = 0;
           inside--
       };
       d_step {    /* give_back */
           if
           :: lock == SELF -> lock = 0
           :: else
           fi
       }
    od
}
