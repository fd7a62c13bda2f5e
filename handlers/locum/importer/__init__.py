"""Vendors' exports become a dataset folder. Only the command line imports it."""
