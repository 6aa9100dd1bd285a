"""From nodes and texts to what a spec says: the untyped tree."""
