"""The Prefer header of a request (RFC 7240)."""

from __future__ import annotations

import re

# Each character can be read in one way, so the time taken grows with the length alone (and `*+`
# around groups matches what it must not in Python 3.11.2). A value is read up to its end whatever
# is in it, so that one that is no word is told as what it is.
_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
_VALUE = r'[^\s",;]++'
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_PREFERENCE = re.compile(
    rf"\s*+(?P<name>{_NAME})\s*+(?:=\s*+(?P<value>{_VALUE}|{_QUOTED}))?"
    rf"(?:[^,\"]|{_QUOTED})*(?:,|\Z)"
)


def preferences(header: str) -> dict[str, str]:
    """Each preference by its name in lower case, with its value, '' where it has none.

    Of one that is given twice the first counts; parameters, and what cannot be read, are left out:
    a preference that is not understood is ignored (section 2).
    """
    found: dict[str, str] = {}
    place = 0
    while match := _PREFERENCE.match(header, place):
        value = match["value"] or ""
        if value.startswith('"'):
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        found.setdefault(match["name"].lower(), value)
        place = match.end()
        if place == len(header):
            break
    return found
