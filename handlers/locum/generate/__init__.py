"""Answers of operations that no handler computes: valid values, made of the document alone."""
