"""What the vendor keeps and no table has a column for: it is refused by its name, since it would
be lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from locum.exceptions import Refused

_NOTHING: tuple[Any, ...] = (None, False, {"__missing__": "__missing__"})


def is_given(value: Any) -> bool:
    """Whether a field says something: null, false, what is empty and the vendor's mark of an absent
    field do not."""
    return not (value in _NOTHING or value in ([], {}, ""))


def refuse(body: Mapping[str, Any], unheld: Mapping[str, str]) -> None:
    """Raise Refused for the first field of the body that says something and cannot be kept; each
    comes with what it would be, in the plural."""
    for name, noun in unheld.items():
        if is_given(body.get(name)):
            raise Refused(f"{name} is refused: no dataset of Locum holds {noun}; leave it out")
