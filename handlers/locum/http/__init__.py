"""HTTP: from a request to a handler's answer, and back."""
