"""What is known of a request on its way: its headers, and one object in its ASGI scope."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from attrs import define, field, frozen
from starlette.types import Scope

from locum.datasets.keys import Credential
from locum.generate.asked import NOTHING as NOTHING_WANTED
from locum.generate.asked import Wanted
from locum.generate.failures import Failures
from locum.http.sandboxes import Sandbox
from locum.http.settings import Settings
from locum.provider import Presented, Provider
from locum.scenarios import Scenario

KEY = "locum"
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


@frozen(eq=False)
class State:
    """What a request is to be answered by: its sandbox (or the server itself), and the settings of
    that and of its own preferences.

    Of its preferences, `unknown` are the names that are not known, `applied` those that hold for
    every answer, as Preference-Applied has them, `acting` the texts of those that act upon it by
    their names, `wanted` what is wanted of a generated answer, and `fault` is what is wrong with
    them.
    """

    sandbox: Sandbox
    settings: Settings
    unknown: tuple[str, ...] = ()
    applied: tuple[str, ...] = ()
    acting: Mapping[str, str] = field(factory=dict)
    fault: Exception | None = None
    wanted: Wanted = NOTHING_WANTED
    acts: bool = field(init=False)  # whether the answer may be another than the computed one
    is_plain: bool = field(init=False)  # whether it is the computed one

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "acts", self.settings.acts or bool(self.unknown))
        is_plain = not (self.acts or self.fault) and self.wanted == NOTHING_WANTED
        object.__setattr__(self, "is_plain", is_plain)


@define(eq=False)
class RequestContext:
    """The request's headers and state; the scenario that it is about; the provider of its
    operation and the operation's name, once these are found, and how that asks for a credential
    (WWW-Authenticate); what the request presents, and its credential, once that is decided (None
    for a public operation).

    Of its answer: whether it was cached, which preferences were applied to it, what ends the
    connection in the middle of it (None: nothing), why the request was refused, what its document
    says of failures, and what gives back the room that its body takes (None: nothing).
    """

    headers: Headers
    state: State
    scenario: Scenario | None = None
    provider: Provider | None = None
    operation: str | None = None
    challenge: str = "Bearer"
    presented: Presented = NOTHING
    credential: Credential | None = None
    cache_hit: bool = False
    applied: list[str] = field(factory=list)
    cut: Callable[[], None] | None = None
    fault: Exception | None = None
    reason: str | None = None
    failures: Failures | None = None
    give_back: Callable[[], None] | None = None

    @classmethod
    def of(cls, scope: Scope) -> RequestContext:
        """Return the context of the request, which the entry made."""
        context: RequestContext = scope[KEY]
        return context
