"""What answers an operation in a handler's place.

A request is answered by the first of these that there is: the example that it prefers, the stored
resource where the document shows a collection (`resources`), a documented example that fits, a
value made for the schema. The same question, in the same state of the store, has the same answer:
nothing here knows the time, the process or a header.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any

from attrs import evolve

from locum.exceptions import NotAcceptable, NotGenerated, Undocumented
from locum.generate import examples
from locum.generate.asked import Asked
from locum.generate.generator import Generator
from locum.generate.lists import List
from locum.generate.values import NoValue
from locum.generate.writing import header_of
from locum.openapi.json_bytes import written
from locum.openapi.media_types import best, essence, is_json
from locum.openapi.responses import Response, Responses
from locum.openapi.walk import Pointer
from locum.provider import Answer

# Of the body, or of the connection: a document may name them, and no answer is given them.
_NEVER_MADE = frozenset(
    [
        "cache-control",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "etag",
        "keep-alive",
        "preference-applied",
        "proxy-authenticate",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "vary",
        "www-authenticate",
    ]
)
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - a header's name (RFC 9110, section 5.6.2)
_LONGEST_HEADER = 4_000  # characters


class Generated:
    """What answers one operation."""

    def __init__(
        self,
        generator: Generator,
        path: str,
        method: str,
        responses: Responses,
        *,
        is_deprecated: bool = False,
    ) -> None:
        self._generator, self._responses = generator, responses
        self._path, self._method = path, method
        self._name = f"{method.upper()} {path}"
        self._headers = {"deprecation": "true"} if is_deprecated else {}

    @cached_property
    def _list(self) -> List | None:
        return self._generator.lists.of(self._path) if self._method == "get" else None

    def answer(self, asked: Asked) -> Answer:
        """Return the answer.

        Raises NotGenerated where the document describes none that could be made, NotAcceptable
        where it has no body of a media type that is accepted, and Undocumented.
        """
        status, response = self.response(asked.wanted.status)
        with self._generator.lock:
            headers = self.headers(response, asked)
            if not response.content:
                return Answer(status, None, headers)
            media_type, sent_as = self.media_type(response, asked)
            value = self._value(response, media_type, asked)
            if self._generator.manner.is_static:
                self._check_text(value, media_type)
            body, sent_as = self._generator.written(value, response, media_type, sent_as)
            return Answer(status, body, headers, sent_as)

    def _check_text(self, value: Any, media_type: str) -> None:
        """Raise NotGenerated for what Prism does not send as plain text."""
        if essence(media_type) == "text/plain" and isinstance(value, dict | list):
            raise NotGenerated(f"{self._name}: an object or array is no {media_type}")

    def response(self, status: int | None = None) -> tuple[int, Response]:
        """Return the status, by default that of what succeeds, and what describes it. Raises
        NotGenerated."""
        status = status or self._responses.ordinary
        response = self._responses.of(status) if status else None
        if status is None or response is None:
            documented = ", ".join(self._responses.names) or "none"
            raise NotGenerated(f"{self._name}: its documented statuses are {documented}")
        return status, response

    def media_type(self, response: Response, asked: Asked) -> tuple[str, str]:
        """Return the documented media type, and that of the answer. Raises NotAcceptable."""
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

    def _value(self, response: Response, media_type: str, asked: Asked) -> Any:
        wanted = asked.wanted
        if wanted.example is not None:
            return self._preferred(response, media_type, wanted.example)
        place = response.place(media_type)
        its_list = self._list if self._list and place == self._list.place.pointer else None
        if not wanted.dynamic:
            given = examples.fitting(response, media_type)
            if given:
                return self._part(next(iter(given.values())), its_list, asked)
        if place is None:
            return {} if is_json(media_type) else ""
        is_static = wanted.dynamic is False or self._generator.manner.is_static
        try:
            if is_static and not wanted.dynamic:
                return self._generator.values.static(place)
            if its_list is not None:
                return self._made_list(its_list, asked)
            return self._made(place, self._seed(asked), asked)
        except NoValue as reason:
            raise NotGenerated(f"{self._name}: {reason}") from None

    def _made(
        self,
        place: Pointer,
        seed: bytes,
        asked: Asked,
        pins: Mapping[str, Any] = MappingProxyType({}),
    ) -> Any:
        return self._generator.values.make(
            place, seed, use_examples=not asked.wanted.dynamic, pins={**self._pins(asked), **pins}
        )

    def _made_list(self, its_list: List, asked: Asked) -> Any:
        """Return a list that no store holds: whatever part of it is asked for is of the same.

        Where its items, each made for itself, are no valid array together (`contains`,
        `prefixItems`, `uniqueItems`), it is an array made as one.
        """
        lists, seed = self._generator.lists, self._seed(evolve(asked, query={}))
        pins = {name: value for name, value in asked.path.items() if value is not None}
        values, place = self._generator.values, its_list.place.pointer
        # First: what has too many items is refused by it. Items that are replaced are not made.
        path = its_list.place.path
        frame = self._made(place, seed, asked, {path[-1]: []} if path else {})
        try:
            page = lists.made(its_list, values, seed, asked.given, pins)
        except NoValue:
            pass
        else:
            body = lists.answer(
                its_list, page, page.items, asked.given, frame=frame, **asked.address
            )
            if values.is_valid(place, body):
                return body
        frame = self._made(place, seed, asked)
        part = self._part(frame, its_list, asked)
        return part if values.is_valid(place, part) else frame

    def _part(self, example: Any, its_list: List | None, asked: Asked) -> Any:
        """Return the example; of a list the part that is asked for."""
        if its_list is None or its_list.effective.isdisjoint(asked.given):
            return example
        items = its_list.place.of(example)
        if not isinstance(items, list):
            return example
        page = its_list.part(its_list.selected(items, asked.given), asked.given)
        return self._generator.lists.answer(
            its_list, page, page.items, asked.given, frame=example, **asked.address
        )

    def _preferred(self, response: Response, media_type: str, name: str) -> Any:
        given = examples.named(response, media_type)
        if name not in given:
            known = ", ".join(filter(None, given)) or "none"
            expected = f"the name of an example of {self._name} {response.name}: {known}"
            raise Undocumented(f"example={name}", expected)
        fits, body = examples.fitted(response, media_type, given[name])
        if not fits:
            raise NotGenerated(f"{self._name}: its example {name} does not fit its schema")
        return body

    def headers(self, response: Response, asked: Asked) -> dict[str, str]:
        """Return the documented headers of the answer; none that cannot be one."""
        found = dict(self._headers)
        seed = self._seed(asked) if response.headers else b""
        for name, definition in response.headers.items():
            text = self._header(response, name, definition, seed)
            if text is not None and text.isascii() and text.isprintable():
                found[name.lower()] = text[:_LONGEST_HEADER]
        return found

    def _header(
        self, response: Response, name: str, definition: Mapping[str, Any], seed: bytes
    ) -> str | None:
        is_ours = name.lower() in _NEVER_MADE or name.lower().startswith("access-control-")
        if is_ours or not re.fullmatch(_TOKEN, name):
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
        what = [self._generator.document.name, self._name, *given, asked.wanted.seed]
        return written([*what, asked.body], sorts_keys=True)

    @staticmethod
    def _pins(asked: Asked) -> dict[str, Any]:
        """Return the values that the answer has from the request: those of the path, of which the
        last one is its id too, and the body's where the answer has properties of those names."""
        path = {name: value for name, value in asked.path.items() if value is not None}
        last = list(path.values())[-1:]
        body = asked.body if isinstance(asked.body, dict) else {}
        return body | ({"id": last[0]} if last else {}) | path
