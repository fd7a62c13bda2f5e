"""The page that gives a dataset away, as it is in a sandbox: `/__locum/datasets/NAME/export`.

Export     a request for it, as processes tell it each other
Pieces     an archive that is being made, in threads of its own
Page       who may have it, and how it is sent
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Collection
from typing import Protocol
from urllib.parse import quote

from attrs import frozen
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from locum.datasets.keys import OFF, WRITE, Keyring, digest
from locum.exceptions import Refused, Unauthenticated, UnknownScenario
from locum.http import PREFIX
from locum.http.body import gone
from locum.http.context import RequestContext
from locum.http.pieces import MEDIA_TYPE, Export, Piecewise
from locum.http.security import bearer_token
from locum.scenarios import Scenario, Scenarios


class Exporting(Protocol):
    """What answers requests about sandboxes."""

    load: Callable[[str | None, int | None], Awaitable[Scenario]]

    async def exported(self, export: Export, scenario: Scenario) -> Piecewise:
        """Return the archive. Raises Overloaded."""
        ...


@frozen
class Page:
    """`GET /__locum/datasets/NAME/export`."""

    _control: Exporting
    _scenarios: Scenarios

    def route(self) -> Route:
        """Return the path with what answers it."""
        return Route(f"{PREFIX}/datasets/{{name}}/export", self._get, methods=["GET"])

    async def _get(self, request: Request) -> Response:
        name = request.path_params["name"]
        try:
            self._scenarios.check(name)
        except UnknownScenario as error:
            known = ", ".join(error.known)
            raise HTTPException(404, f"no dataset {name:.100}: there are {known}") from None
        context = RequestContext.of(request.scope)
        if context.fault is not None:  # of its preferences
            raise context.fault
        clock = context.state.settings.clock
        scenario = await self._control.load(name, clock)
        check_key(_key(request), scenario.keyrings.values())
        if request.method == "HEAD":
            return Response(media_type=MEDIA_TYPE, headers=_headers(name))
        export = Export(context.state.sandbox.name, name, clock)
        pieces = await self._control.exported(export, scenario)
        try:
            first = await pieces.next()  # what fails at once is answered as a failure
        except BaseException:
            pieces.end()
            raise
        return _Streamed(first, pieces, name)


class _Streamed(Response):
    """An archive that is sent while it is made, until the client leaves."""

    def __init__(self, first: bytes, pieces: Piecewise, name: str) -> None:
        super().__init__(media_type=MEDIA_TYPE, headers=_headers(name))
        del self.headers["content-length"]
        self._first, self._pieces = first, pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        leaving = asyncio.ensure_future(gone(receive))
        try:
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await send(start)
            piece = self._first
            while piece and not leaving.done():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await self._pieces.next()
            if not piece:
                await send({"type": "http.response.body"})
        finally:
            leaving.cancel()
            self._pieces.end()


def check_key(key: str, keyrings: Collection[Keyring]) -> None:
    """Raise Unauthenticated where the key is nobody's, and Refused where it may only read. It is
    good where it may write for some provider."""
    entries = [entry for keyring in keyrings for entry in keyring.entries]
    presented = digest(key)
    found = {entry.access for entry in entries if hmac.compare_digest(entry.digest, presented)}
    if found and WRITE not in found:
        raise Refused("The key may only read: an export is for one that may write")
    is_off = any(keyring.mode == OFF for keyring in keyrings)
    if not (found or is_off or (key and any(keyring.takes(key) for keyring in keyrings))):
        raise Unauthenticated("unknown" if key else "missing")


def _key(request: Request) -> str:
    """Return the key, which comes as a bearer token, whatever providers want."""
    return bearer_token(request.headers.get("authorization", "").strip())


def _headers(name: str) -> dict[str, str]:
    return {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name)}.zip",
        "cache-control": "no-store",
    }
