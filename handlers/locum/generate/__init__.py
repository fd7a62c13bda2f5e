"""Answers of operations without a handler, made from their document."""
