"""Helicone: sessions and requests, computed as its server and its database do."""

from locum.helicone.provider import PROVIDER

__all__ = ["PROVIDER"]
