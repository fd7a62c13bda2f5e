"""What a generated answer depends on: what the operation is asked, what the request prefers, and
the manner in which the server makes answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen


@frozen
class Wanted:
    """What a request prefers of a generated answer: its status, a documented example by its name,
    values made up (True) or those of the document (False), and another seed."""

    status: int | None = None
    example: str | None = None
    dynamic: bool | None = None
    seed: str = ""


NOTHING = Wanted()


@frozen
class Asked:
    """What an operation is asked: its checked parameters by their names in the document, None where
    they are absent; its body and the media type of that; the header Accept; the path as it was
    asked for, and the scheme and host before it, for links."""

    path: Mapping[str, Any] = field(factory=dict)
    query: Mapping[str, Any] = field(factory=dict)
    body: Any = None
    body_type: str = ""
    accept: str = ""
    wanted: Wanted = NOTHING
    url: str = ""
    origin: str = ""

    @property
    def address(self) -> dict[str, str]:
        """The path and what stands before it."""
        return {"url": self.url, "origin": self.origin}

    @property
    def given(self) -> dict[str, Any]:
        """The parameters of the query that are there."""
        return {name: value for name, value in self.query.items() if value is not None}


@frozen
class Manner:
    """How a document's answers are made: with the placeholders of types for values, and no store;
    without a store; with one that takes no writes."""

    is_static: bool = False
    is_stateless: bool = False
    is_read_only: bool = False


ORDINARY = Manner()
