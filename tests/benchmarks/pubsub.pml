/* The twin of pubsub.yaml: the same states and the same steps.

   Each d_step is one step of the spec. The history only ever holds 1, 2, 3 and so on, so its
   length says what it holds, and the length of a snapshot does. What is hidden is used within
   a step only. Whoever has nothing left to do waits at an end label: a process that ended
   would take one more step for that. */

#ifndef CHUNKS
#define CHUNKS 3
#endif
#ifndef GATEWAYS
#define GATEWAYS 2
#endif
#ifndef RECONNECTS
#define RECONNECTS 1
#endif

byte saved;
bool subscribed[GATEWAYS];
chan inbox[GATEWAYS] = [CHUNKS] of { byte };
chan page[GATEWAYS] = [2 * CHUNKS] of { byte };

hidden byte i;
hidden byte frame;

active proctype ai_service() {
    byte chunk = 1;
end:
    do
    :: d_step {    /* publish */
           chunk <= CHUNKS ->
           i = 0;
           do
           :: i < GATEWAYS ->
               if
               :: subscribed[i] -> inbox[i] ! chunk
               :: else
               fi;
               i++
           :: else -> break
           od
       };
       d_step {    /* save */
           saved = chunk;
           chunk++
       }
    od
}

#define NODE (_pid - 1)

active [GATEWAYS] proctype gateway() {
    byte snapshot;
    byte left = RECONNECTS;
    do
    :: d_step {    /* read_history */
           snapshot = saved
       };
       d_step {    /* send_history */
           i = 1;
           do
           :: i <= snapshot -> page[NODE] ! i; i++
           :: else -> break
           od;
           snapshot = 0
       };
       d_step {    /* subscribe */
           subscribed[NODE] = true
       };
end:   do
       :: d_step {    /* forward */
              nempty(inbox[NODE]) ->
              inbox[NODE] ? frame;
              page[NODE] ! frame
          }
       :: d_step {    /* reconnect */
              left > 0 ->
              left--;
              subscribed[NODE] = false;
              do
              :: len(page[NODE]) > 0 -> page[NODE] ? frame
              :: else -> break
              od
          };
          break
       od
    od
}

#define VIEW (_pid - 1 - GATEWAYS)

active [GATEWAYS] proctype client() {
    int shown;
end:
    do
    :: d_step {    /* show */
           nempty(page[VIEW]) ->
           page[VIEW] ? frame;
           shown = shown | (1 << frame);
#ifndef LOST
           assert(frame <= saved + 1)    /* nothing_early */
#endif
       }
    od
}
