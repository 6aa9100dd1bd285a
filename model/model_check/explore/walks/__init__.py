"""Random walks through spaces that nothing can exhaust."""
