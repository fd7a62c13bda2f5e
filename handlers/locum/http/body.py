"""A request's JSON body: received, bounded in size and time, and parsed."""

from __future__ import annotations

import asyncio
import codecs
import json
import re
import time
from collections import deque
from collections.abc import Awaitable, Iterable
from typing import Any, TypeVar

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from locum.exceptions import InvalidRequest, InvalidValue, UnreadableBody
from locum.http.context import Headers

T = TypeVar("T")

MOST_BYTES = 1_048_576
MOST_SECONDS = 30.0  # from the end of the head to the end of the body

_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\";\s]*)", re.IGNORECASE)
_UTF_8 = ("", "utf-8", "utf8", "us-ascii", "ascii")


class Waits:
    """The tasks that wait for something, each of which is told when its time is up.

    One timer looks at all of them, four times in MOST_SECONDS; each wait costs an entry in a
    dictionary. `asyncio.timeout` makes a timer for each, which takes as long as a whole answer
    from the cache. A wait may last a quarter longer than its limit.
    """

    def __init__(self) -> None:
        self._since: dict[asyncio.Task[Any], float] = {}
        self._late: set[asyncio.Task[Any]] = set()
        self._watched: asyncio.AbstractEventLoop | None = None

    async def bounded(self, awaited: Awaitable[T]) -> T:
        """Wait for what is awaited, by the current task. Raises TimeoutError."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in one
        self._since[task] = time.monotonic()
        loop = task.get_loop()
        if self._watched is not loop:
            self._watch(loop)
        try:
            return await awaited
        except asyncio.CancelledError:
            if task not in self._late or task.uncancel() > 0:  # another one has cancelled it
                raise
            raise TimeoutError from None
        finally:
            del self._since[task]
            self._late.discard(task)

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        limit, now = MOST_SECONDS, time.monotonic()
        for task, since in list(self._since.items()):
            if task.get_loop() is loop and now - since > limit and task not in self._late:
                self._late.add(task)
                task.cancel()
        self._watched = loop if self._since else None
        if self._since:
            loop.call_later(limit / 4, self._watch, loop)


WAITS = Waits()


async def receive_json(headers: Headers, receive: Receive) -> object:
    """The request's JSON body. A body without a Content-Type is taken for JSON.

    Raises HTTPException 408, 413 or 415, InvalidRequest or UnreadableBody for what is no JSON, and
    ClientDisconnect where the client leaves before the end.
    """
    _check_headers(headers)
    return await receive_any(headers, receive)


async def receive_any(headers: Headers, receive: Receive) -> object:
    """The request's JSON body, whatever its Content-Type says. Raises as receive_json, but 415."""
    length = headers.get("content-length")
    if length.isdecimal() and int(length[:20]) > MOST_BYTES:
        raise _too_large()
    raw = bytearray()
    try:
        await WAITS.bounded(_receive(raw, receive))
    except TimeoutError:
        raise HTTPException(408, f"Body not received in {MOST_SECONDS:g} s") from None
    if len(raw) > MOST_BYTES:
        raise _too_large()
    return parse(bytes(raw))


def replay(messages: Iterable[Message], receive: Receive) -> Receive:
    """Return what gives these messages once more, and then all that follow."""
    waiting = deque(messages)

    async def again() -> Message:
        return waiting.popleft() if waiting else await receive()

    return again


async def gone(receive: Receive) -> None:
    """Wait until the client is gone. What is left of a body comes before that; a server that has no
    more to tell, and says the same again, will not tell of it."""
    ends = 0
    while ends <= 1:
        try:
            message = await receive()
        except TimeoutError:  # of a body that did not come, which nobody needs
            continue
        if message["type"] == "http.disconnect":
            return
        ends += not message.get("more_body", False)
    await asyncio.Event().wait()


def late(receive: Receive) -> Receive:
    """Return what receives from a request of which a message was late: first it says so."""
    is_told = False

    async def receive_late() -> Message:
        nonlocal is_told
        if is_told:
            return await receive()
        is_told = True
        raise TimeoutError

    return receive_late


def _check_headers(headers: Headers) -> None:
    media_type = headers.get("content-type", "application/json")
    encoding = headers.get("content-encoding", "identity")
    if (media_type, encoding) == ("application/json", "identity"):
        return  # as nearly always
    if media_type.split(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, f"Unsupported media type: {media_type:.100}, not application/json")
    charset = _CHARSET.search(media_type)
    if charset and charset[1].lower() not in _UTF_8:
        raise HTTPException(415, f"Unsupported charset: {charset[1]:.100}, not utf-8")
    if encoding.strip().lower() not in ("identity", ""):
        raise HTTPException(415, f"Unsupported content encoding: {encoding:.100}, not identity")


def _too_large() -> HTTPException:
    return HTTPException(413, f"Body larger than {MOST_BYTES} bytes")


async def _receive(raw: bytearray, receive: Receive) -> None:
    """Receive the body, up to some more than MOST_BYTES."""
    more = True
    while more and len(raw) <= MOST_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        raw += message.get("body", b"")
        more = message.get("more_body", False)


def parse(raw: bytes) -> object:
    """Parse the JSON text: strict UTF-8 (a byte order mark before it is left out), no NaN, no lone
    surrogate; of a key that comes twice the last value counts, as in most parsers.

    Raises InvalidRequest for a fault of syntax, UnreadableBody for any other: some servers answer
    the two differently.
    """
    raw = raw.removeprefix(codecs.BOM_UTF8)
    if not raw.strip():
        raise InvalidRequest((InvalidValue(("body",), "Field required", "missing"),))
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        refused = error
    try:
        json.loads(raw.decode())  # the standard library's, for its words, which are well known
    except json.JSONDecodeError as error:
        raise _no_json(error.pos, error.msg) from None
    except (ValueError, RecursionError):  # no UTF-8, an integer of 5,000 digits, endless nesting
        raise UnreadableBody("There was an error parsing the body") from None
    raise _no_json(refused.pos, refused.msg.partition(":")[0])  # what Python reads, and JSON is not


def _no_json(position: int, reason: str) -> InvalidRequest:
    fault = InvalidValue(
        ("body", position), "JSON decode error", "json_invalid", {}, {"error": reason}
    )
    return InvalidRequest((fault,))
