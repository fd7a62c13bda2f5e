"""Costs as decimal texts: how the API writes them where it does not write numbers."""

from __future__ import annotations

_NANO = 10**9


def usd(nano: int) -> str:
    """USD of nano-USD, exactly: plain notation, no exponent, no zeros at the end ("0" for none)."""
    whole, rest = divmod(abs(nano), _NANO)
    sign = "-" if nano < 0 else ""
    return f"{sign}{whole}.{rest:09}".rstrip("0").rstrip(".")
