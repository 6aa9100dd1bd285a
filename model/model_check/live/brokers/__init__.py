"""What stands behind a resource: a Redis server, a WebSocket, a queue."""
