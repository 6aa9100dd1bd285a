"""Simulated runs of a timed graph: in compiled code, or in Python by the same functions."""
