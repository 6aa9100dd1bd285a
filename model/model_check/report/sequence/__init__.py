"""A trace as a sequence diagram: who takes part, what goes between them, in which row."""
