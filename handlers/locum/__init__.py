"""Locum: a stand-in server for analytics APIs whose numbers are computed, not invented."""

__version__ = "0.1.0"
