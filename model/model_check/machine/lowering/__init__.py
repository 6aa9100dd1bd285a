"""From a checked spec to the steps and formulas of a machine."""
