"""A spec's steps on real brokers, and what real ones logged, held against the model."""
