"""The same steps on a real Redis and a real WebSocket."""
