/* The twin of two-phase-commit.yaml: the same states and the same steps.

   Each d_step is one step of the spec. The transaction manager has one place only, so it makes
   no difference whose process its steps are written in: receive_prepared stands with the
   resource manager that it chooses. Messages are a set that only grows, one bit for each.
   `any_committed` and `any_aborted` follow from the states of the resource managers. */

#ifndef RMS
#define RMS 6
#endif

#define ALL ((1 << RMS) - 1)
#define SELF (1 << _pid)

mtype = { working, prepared, committed, aborted };

unsigned sent : RMS;        /* who sent `prepared` */
unsigned received : RMS;    /* of whom the transaction manager knows it */
bool commit_sent, abort_sent;
bool any_committed, any_aborted;

active [RMS] proctype resource_manager() {
    mtype state = working;
end:
    do
    :: d_step {    /* prepare */
           state == working ->
           state = prepared;
           sent = sent | SELF
       }
    :: d_step {    /* choose_to_abort */
           state == working ->
           state = aborted;
           any_aborted = true
       }
    :: d_step {    /* receive_commit */
           commit_sent ->
           state = committed;
           any_committed = true;
           assert(!any_aborted)    /* consistent */
       }
    :: d_step {    /* receive_abort */
           abort_sent ->
           state = aborted;
           any_aborted = true;
           assert(!any_committed)    /* consistent */
       }
    :: d_step {    /* receive_prepared, of the transaction manager */
           !commit_sent && !abort_sent && (sent & SELF) ->
           received = received | SELF
       }
    od
}

active proctype transaction_manager() {
end:
    do
    :: d_step {    /* commit */
           !commit_sent && !abort_sent && received == ALL ->
           commit_sent = true
       }
    :: d_step {    /* abort */
           !commit_sent && !abort_sent ->
           abort_sent = true
       }
    od
}
