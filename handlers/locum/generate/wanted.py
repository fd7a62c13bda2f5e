"""What a request may prefer of a generated answer."""

from __future__ import annotations

from attrs import frozen


@frozen
class Wanted:
    """What a request prefers of a generated answer: its status, a documented example by its name,
    values made up (True) or those of the document (False), and another seed."""

    status: int | None = None
    example: str | None = None
    dynamic: bool | None = None
    seed: str = ""


NOTHING = Wanted()
