"""From a machine to Python functions that carry it out."""
