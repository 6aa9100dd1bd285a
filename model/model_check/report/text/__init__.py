"""From results to text for a terminal."""
