"""From results to files that programs read, and back."""
