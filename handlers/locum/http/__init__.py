"""HTTP: from a request to a handler's answer, and back."""

TIME_LIMIT = 10.0  # seconds that a request may take, unless the server is told another
PREFIX = "/__locum"  # of the paths of Locum's own
CONNECTION = "locum.connection"  # the extension of ASGI by which a server offers its own
