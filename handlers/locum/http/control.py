"""The pages by which sandboxes are made, set, reset and ended, and the journal is read: who may use
them, and what they do in this process.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlsplit

import attrs
import orjson
from attrs import frozen
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive

from locum.exceptions import InvalidPreference, UnknownScenario
from locum.generate.asked import Asked
from locum.http import PREFIX
from locum.http.admin import json_page
from locum.http.body import receive_any
from locum.http.cache import CachedResponse
from locum.http.context import RequestContext
from locum.http.journal import Entry, as_json
from locum.http.pieces import Export, Pieces, Piecewise
from locum.http.preferences import WITH, check_name
from locum.http.sandboxes import Sandbox, Sandboxes
from locum.http.settings import settings
from locum.provider import Provider
from locum.scenarios import Scenario, Scenarios

if TYPE_CHECKING:
    from locum.generate.store import Stores

_HERE = f"{PREFIX}/sandboxes"


@frozen
class StoredCall:
    """A request that is answered from a store: the sandbox, the document, dataset and tenant whose
    store it is, the operation's name, and what it is asked."""

    sandbox: str
    world: tuple[str, str, str]
    operation: str
    asked: Asked


@frozen
class LayerCall:
    """A request that is answered from what was written to a dataset, or writes to it: the sandbox,
    the scenario's name and the day of its clock, the document and the operation's name, the tenant
    and the checked arguments, and who asks."""

    sandbox: str
    scenario: str | None
    clock: int | None
    document: str
    operation: str
    tenant: str | None
    arguments: Mapping[str, Any]
    caller: bytes


class Answering(Protocol):
    """An operation that answers such calls."""

    async def answer_call(
        self, call: LayerCall, sandbox: Sandbox, scenario: Scenario, receive: Receive
    ) -> CachedResponse:
        """Return the answer, after the dataset was changed where the operation does so."""

    async def answer_stored(self, call: StoredCall, stores: Stores) -> CachedResponse:
        """Return the answer, after the store was changed where the operation does so."""


class OwnControl:
    """What is done to sandboxes, where one process serves; of a server of several processes it is
    what is done in one of them. The name "" is the server itself."""

    def __init__(self, sandboxes: Sandboxes) -> None:
        self.sandboxes = sandboxes
        self.operations: dict[tuple[str, str], Answering] = {}  # by document and name
        self.load: Callable[[str | None, int | None], Awaitable[Scenario]]  # see `Entry`
        self.providers: Sequence[Provider] = ()

    async def stored(self, call: StoredCall) -> CachedResponse:
        """Return the answer from the store of the sandbox. Raises what the operation does."""
        operation = self.operations[call.world[0], call.operation]
        return await operation.answer_stored(call, self.sandboxes.named(call.sandbox).stores)

    async def called(
        self, call: LayerCall, scenario: Scenario, receive: Receive, *, writes: bool
    ) -> CachedResponse:
        """Return the answer from what is written in the sandbox. Raises what the operation does."""
        del writes
        operation = self.operations[call.document, call.operation]
        sandbox = self.sandboxes.named(call.sandbox)
        return await operation.answer_call(call, sandbox, scenario, receive)

    async def exported(self, export: Export, scenario: Scenario) -> Piecewise:
        """Return the dataset as it is in the sandbox, as an archive. Raises Overloaded."""
        sandbox = self.sandboxes.named(export.sandbox)
        return Pieces(scenario, sandbox, export.clock, self.providers)

    async def set(self, name: str, given: Mapping[str, Any]) -> None:
        """Set the sandbox to what is given and nothing else. Raises Overloaded."""
        self.sandboxes.set(name, given)

    async def reset(self, name: str) -> None:
        """Make the sandbox as it was when it was made. Raises Overloaded."""
        self.sandboxes.reset(name)

    async def end(self, name: str) -> bool:
        """Forget the sandbox; return whether it was there."""
        return self.sandboxes.end(name)

    async def given(self, name: str) -> Mapping[str, Any] | None:
        """Return what the sandbox is set to by name; None where there is no such sandbox."""
        sandbox = self.sandboxes.known(name)
        return None if sandbox is None else sandbox.given

    async def journal(self, name: str) -> list[Entry] | None:
        """Return the last requests, the oldest first; None where there is no such sandbox."""
        return self.sandboxes.journal(name)

    async def count(self, name: str, caller: str) -> None:
        """Count a request in the sandbox of whom that digest stands for. Raises RateLimited."""
        limit = self.sandboxes.named(name).rate_limit
        if limit is not None:
            limit.count(caller)

    async def use(self, name: str) -> None:
        """Note that the sandbox is in use, where it is there."""
        self.sandboxes.known(name)

    async def is_written(self, name: str) -> None:
        """Hear that another process holds what is written in the sandbox."""
        self.sandboxes.named(name).is_elsewhere = True

    def used(self, sandbox: Sandbox) -> None:
        """Hear that a request is about the sandbox."""


@frozen
class Pages:
    """`/__locum/sandboxes`, `…/NAME`, `…/NAME/reset`, `/__locum/reset` and `/__locum/journal`.

    Pages of other origins may change something only where they send the token.
    """

    _control: OwnControl
    _scenarios: Scenarios
    _token: str

    def routes(self) -> list[Route]:
        """Return the paths and methods, each with what answers it."""
        return [
            Route(_HERE, self._make, methods=["POST"]),
            Route(f"{_HERE}/{{name}}", self._set, methods=["PUT"]),
            Route(f"{_HERE}/{{name}}", self._show, methods=["GET"]),
            Route(f"{_HERE}/{{name}}", self._end, methods=["DELETE"]),
            Route(f"{_HERE}/{{name}}/reset", self._reset, methods=["POST"]),
            Route(f"{PREFIX}/reset", self._reset, methods=["POST"]),
            Route(f"{PREFIX}/journal", self._journal, methods=["GET"]),
        ]

    async def _make(self, request: Request) -> Response:
        _check_caller(request, self._token)
        headers = request.headers
        is_set = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        given = await _given(request, self._scenarios) if is_set else {}
        name = secrets.token_hex(8)
        await self._control.set(name, given)
        return _shown(request, name, given, 201)

    async def _set(self, request: Request) -> Response:
        _check_caller(request, self._token)
        name, given = _name(request), await _given(request, self._scenarios)
        await self._control.set(name, given)
        return _shown(request, name, given)

    async def _show(self, request: Request) -> Response:
        name = _name(request)
        given = await self._control.given(name)
        if given is None:
            raise _unknown(name)
        return _shown(request, name, given)

    async def _end(self, request: Request) -> Response:
        _check_caller(request, self._token)
        name = _name(request)
        if not await self._control.end(name):
            raise _unknown(name)
        return Response(status_code=204)

    async def _reset(self, request: Request) -> Response:
        _check_caller(request, self._token)
        await self._control.reset(_name(request) if "name" in request.path_params else "")
        return Response(status_code=204)

    async def _journal(self, request: Request) -> Response:
        for name in request.query_params:
            if name != "sandbox":
                raise HTTPException(400, f"found the parameter {name:.100}, expected sandbox")
        name = request.query_params.get("sandbox", "")
        entries = await self._control.journal(name)
        if entries is None:
            raise _unknown(name)
        return json_page(request, orjson.dumps({"requests": [as_json(entry) for entry in entries]}))


def _check_caller(request: Request, token: str) -> None:
    """Raise for a page of another origin, also where its name was made to lead here (DNS
    rebinding), unless it sends the token. Who is no browser's page sends no Origin."""
    host, origin = request.headers.get("host", ""), request.headers.get("origin")
    is_ours = origin in (None, f"http://{host}", f"https://{host}")
    if is_ours and _is_local(urlsplit(f"//{host}").hostname or ""):
        return
    sent = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not (token and secrets.compare_digest(sent.encode(), token.encode())):
        raise HTTPException(
            403,
            "pages of other origins, and under other names than localhost or an address, may not "
            "change this: send Authorization: Bearer and the token that `locum serve` prints",
        )


def _is_local(host: str) -> bool:
    """Whether the name cannot be one that somebody else has in the domain name system."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(".localhost")
    return True


def _name(request: Request) -> str:
    name: str = request.path_params["name"]
    try:
        check_name(name)
    except InvalidPreference as error:
        raise HTTPException(400, str(attrs.evolve(error, where="sandbox"))) from None
    return name


async def _given(request: Request, scenarios: Scenarios) -> dict[str, Any]:
    """Return the settings in the body, which curl says to be a form. Raises HTTPException, and what
    `receive_any` does."""
    given = await receive_any(RequestContext.of(request.scope).headers, request.receive)
    if not isinstance(given, dict):
        raise HTTPException(400, "settings: found no JSON object, expected names and values")
    try:
        found = settings(given)
        if found.scenario is not None:
            scenarios.check(found.scenario)
    except (InvalidPreference, UnknownScenario) as error:
        text = str(error).removeprefix("Prefer: ")
        raise HTTPException(400, f"settings: {text}") from None
    return given


def _shown(request: Request, name: str, given: Mapping[str, Any], status: int = 200) -> Response:
    url = f"{request.url.scheme}://{request.headers.get('host', '')}{WITH}sandbox={quote(name)}"
    shown = {key: value for key, value in given.items() if value is not None}
    return json_page(request, orjson.dumps({"name": name, "url": url, "settings": shown}), status)


def _unknown(name: str) -> HTTPException:
    return HTTPException(404, f"no sandbox {name:.100}: it was not made, or has ended")
