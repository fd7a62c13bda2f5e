"""The journal: the last requests, and what became of them. It holds no credentials and no bodies.

An entry is (when it came, (method, path, operation, status), when it was answered, reason): times
in seconds since 1970, operation None where the path is nobody's, status None where nothing was
answered, reason that of a refusal.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Any

MOST_ENTRIES = 200
LONGEST_PATH = 200  # characters that are kept of a path
_LONGEST_TEXT = 500  # characters of what came with a request that a line tells

Asked = tuple[str, str, str | None, int | None]
Entry = tuple[float, Asked, float, str | None]
Journal = deque[Entry]


def journal() -> Journal:
    """Return a journal without an entry."""
    return deque(maxlen=MOST_ENTRIES)


def as_json(entry: Entry) -> dict[str, Any]:
    """Return the entry as it is shown."""
    when, (method, path, operation, status), ended, reason = entry
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(when))
    return {
        "time": f"{seconds}.{int(when % 1 * 1000):03}Z",
        "method": method,
        "path": path,
        "operation": operation,
        "status": status,
        "milliseconds": round((ended - when) * 1000, 1),
        "reason": reason,
    }


def line(entry: Entry) -> str:
    """Return the entry as a line of `serve -v`."""
    when, (method, path, operation, status), ended, reason = entry
    named = f" {operation}" if operation else ""
    refused = f": {printable(reason)}" if reason else ""
    answered = f"{status or 'no answer'} {(ended - when) * 1000:.1f} ms"
    return f"{printable(method)} {printable(path)} {answered}{named}{refused}"


def printable(value: object) -> str:
    """Write the value on one line, cut: it came with the request, and may hold anything."""
    text = str(value)
    cut = text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}..."
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)
