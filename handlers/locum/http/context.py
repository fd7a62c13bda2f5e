"""What is known of a request on its way: its headers, and one object in its ASGI scope."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define
from starlette.types import Scope

from locum.datasets.keys import Credential
from locum.provider import Presented, Provider
from locum.scenarios import Scenario

_KEY = "locum"
NOTHING = Presented("")


class Headers:
    """The headers by name, in lower case. (Starlette's go through all headers for each that is
    asked for: about ten are asked for in a request, and most are not there.)"""

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        self.raw = list(raw)
        self._first = dict(reversed(self.raw))

    def __contains__(self, name: str) -> bool:
        return name.encode() in self._first

    def get(self, name: str, default: str = "") -> str:
        """Return the value of the first header of that name."""
        value = self._first.get(name.encode())
        return default if value is None else value.decode("latin-1")

    def getlist(self, name: str) -> list[str]:
        """Return the values of all headers of that name."""
        raw = name.encode()
        if raw not in self._first:
            return []
        return [value.decode("latin-1") for other, value in self.raw if other == raw]


@define
class RequestContext:
    """The request's headers; the scenario that it is about, once that is chosen; the provider of
    its operation, once that is found; what it presents, and its credential, once that is decided
    (None for a public operation); and whether its answer was cached."""

    headers: Headers
    scenario: Scenario | None = None
    provider: Provider | None = None
    presented: Presented = NOTHING
    credential: Credential | None = None
    cache_hit: bool = False

    @classmethod
    def of(cls, scope: Scope) -> RequestContext:
        """Return the context of the request, made when it is first asked for."""
        context: RequestContext | None = scope.get(_KEY)
        if context is None:
            context = scope[_KEY] = cls(Headers(scope["headers"]))
        return context
