"""A valid JSON value for any schema of a document, the same for the same arguments in every
process.

    Values   the values of a document's schemas
    NoValue  there is none

Examples of the document come first, where they are valid. What is made up is what names and formats
let one expect, near one fixed instant. The compiled schema judges each value as a whole; an invalid
one is made again with less, until the smallest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from itertools import islice
from typing import Any

from attrs import frozen

from locum.exceptions import DocumentError, LocumError
from locum.generate.conjunction import Conjunctions
from locum.generate.maker import Impossible, Maker, Request, Way
from locum.generate.streams import Place
from locum.generate.texts import Texts
from locum.generate.validity import Validity
from locum.openapi.schemas import Schema, Schemas
from locum.openapi.walk import Pointer, json_pointer

_STEPS = 100_000  # schemas that are looked at for one try, some 0.1 s
_MOST_ERRORS = 50  # of an invalid value that are looked at

Tokens = tuple[str | int, ...]


@frozen
class NoValue(LocumError):
    """No valid value was found for a schema; `reason` says where, and why in the validator's
    words."""

    reason: str

    def __str__(self) -> str:
        return self.reason


class Values:
    """The values of a document's schemas."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._conjunctions = Conjunctions(schemas.document)
        self._texts = Texts()
        self._is_3_0 = str(schemas.document.get("openapi", "")).startswith("3.0")

    def make(
        self,
        pointer: Pointer,
        seed: bytes,
        *,
        mode: str = "response",
        use_examples: bool = True,
        pins: Mapping[str, Any] = {},
    ) -> Any:
        """Return a valid value for the schema at the pointer of the document.

        `mode` is "response" or "request": no property is in a value that goes the other way alone
        (writeOnly, readOnly). `pins` are values of properties by name: of the value itself if it is
        an object, of its items if it is an array, and of the items of its arrays where the name is
        not the object's own; those that a property's schema refuses are left out. The value is the
        caller's to change.

        Raise NoValue where no valid value is found, LookupError where the document has no schema
        there.
        """
        raw: Any = self._schemas.document
        for token in pointer:
            raw = raw[token]
        try:
            schema = self._schemas.at(*pointer)
        except DocumentError as error:
            raise NoValue(str(error)) from None
        key = blake2b(seed, digest_size=16).digest()
        reason = ""
        plain: frozenset[Tokens] = frozenset()
        for way in _ways(use_examples=use_examples):
            request = Request(
                "writeOnly" if mode == "response" else "readOnly", self._is_3_0, pins, plain
            )
            try:
                value = self._made(raw, key, request, way)
            except Impossible as error:
                reason = reason or f"{json_pointer(error.tokens)}: {error.reason}"
                continue
            except RecursionError:
                reason = reason or "#: nested too deeply"
                continue
            faults = self._faults(schema, value, request.hidden)
            if not faults:
                return value
            places, words = faults
            plain = frozenset(places)
            reason = reason or words
        raise NoValue(f"{json_pointer(pointer)}: no valid value is found: {reason}")

    def _made(self, raw: Any, key: bytes, request: Request, way: Way) -> Any:
        validity = Validity(self._conjunctions.targets, _STEPS)
        maker = Maker(self._conjunctions, self._texts, validity, request)
        return maker.value(self._conjunctions.of([raw]), "", Place(key), way)

    def _faults(self, schema: Schema, value: Any, hidden: str) -> tuple[list[Tokens], str] | None:
        """Return the places at which the value is invalid and the validator's first words; None for
        a valid one."""
        del hidden
        try:
            if schema.is_valid(value):
                return None
            errors = [*islice(schema.errors(value), _MOST_ERRORS)]
        except ValueError as error:
            return [], str(error)
        places = [tuple(error.instance_path) for error in errors]
        first = errors[0]
        return places, f"{json_pointer(tuple(first.instance_path))}: {first.message:.300}"


def _ways(*, use_examples: bool) -> Iterator[Way]:
    """Yield the ways to make a value, one after the other until it is valid: as asked for, plainly
    where it was invalid, without examples, and only what is required."""
    yield Way(examples=use_examples)
    yield Way(examples=use_examples)
    yield Way(examples=False)
    yield Way(examples=use_examples, is_minimal=True)
    yield Way(examples=False, is_minimal=True)
