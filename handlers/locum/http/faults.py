"""What happens to a request on demand: a delay, a broken connection, a status that the operation
documents. In this order, and before credentials and body are looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from hashlib import blake2b
from typing import Any, Protocol

from attrs import frozen
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from locum.exceptions import (
    Forbidden,
    InvalidPreference,
    InvalidRequest,
    InvalidValue,
    Overloaded,
    RateLimited,
    TimeLimitExceeded,
    Unauthenticated,
    Undocumented,
    UnreadableBody,
    did_you_mean,
)
from locum.http import CONNECTION, PREFIX, TIME_LIMIT
from locum.http.body import MOST_BYTES, MOST_SECONDS, WAITS, gone, late, replay
from locum.http.context import RequestContext, State
from locum.http.errors import answer_to, failure
from locum.http.preferences import NOT_BUILT, OURS
from locum.http.settings import HANG, RESET, Settings
from locum.openapi.documents import operation_name

_FAILURES, _SERVER_FAULTS = 400, range(500, 600)
_RETRY_SECONDS = 1


class Connection(Protocol):
    """What a server lets be done with the connection of a request. `ending` is done when the server
    is to end, and when the client is gone."""

    ending: asyncio.Future[None]

    @property
    def is_lost(self) -> bool:
        """Whether nobody will read an answer."""

    def reset(self) -> None:
        """End it at once, as a broken one ends."""

    def cut(self) -> None:
        """End it when what was sent until now is sent."""


@frozen
class Documented:
    """What a document says of an operation: its name and method, the statuses that it may answer as
    the document writes them (503, 5XX, default), whether it takes a Prefer header of its own, and
    where its body is, or its first parameter."""

    name: str
    method: str
    statuses: Collection[str]
    takes_prefer: bool
    place: tuple[str, ...]

    @classmethod
    def of(cls, path: str, method: str, definition: Mapping[str, Any]) -> Documented:
        """Read the definition of an operation."""
        parameters = definition.get("parameters", ())
        names = [(each["in"], each["name"]) for each in parameters]
        place = ("body",) if "requestBody" in definition else next(iter(names), ("path", ""))
        takes_prefer = any(where == "header" and n.lower() == "prefer" for where, n in names)
        name = operation_name(path, method, definition)
        return cls(name, method.upper(), tuple(definition["responses"]), takes_prefer, place)

    def has(self, status: int) -> bool:
        """Whether the operation may answer so."""
        ways = {str(status), f"{status // 100}XX", "default"}
        return not ways.isdisjoint(self.statuses)

    @property
    def error(self) -> int:
        """Return the status of a fault of the server: the least that is documented, else 500."""
        statuses = (int(each) for each in self.statuses if each.isdecimal())
        return min((each for each in statuses if each in _SERVER_FAULTS), default=500)


class Unmatched:
    """Acts upon requests whose path no document has, before the application answers them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises InvalidPreference."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        context = RequestContext.of(scope)
        going_on = await act(None, context, scope, receive, send)
        if going_on is not None:
            await self.app(scope, *going_on)


async def act(
    operation: Documented | None,
    context: RequestContext,
    scope: Scope,
    receive: Receive,
    send: Send,
) -> tuple[Receive, Send] | None:
    """Do to the request what its state wants, and return how it goes on; None where it ends here.

    The operation is None where no document has the path. Raises InvalidPreference, and the failure
    that is wanted.
    """
    state = context.state
    _check_names(state, operation)
    its, connection = _settings(state, scope["path"]), scope.get("extensions", {}).get(CONNECTION)
    delayed = failed = 0.5
    if its.errors is not None or (its.delay is not None and its.delay.is_random):
        (delayed, failed), receive = await _drawn(state, scope, receive)
    if its.delay is not None:
        _note(context, "delay")
        if await _is_left(its.delay.seconds(delayed), connection):
            return None
    if its.fault is not None:
        if its.fault != HANG and connection is None:
            raise InvalidPreference(f"fault={its.fault}", "a server that can do so: locum serve")
        _note(context, "fault")
        if its.fault in (HANG, RESET):
            await _end(its.fault, receive, connection)
            return None
        context.cut = connection.cut
    if operation is not None and its.code is not None:
        _check_code(its.code, operation)
        if its.code < _FAILURES:
            return receive, _noting(its.code, context, send)
        _note(context, "code")
        raise _failure(its.code, operation, context, scope["path"])
    if operation is not None and its.errors is not None and failed < its.errors:
        raise _failure(operation.error, operation, context, scope["path"])
    return receive, send


def _settings(state: State, path: str) -> Settings:
    """Return what acts upon a request for that path: upon Locum's own pages its preferences alone,
    so that a server that hangs can be set otherwise."""
    is_own = f"{path}/".startswith(f"{PREFIX}/")
    return state.settings.only(state.acting) if is_own else state.settings


def _check_names(state: State, operation: Documented | None) -> None:
    if not state.unknown or (operation is not None and operation.takes_prefer):
        return
    name = state.unknown[0]
    if name in NOT_BUILT:
        raise InvalidPreference(name, f"one of {', '.join(OURS)}: {name} is not built yet")
    raise InvalidPreference(name, f"one of {', '.join(OURS)}{did_you_mean(name, OURS)}")


def _check_code(code: int, operation: Documented) -> None:
    documented = ", ".join(operation.statuses)
    if not operation.has(code):
        raise Undocumented(f"code={code}", f"one of those that are documented: {documented}")


def _note(context: RequestContext, name: str) -> None:
    """Say that a preference was applied, if the request has it itself."""
    if name in context.state.acting:
        context.applied.append(f"{name}={context.state.acting[name]}")


def _noting(code: int, context: RequestContext, send: Send) -> Send:
    """Return what sends an answer, and says that it is as preferred if it is."""

    async def noting(message: Message) -> None:
        if message.get("status") == code:
            _note(context, "code")
        await send(message)

    return noting


async def _drawn(
    state: State, scope: Scope, receive: Receive
) -> tuple[tuple[float, float], Receive]:
    """Draw two numbers from 0 to 1 by the request's content and by how often it came before, so
    that the same requests fare the same in another run."""
    messages: list[Message] = []
    try:
        await WAITS.bounded(_receive(messages, receive))
        receive = replay(messages, receive)
    except TimeoutError:
        receive = late(receive)
    body = b"".join(message.get("body", b"") for message in messages)
    where = f"{scope['method']} {scope['path']}?".encode() + scope["query_string"]
    content = blake2b(where + b"\0" + body, digest_size=16).digest()
    times = state.sandbox.times(content)
    drawn = blake2b(content + times.to_bytes(8, "big"), digest_size=16).digest()
    return (_share(drawn[:8]), _share(drawn[8:])), receive


async def _receive(messages: list[Message], receive: Receive) -> None:
    size, more = 0, True
    while more and size <= MOST_BYTES:
        messages.append(await receive())
        size += len(messages[-1].get("body", b""))
        more = messages[-1].get("more_body", False)


def _share(drawn: bytes) -> float:
    """Return a number above 0 and below 1."""
    return ((int.from_bytes(drawn, "big") >> 12) + 0.5) / 2**52  # which a float holds exactly


async def _is_left(seconds: float, connection: Connection | None) -> bool:
    """Wait so long, or until the server is to end; or until the client is gone: return whether it
    is."""
    if connection is None:
        await asyncio.sleep(seconds)
        return False
    await asyncio.wait({connection.ending}, timeout=seconds)
    return connection.is_lost


async def _end(fault: str, receive: Receive, connection: Connection | None) -> None:
    """Answer nothing: end the connection, or wait until the client or the server ends it."""
    left = asyncio.ensure_future(gone(receive))
    if fault == HANG and connection is not None:
        await asyncio.wait({left, connection.ending}, return_when="FIRST_COMPLETED")
    if connection is not None and not connection.is_lost:
        connection.reset()
    await left


async def send_half(
    message: Message, cut: Callable[[], None], receive: Receive, send: Send
) -> None:
    """Send half of the body in the message, and then end the connection by `cut`."""
    body = message.get("body", b"")
    await send({**message, "body": body[: len(body) // 2], "more_body": True})
    cut()
    await gone(receive)


def _failure(status: int, operation: Documented, context: RequestContext, path: str) -> Exception:
    """Return what the provider answers with that status, in its own words where it has any."""
    assert context.provider is not None  # noqa: S101 - that of the operation
    for error in _failures(status, operation):
        failed = failure(error, path, operation.method)
        if answer_to(failed, context.provider).status == status:
            return error
    unnamed = f"Status {status}"  # as 599
    return HTTPException(status, HTTPException(status).detail or unnamed)


def _failures(status: int, operation: Documented) -> list[Exception]:
    """Return what goes wrong with requests that are answered so."""
    place = operation.place
    missing = InvalidRequest((InvalidValue(place, "Field required", "missing"),))
    no_uuid = InvalidValue(place, "Input should be a valid UUID", "uuid_parsing", "x")
    unreadable = [UnreadableBody("There was an error parsing the body")]
    known: dict[int, list[Exception]] = {
        400: [*(unreadable if place == ("body",) else []), missing],
        401: [Unauthenticated("unknown")],
        403: [Forbidden()],
        405: [HTTPException(405, headers={"Allow": operation.method})],
        406: [HTTPException(406, "Only application/json is served")],
        408: [HTTPException(408, f"Body not received in {MOST_SECONDS:g} s")],
        413: [HTTPException(413, f"Body larger than {MOST_BYTES} bytes")],
        415: [HTTPException(415, "Unsupported media type: not application/json")],
        422: [missing, InvalidRequest((no_uuid,))],
        429: [RateLimited(_RETRY_SECONDS)],
        431: [HTTPException(431, "Headers larger than is allowed")],
        503: [Overloaded(_RETRY_SECONDS)],
        504: [TimeLimitExceeded(TIME_LIMIT)],
    }
    return known.get(status, [])
