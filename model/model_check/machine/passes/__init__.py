"""From a machine to one that does the same with fewer fields."""
