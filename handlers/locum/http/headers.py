"""The headers of a request, read once."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import Scope

_HERE = "locum.headers"  # where a request's ASGI scope has them


class Headers:
    """As Starlette's, which go through all headers for each that is asked for: about ten are asked
    for in a request, and most are not there. Names are asked for in lower case."""

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        self.raw = list(raw)
        self._first = dict(reversed(self.raw))

    @classmethod
    def of(cls, scope: Scope) -> Headers:
        """Those of the request."""
        found: Headers | None = scope.get(_HERE)
        if found is None:
            found = scope[_HERE] = cls(scope["headers"])
        return found

    def __contains__(self, name: str) -> bool:
        return name.encode() in self._first

    def get(self, name: str, default: str = "") -> str:
        """The value of the first header of that name."""
        value = self._first.get(name.encode())
        return default if value is None else value.decode("latin-1")

    def getlist(self, name: str) -> list[str]:
        """The values of all headers of that name."""
        raw = name.encode()
        if raw not in self._first:
            return []
        return [value.decode("latin-1") for other, value in self.raw if other == raw]
