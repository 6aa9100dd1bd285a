"""Logs of a real server, held against the model: a verdict for each session."""
