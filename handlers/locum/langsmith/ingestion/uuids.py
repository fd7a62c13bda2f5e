"""UUIDs as clients write them: with or without dashes, in any letter case."""

from __future__ import annotations

import re

_CANONICAL = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}", re.ASCII
)


def uuid_text(text: str) -> str | None:
    """Return a UUID in lower case with its dashes, whether it is written with or without them; None
    for what is no UUID."""
    lower = text.lower()
    if not _CANONICAL.fullmatch(lower):
        return None
    if "-" in lower:
        return lower
    return f"{lower[:8]}-{lower[8:12]}-{lower[12:16]}-{lower[16:20]}-{lower[20:]}"
