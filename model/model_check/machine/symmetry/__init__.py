"""Which process instances are alike, and of states that differ only in which of them is which,
one that stands for all."""
