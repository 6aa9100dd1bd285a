/* The twin of reconnecting-clients.yaml: the same states and the same steps.

   Each d_step is one step of the spec. What is saved is 1, 2, 3 and so on, and what a client has
   seen begins so, which is asserted: numbers say how far. What is hidden is used within a step
   only. */

#ifndef CHUNKS
#define CHUNKS 3
#endif
#ifndef CLIENTS
#define CLIENTS 2
#endif
#ifndef BREAKS
#define BREAKS 1
#endif

byte saved;
bool subscribed[CLIENTS];
chan inbox[CLIENTS] = [CHUNKS] of { byte };

hidden byte i;
hidden byte chunk;

active proctype service() {
    byte next = 1;
end:
    do
    :: d_step {    /* save */
           next <= CHUNKS ->
           saved = next
       };
       d_step {    /* publish */
           i = 0;
           do
           :: i < CLIENTS ->
               if
               :: subscribed[i] -> inbox[i] ! next
               :: else
               fi;
               i++
           :: else -> break
           od;
           next++
       }
    od
}

#define SELF (_pid - 1)

active [CLIENTS] proctype client() {
    byte seen;
    byte left = BREAKS;
    do
    :: subscribed[SELF] = true;    /* subscribe */
       seen = saved;               /* read */
end:   do
       :: d_step {    /* hear */
              nempty(inbox[SELF]) ->
              inbox[SELF] ? chunk;
              assert(chunk <= seen + 1);
              if
              :: chunk > seen -> seen = chunk
              :: else
              fi
          }
       :: d_step {    /* lose */
              left > 0 ->
              left--;
              subscribed[SELF] = false
          };
          break
       od
    od
}
