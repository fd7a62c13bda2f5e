"""Locum: a stand-in server for APIs whose numbers are computed, not invented."""

from locum.provider import Answer, Provider
from locum.resources import __version__

__all__ = ["Answer", "Provider", "__version__"]
