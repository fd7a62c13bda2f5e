"""Answers that were computed before: kept, and told apart by their bytes.

A dataset never changes while it is served, so the same question has the same answer. A question is
what a handler is asked with, after authentication and validation.
"""

from __future__ import annotations

import marshal
from hashlib import sha256
from typing import Any

import orjson
from attrs import frozen

from locum.engine.kept import Kept

KNOWN = "locum.known"  # in a response's first message: whether its answer was known before

MOST_BYTES = 4 * 2**20  # of the answers that are kept; beyond it the least recently used one goes
_OVERHEAD = 1000  # bytes of an entry beside its text, about


@frozen
class Answer:
    """The bytes of an answer, and their entity tag (RFC 9110, section 8.8.3): equal for equal
    bytes, on any machine."""

    raw: bytes
    tag: str

    @classmethod
    def of(cls, value: Any) -> Answer:
        """The answer that a JSON value is."""
        # A copy takes its own size; what orjson writes keeps all the room that it was written in.
        raw = bytes(memoryview(orjson.dumps(value)))
        return cls(raw, f'"{sha256(raw).hexdigest()[:32]}"')

    def is_known(self, if_none_match: str) -> bool:
        """Whether a request's If-None-Match header names this answer (RFC 9110, section 13.1.2)."""
        tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
        return self.tag in tags or tags == ["*"]


def written(*question: Any) -> bytes:
    """A question, which is JSON values, as bytes. The order of an object's keys counts: to
    Helicone's filters it means something."""
    # Version 2 writes equal values alike; JSON's writers know neither large integers nor depth.
    return marshal.dumps(question, 2)


class Answers(Kept[Answer]):
    """The answers used last, up to MOST_BYTES in all, by the keys of their questions."""

    def __init__(self) -> None:
        super().__init__(MOST_BYTES, lambda answer: len(answer.raw) + _OVERHEAD)
