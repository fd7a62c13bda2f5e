"""Filter expressions: reading them, and what they select."""
