"""One HTML file that shows a check: verdicts, traces, the space, and a walk through it."""
