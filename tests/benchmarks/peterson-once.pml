/* The twin of peterson-once.yaml: that of peterson-n.yaml, in which nobody comes back. */

#define ONCE
#include "peterson-n.pml"
