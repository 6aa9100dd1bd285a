"""A proxy that speaks Redis's protocol: between a user's services and their server."""
