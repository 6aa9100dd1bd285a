"""A search in many parts, each with its states and a native engine: on one machine or on many."""
