"""A valid JSON value for any schema of a document, the same for the same arguments in every
process.

    Values   the values of a document's schemas
    NoValue  there is none

Examples of the document come first, where they are valid. What is made up is what names and formats
let one expect, near one fixed instant. The compiled schema judges each value as a whole; an invalid
one is made again with less, until the smallest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from hashlib import blake2b
from itertools import islice
from typing import Any

from attrs import frozen

from locum.exceptions import DocumentError, LocumError
from locum.generate.conjunction import Conjunctions
from locum.generate.maker import Impossible, Maker, Request, Way, copied
from locum.generate.shown import Showing
from locum.generate.static import ROUNDS, TooLarge, static
from locum.generate.streams import Place
from locum.generate.texts import Texts
from locum.generate.validity import Validity
from locum.openapi.findings import Finding
from locum.openapi.schemas import Schema, Schemas
from locum.openapi.walk import Pointer, json_pointer

_STEPS = 100_000  # schemas that are looked at for one try, some 0.1 s
_MOST_ERRORS = 50  # of an invalid value that are looked at
# What the validator tells of a property that is missing: in the object, or in each alternative.
_EXCUSED = frozenset(["required", "anyOf", "oneOf"])
_REFERENCES = frozenset(["$ref", "$dynamicRef", "$recursiveRef"])
_HIDDEN = {"response": "writeOnly", "request": "readOnly"}

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

    def __init__(self, schemas: Schemas, warnings: Iterable[Finding] = ()) -> None:
        """Take the schemas, and what was found of their document: where a reference in them is left
        out, no one knows what is valid, and nothing stands that need not."""
        self._schemas = schemas
        self._vague = frozenset(self._without_reference(warnings))
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
        self._conjunctions.keep_few()
        raw = self._raw(pointer)
        schema = self._compiled(pointer)
        key = blake2b(seed, digest_size=16).digest()
        hidden = _HIDDEN[mode]
        reason = ""
        plain: frozenset[Tokens] = frozenset()
        is_exhausted = False
        tried = None
        for way in _ways(use_examples=use_examples):
            # What was too much to make with examples is made without any, or not at all.
            if (is_exhausted and (way.examples or not way.is_minimal)) or (way, plain) == tried:
                continue
            tried = way, plain
            validity = self._validity(hidden)
            request = Request(hidden, self._is_3_0, pins, plain)
            maker = Maker(self._conjunctions, self._texts, validity, request, self._vague)
            try:
                value = maker.value(self._conjunctions.of([raw]), "", Place(key), way)
            except Impossible as error:
                is_exhausted = maker.is_exhausted
                reason = reason or f"{json_pointer(error.tokens)}: {error.reason}"
                continue
            except RecursionError:
                reason = reason or "#: nested too deeply"
                continue
            places, words = self._faults(pointer, schema, value, hidden)
            if not words:
                return value
            plain = frozenset(places)
            reason = reason or words
        raise NoValue(f"{json_pointer(pointer)}: no valid value is found: {reason}")

    def static(self, pointer: Pointer) -> Any:
        """Return Prism's placeholder value for the schema at the pointer of the document, without
        what is writeOnly, or where that is invalid a value that `make` makes. Raise as `make`
        does."""
        raw, schema = self._raw(pointer), self._compiled(pointer)
        hidden = _HIDDEN["response"]
        showing = Showing(self._conjunctions, hidden, self._is_3_0)
        # As Prism does, and where that is invalid with less of what leads back to itself.
        for is_open, rounds in ((True, ROUNDS), (True, 1), (False, ROUNDS), (False, 1)):
            try:
                value = static(
                    raw,
                    self._conjunctions.targets,
                    rounds=rounds,
                    is_open=is_open,
                    vague=self._vague,
                )
                value = showing.of(self._conjunctions.of([raw]), value)
            except (TooLarge, RecursionError):
                continue
            if not self._faults(pointer, schema, value, hidden)[1]:
                return copied(value)
        return self.make(pointer, b"")

    def is_valid(self, pointer: Pointer, value: Any, *, mode: str = "response") -> bool:
        """Return whether the value is valid for the schema at the pointer of the document, in that
        direction: in OpenAPI 3.0 a required property that is readOnly is so in responses alone, and
        one that is writeOnly in requests. Raise as `make` does."""
        schema = self._compiled(pointer)
        return not self._faults(pointer, schema, value, _HIDDEN[mode])[1]

    def _raw(self, pointer: Pointer) -> Any:
        raw: Any = self._schemas.document
        for token in pointer:
            raw = raw[token]
        return raw

    def _without_reference(self, warnings: Iterable[Finding]) -> Iterator[int]:
        """Yield the id of each schema whose reference is left out."""
        for warning in warnings:
            if warning.pointer and warning.pointer[-1] in _REFERENCES:
                with suppress(LookupError, TypeError):  # what is mended, or from another file
                    yield id(self._raw(warning.pointer[:-1]))

    def _compiled(self, pointer: Pointer) -> Schema:
        schema = self._schemas.at(*pointer)
        try:
            schema.compile()
        except DocumentError as error:
            raise NoValue(str(error)) from None
        return schema

    def _validity(self, hidden: str) -> Validity:
        excused = hidden if self._is_3_0 else None
        return Validity(self._conjunctions.targets, _STEPS, excused)

    def _faults(
        self, pointer: Pointer, schema: Schema, value: Any, hidden: str
    ) -> tuple[list[Tokens], str]:
        """Return the places at which the value is invalid and the validator's first words, "" for a
        valid one. The compiled schema of an answer or a request knows itself what its direction
        need not have; that of a component serves both."""
        try:
            if schema.is_valid(value):
                return [], ""
            errors = [*islice(schema.errors(value), _MOST_ERRORS)]
        except ValueError as error:
            return [], str(error)
        is_of_both = self._is_3_0 and pointer[:1] != ("paths",)
        is_excused = is_of_both and all(error.kind.name in _EXCUSED for error in errors)
        if is_excused and self._validity(hidden).holds(self._raw(pointer), value):
            return [], ""
        places = [tuple(error.instance_path) for error in errors]
        first = f"{json_pointer(places[0])}: {errors[0].message:.300}"
        return places, first


def _ways(*, use_examples: bool) -> Iterator[Way]:
    """Yield the ways to make a value, one after the other until it is valid: as asked for, plainly
    where it was invalid, without examples, and only what is required."""
    yield Way(examples=use_examples)
    yield Way(examples=use_examples)
    yield Way(examples=False)
    yield Way(examples=use_examples, is_minimal=True)
    yield Way(examples=False, is_minimal=True)
