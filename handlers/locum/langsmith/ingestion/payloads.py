"""Payloads: what clients send of a run, whichever way it comes in."""

from __future__ import annotations

from typing import Any, Literal

from attrs import frozen


@frozen
class Payload:
    """A create (`post`) or an update (`patch`) of the run of that id, a UUID in lower case with its
    dashes: its fields as they were sent."""

    kind: Literal["post", "patch"]
    id: str
    fields: dict[str, Any]
