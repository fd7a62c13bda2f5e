"""The answers that a document describes for an operation, by status and media type."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from attrs import frozen

from locum.openapi.media_types import essence, is_json
from locum.openapi.schemas import Schema, Schemas
from locum.openapi.walk import Pointer

_STATUSES = range(100, 600)


@frozen
class Response:
    """An answer: its name in the document (200, 2XX, default), its place there, and what the
    document says."""

    name: str
    pointer: Pointer
    definition: Mapping[str, Any]
    schemas: Schemas

    @property
    def content(self) -> Mapping[str, Mapping[str, Any]]:
        """What is said of each media type; nothing where the answer has no body."""
        return self.definition.get("content") or {}

    @property
    def headers(self) -> Mapping[str, Mapping[str, Any]]:
        """What is said of each header, by name as the document writes it."""
        return self.definition.get("headers") or {}

    def media_type(self, found: str) -> str | None:
        """Return the documented media type that describes a body of the type that was found: the
        same one, else that without parameters, else a range, else another kind of JSON."""
        wanted = essence(found)
        main = wanted.partition("/")[0]
        for same in (
            lambda each: each == found,
            lambda each: essence(each) == wanted,
            lambda each: essence(each) == f"{main}/*",
            lambda each: essence(each) == "*/*",
            lambda each: is_json(each) and is_json(found),
        ):
            for each in self.content:
                if same(each):
                    return each
        return None

    def place(self, media_type: str) -> Pointer | None:
        """Return where the schema of a documented media type stands, None where it has none."""
        if "schema" not in (self.content[media_type] or {}):
            return None
        return (*self.pointer, "content", media_type, "schema")

    def schema(self, media_type: str) -> Schema | None:
        """Return the schema of a documented media type, None where it has none."""
        place = self.place(media_type)
        return None if place is None else self.schemas.at(*place)


class Responses:
    """All answers of an operation."""

    def __init__(
        self, schemas: Schemas, path: str, method: str, definition: Mapping[str, Any]
    ) -> None:
        """Take the definition of the operation."""
        here = ("paths", path, method, "responses")
        self._by_name = {
            str(name): Response(str(name), (*here, name), each or {}, schemas)
            for name, each in (definition.get("responses") or {}).items()
            if not str(name).startswith("x-")
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The statuses as the document writes them: 200, 2XX, default."""
        return tuple(self._by_name)

    @cached_property
    def statuses(self) -> Mapping[int, Response]:
        """What describes each status that the operation may answer, those of ranges and of default
        too."""
        default = self._by_name.get("default")
        found = {} if default is None else dict.fromkeys(range(200, 600), default)
        for name, response in self._by_name.items():
            if name.upper().endswith("XX") and name[:1].isdecimal():
                hundred = int(name[0]) * 100
                found |= dict.fromkeys(range(hundred, hundred + 100), response)
        exact = {int(n): r for n, r in self._by_name.items() if n.isdecimal()}
        return dict(sorted((found | exact).items()))

    def of(self, status: int) -> Response | None:
        """Return what describes that status, None where the document does not know it."""
        return self.statuses.get(status)

    @cached_property
    def success(self) -> int:
        """The status of a handler's answer that says none: 200, unless another success is
        documented and that is not."""
        return 200 if self.of(200) or self.ordinary is None else self.ordinary

    @cached_property
    def ordinary(self) -> int | None:
        """The status of what succeeds: the least of 200 to 299 that is documented by itself, else
        200 by a range or by default. Where nothing succeeds it is the least redirection, else the
        first that is documented, of a range its least; None where there is none."""
        exact = sorted(int(name) for name in self._by_name if name.isdecimal())
        for status in exact:
            if status in range(200, 300):
                return status
        if 200 in self.statuses:  # noqa: PLR2004 - of a range, or of default
            return 200
        redirections = (each for each in exact if each in range(300, 400))
        first = (int(name.upper().replace("X", "0")) for name in self._by_name)
        return next(redirections, next(first, None))
