"""What a check, a comparison, a repair, a replay and a monitored log found: frozen values."""
