"""The search where memory is not enough: its arrays are files, and its older states lie on disk."""
