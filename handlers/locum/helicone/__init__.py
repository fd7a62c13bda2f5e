"""Helicone: session metrics."""

from locum.helicone import operations as handlers
from locum.helicone import tsoa_errors as validation

__all__ = ["handlers", "validation"]
