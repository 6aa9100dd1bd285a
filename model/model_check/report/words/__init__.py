"""What every output says, before anyone decides how to show it."""
