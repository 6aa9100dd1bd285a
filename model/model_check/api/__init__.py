"""What a test or a notebook calls."""
