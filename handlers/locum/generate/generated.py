"""What answers an operation in a handler's place.

A request is answered by the first of these that there is: the example that it prefers, the stored
resource where the document shows a collection (`resources`), a documented example that fits, a
value made for the schema. The same question, in the same state of the store, has the same answer:
nothing here knows the time, the process or a header.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from attrs import field, frozen

from locum.exceptions import InvalidPreference, NotAcceptable, NotGenerated
from locum.generate import examples
from locum.generate.values import NoValue, Values
from locum.generate.wanted import NOTHING, Wanted
from locum.generate.writing import body_of, header_of
from locum.openapi.documents import Document
from locum.openapi.media_types import best, is_json
from locum.openapi.responses import Response, Responses
from locum.provider import Answer

# Of the body, or of the connection: a document may name them, and no answer is given them.
_NEVER_MADE = frozenset(
    "connection content-encoding content-length content-type date keep-alive proxy-authenticate "
    "server te trailer transfer-encoding upgrade www-authenticate".split()
)
_LONGEST_HEADER = 4_000  # characters


@frozen
class Asked:
    """What an operation is asked: its checked parameters by their names in the document, None where
    they are absent; its body; the header Accept; and the path as it was asked for."""

    path: Mapping[str, Any] = field(factory=dict)
    query: Mapping[str, Any] = field(factory=dict)
    body: Any = None
    accept: str = ""
    wanted: Wanted = NOTHING


class Generator:
    """What the answers of a document's operations are made by. Any number of threads may ask."""

    def __init__(self, document: Document, *, is_static: bool = False) -> None:
        """With `is_static`, values are the placeholders of their types."""
        self.name, self.is_static = document.name, is_static
        self.values = Values(document.schemas)
        self.lock = threading.RLock()  # one at a time makes values: they share a source of texts


class Generated:
    """What answers one operation."""

    def __init__(
        self, generator: Generator, name: str, responses: Responses, *, is_deprecated: bool = False
    ) -> None:
        self._generator, self._name, self._responses = generator, name, responses
        self._headers = {"deprecation": "true"} if is_deprecated else {}

    def answer(self, asked: Asked) -> Answer:
        """Return the answer.

        Raises NotGenerated where the document describes none that could be made, NotAcceptable
        where it has no body of a media type that is accepted, and InvalidPreference.
        """
        status = asked.wanted.status or self._responses.ordinary
        response = self._responses.of(status) if status else None
        if status is None or response is None:
            documented = ", ".join(self._responses.names) or "none"
            raise NotGenerated(f"{self._name}: its documented statuses are {documented}")
        with self._generator.lock:
            seed = self._seed(asked)
            headers = self._made_headers(response, seed) | self._headers
            if not response.content:
                return Answer(status, None, headers)
            media_type, sent_as = self._media_type(response, asked)
            value = self._value(response, media_type, asked, seed)
            body, sent_as = body_of(value, sent_as)
            return Answer(status, body, headers, sent_as)

    def _media_type(self, response: Response, asked: Asked) -> tuple[str, str]:
        """Return the documented media type, and that of the answer."""
        offered: Sequence[str] = list(response.content)
        if asked.wanted.example is not None:
            having = [
                each for each in offered if asked.wanted.example in examples.named(response, each)
            ]
            offered = having or offered
        chosen = best(asked.accept, offered)
        if chosen is None:
            raise NotAcceptable(tuple(response.content))
        documented = response.media_type(chosen)
        return documented or chosen, chosen

    def _value(self, response: Response, media_type: str, asked: Asked, seed: bytes) -> Any:
        wanted = asked.wanted
        if wanted.example is not None:
            return self._preferred(response, media_type, wanted.example)
        if not wanted.dynamic:
            given = examples.fitting(response, media_type)
            if given:
                return next(iter(given.values()))
        place = response.place(media_type)
        if place is None:
            return {} if is_json(media_type) else ""
        try:
            if wanted.dynamic is False or (self._generator.is_static and wanted.dynamic is None):
                return self._generator.values.static(place)
            return self._generator.values.make(
                place, seed, use_examples=not wanted.dynamic, pins=self._pins(asked)
            )
        except NoValue as reason:
            raise NotGenerated(f"{self._name}: {reason}") from None

    def _preferred(self, response: Response, media_type: str, name: str) -> Any:
        given = examples.named(response, media_type)
        if name not in given:
            known = ", ".join(filter(None, given)) or "none"
            expected = f"the name of an example of {self._name} {response.name}: {known}"
            raise InvalidPreference(f"example={name}", expected)
        fits, body = examples.fitted(response, media_type, given[name])
        if not fits:
            raise NotGenerated(f"{self._name}: its example {name} does not fit its schema")
        return body

    def _made_headers(self, response: Response, seed: bytes) -> dict[str, str]:
        """Return the documented headers of the answer; none that cannot be one."""
        found = {}
        for name, definition in response.headers.items():
            text = self._header(response, name, definition, seed)
            if text is not None and text.isascii() and text.isprintable():
                found[name.lower()] = text[:_LONGEST_HEADER]
        return found

    def _header(
        self, response: Response, name: str, definition: Mapping[str, Any], seed: bytes
    ) -> str | None:
        if name.lower() in _NEVER_MADE or not name.isascii():
            return None
        if "example" in definition:
            return header_of(definition["example"])
        if "schema" not in definition:
            return None
        place = (*response.pointer, "headers", name, "schema")
        try:
            return header_of(self._generator.values.make(place, seed + name.encode()))
        except NoValue:
            return None

    def _seed(self, asked: Asked) -> bytes:
        """Return what values are drawn by: everything that the answer depends on."""
        given = [
            {name: value for name, value in part.items() if value is not None}
            for part in (asked.path, asked.query)
        ]
        what = [self._generator.name, self._name, *given, asked.wanted.seed]
        return orjson.dumps([*what, _written(asked.body)], option=orjson.OPT_SORT_KEYS)

    @staticmethod
    def _pins(asked: Asked) -> dict[str, Any]:
        """Return the values that the answer has from the path: the last one is its id too."""
        pins = {name: value for name, value in asked.path.items() if value is not None}
        last = list(pins.values())[-1:]
        return ({"id": last[0]} if last else {}) | pins


def _written(body: Any) -> Any:
    """Return what of a body counts: bytes, which are no JSON, as text."""
    return body.decode("latin-1") if isinstance(body, bytes) else body
