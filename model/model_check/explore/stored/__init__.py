"""A search on disk: its arrays as files, and what counts of them."""
