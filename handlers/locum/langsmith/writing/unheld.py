"""What the vendor keeps and no table has a column for: it is refused by its name, since it would
be lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from locum.exceptions import Refused

_MISSING = {"__missing__": "__missing__"}


def is_given(value: Any) -> bool:
    """Whether a field says something: null, false, what is empty and the vendor's mark of an absent
    field do not."""
    if value is None or value is False or value == _MISSING:
        return False
    return not isinstance(value, dict | list | str) or bool(value)


def refuse(body: Mapping[str, Any], unheld: Mapping[str, str]) -> None:
    """Raise Refused for the first field of the body that says something and cannot be kept; each
    comes with what it would be, in the plural."""
    for name, noun in unheld.items():
        if is_given(body.get(name)):
            raise Refused(f"{name} is refused: no dataset of Locum holds {noun}; leave it out")
