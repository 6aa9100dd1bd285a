"""How likely a run of a spec goes wrong, given how long its steps take."""
