/* The twin of work-queue.yaml: the same states and the same steps.

   A worker's list of what is being done holds what it has in its hands, so the latter says what
   is there. Jobs come out of the list as they went in. What is asked of the end is left out:
   that takes a never claim, with which SPIN is slower. */

#ifndef WORKERS
#define WORKERS 4
#endif
#ifndef JOBS
#define JOBS 4
#endif

chan jobs = [JOBS] of { byte };
unsigned noted : JOBS;

active proctype producer() {
    byte job = 1;
    xs jobs;
end:
    do
    :: d_step {    /* push */
           job <= JOBS ->
           jobs ! job;
           job++
       }
    od
}

active [WORKERS] proctype worker() {
    byte mine;
end:
    do
    :: jobs ? mine;    /* take */
       skip;           /* work */
       noted = noted | (1 << (mine - 1));    /* note */
       mine = 0        /* finish */
    od
}
