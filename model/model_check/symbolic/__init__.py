"""A machine's steps as formulas, and what z3 says of them."""
