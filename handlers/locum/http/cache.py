"""The very same request again, as a dashboard polls: answered by what it was answered before.

Two requests are the same here where every byte of them is: method, path, query, all headers, with
the credentials in them, and the body. The first was authenticated and validated, and a dataset
never changes while it is served, so the answer to all further ones is known. Anything else, be it
another order of headers, goes the whole way; so does the second one, and is kept then: what is
asked for once mostly never comes again.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from locum.engine import kept
from locum.engine.kept import Kept
from locum.http.body import arrived
from locum.http.headers import Headers
from locum.http.results import KNOWN

MOST_BYTES = 4 * 2**20  # of the answers that are kept
_OVERHEAD = 2000  # bytes of one beside its text, about
_MOST_BODY = 65_536  # a larger one is not looked up

_Response = list[Message]  # as they are sent


def _size(response: _Response) -> int:
    return sum(len(message.get("body", b"")) for message in response) + _OVERHEAD


def _is_known(response: _Response) -> bool:
    """Whether it is a computed answer, whole, that was known before."""
    if not response or response[-1].get("more_body", False):
        return False
    known: bool = response[0].get(KNOWN, False)
    return known


class Repeats:
    """The ASGI middleware around everything. `version` tells apart times at which the same request
    has another answer."""

    def __init__(self, app: ASGIApp, version: Callable[[], int]) -> None:
        self.app, self.version = app, version
        self._kept = Kept[_Response](MOST_BYTES, _size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from what is kept, else have the request answered; keep what was known then."""
        # Whoever expects a word before the body must not be given it yet.
        if scope["type"] != "http" or "expect" in Headers.of(scope):
            await self.app(scope, receive, send)
            return
        first = arrived(receive)
        key = self._key(scope, first)
        known = self._kept.get(key) if key else None
        if known is not None:
            for message in known:
                await send(message)
            return
        response: _Response = []

        async def again() -> Message:
            nonlocal first
            message, first = first, None
            return await receive() if message is None else message

        async def sending(message: Message) -> None:
            response.append(message)
            await send(message)

        await self.app(scope, again, sending if key else send)
        if key and _is_known(response):
            self._kept.keep(key, response)

    def _key(self, scope: Scope, first: Message | None) -> bytes | None:
        """What tells the request apart from all others; None where that cannot be told yet."""
        if first is None or first["type"] != "http.request" or first.get("more_body", False):
            return None
        body = first.get("body", b"")
        if len(body) > _MOST_BODY:
            return None
        request = (
            *(self.version(), scope["method"], scope.get("raw_path"), scope["path"]),
            *(scope["query_string"], scope["headers"], body),
        )
        return kept.key(marshal.dumps(request, 2))
