"""HTTP: from a request to a handler's answer, and back."""

TIME_LIMIT = 10.0  # seconds that a request may take, unless the server is told another
