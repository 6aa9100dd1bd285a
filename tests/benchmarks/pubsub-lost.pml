/* The twin of pubsub-lost.yaml: that of pubsub.yaml, of which nothing is asked on the way. What
   is asked of the end is left out: that takes a never claim, with which SPIN is slower. */

#define LOST
#include "pubsub.pml"
