"""From a spec to the smallest changes that repair it, and to what it needs as it is."""
