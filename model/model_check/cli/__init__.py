"""The command `model-check`: one file a command."""
