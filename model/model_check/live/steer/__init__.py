"""A user's own services, steered through a schedule of the model by a proxy before their server."""
