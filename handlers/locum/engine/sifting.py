"""Rows that cannot be loaded, told from those that can."""

from __future__ import annotations

import logging
from collections.abc import Callable

from locum.engine.pending import OfTable, Pending

log = logging.getLogger("locum")


def sifted(pending: Pending, can_load: Callable[[Pending], bool]) -> Pending:
    """Return what can be loaded of what is pending. That some cannot, which were checked, is a
    fault of ours; it must not keep all others from being seen."""
    if sum(len(own.lines) for own in pending.tables.values()) <= 1:
        for name, own in pending.tables.items():
            for line in own.lines.values():
                log.error("a row of %s cannot be loaded, and is lost: %.500r", name, line)
        return Pending({name: OfTable(gone=own.gone) for name, own in pending.tables.items()})
    kept = Pending()
    for part in _halves(pending):
        kept.add(part if can_load(part) else sifted(part, can_load))
    return kept


def _halves(pending: Pending) -> list[Pending]:
    """Return two that together do the same, in this order."""
    lines = [
        (name, place, line)
        for name, own in pending.tables.items()
        for place, line in own.lines.items()
    ]
    middle = len(lines) // 2
    parts: list[Pending] = []
    for half in (lines[:middle], lines[middle:]):
        part = Pending()
        if not parts:
            for name, own in pending.tables.items():
                part.delete(name, own.gone)
        for name, place, line in half:
            part.put(name, place, line)
        parts.append(part)
    return parts
