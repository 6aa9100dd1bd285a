"""A trace or many free runs, carried out on real brokers: what they answered and showed."""
