"""Runs that are written: from payloads, as clients send them, to rows of the tables."""
