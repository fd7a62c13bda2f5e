"""Helicone: session metrics."""

from understudy.helicone import handlers, validation

__all__ = ["handlers", "validation"]
