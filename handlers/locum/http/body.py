"""A request's JSON body: received, bounded in size and time, and parsed."""

from __future__ import annotations

import asyncio
import codecs
import json
import math
import re
from contextlib import suppress
from typing import Any, NoReturn

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from locum.exceptions import InvalidRequest, InvalidValue, UnreadableBody
from locum.http.headers import Headers

MOST_BYTES = 1_048_576
MOST_SECONDS = 30.0  # from the end of the head to the end of the body

_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\";\s]*)", re.IGNORECASE)
_UTF_8 = ("", "utf-8", "utf8", "us-ascii", "ascii")


async def receive_json(headers: Headers, receive: Receive) -> object:
    """The request's JSON body. A body without a Content-Type is taken for JSON.

    Raises HTTPException 408, 413 or 415, InvalidRequest or UnreadableBody for what is no JSON, and
    ClientDisconnect where the client leaves before the end.
    """
    _check_headers(headers)
    length = headers.get("content-length")
    if length.isdecimal() and int(length[:20]) > MOST_BYTES:
        await _refuse(headers, receive, more=True)
    raw = bytearray()
    first = arrived(receive)
    more = first is None or _adds(raw, first)
    if more:  # else it is all there, and no time is to be watched
        try:
            async with asyncio.timeout(MOST_SECONDS):
                while more and len(raw) <= MOST_BYTES:
                    more = _adds(raw, await receive())
        except TimeoutError:
            raise HTTPException(408, f"Body not received in {MOST_SECONDS:g} s") from None
    if len(raw) > MOST_BYTES:
        await _refuse(headers, receive, more=more)
    return parse(bytes(raw))


def arrived(receive: Receive) -> Message | None:
    """The first message of the request if it is there, which it mostly is: a small request comes in
    one piece. Nothing is waited for; who reads the body later does so within its limits."""
    waiting = receive().__await__()
    try:
        next(waiting)
    except StopIteration as arrived:
        message: Message = arrived.value
        return message
    waiting.close()
    return None


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


_LINGERING_SECONDS = 2.0


async def _refuse(headers: Headers, receive: Receive, *, more: bool) -> NoReturn:
    """Refuse a body for its size. On a connection that is closed after the answer, whoever is still
    sending would find it closed and lose the answer: what comes is read for a while, and dropped.
    """
    connection = ",".join(headers.getlist("connection")).lower().split(",")
    if more and "close" in map(str.strip, connection) and "expect" not in headers:
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGERING_SECONDS):
                while (await receive()).get("more_body", False):
                    pass
    raise HTTPException(413, f"Body larger than {MOST_BYTES} bytes")


def _adds(raw: bytearray, message: Message) -> bool:
    """Add a message's part of the body: whether there is more to come."""
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    raw += message.get("body", b"")
    more: bool = message.get("more_body", False)
    return more


def parse(raw: bytes) -> object:
    """The JSON value of the text: strict UTF-8 (a byte order mark before it is left out), no NaN,
    no lone surrogate; of a key that comes twice the last value, as FastAPI and Node.js do.

    Raises InvalidRequest for a fault of syntax, UnreadableBody for any other (as FastAPI, which
    answers both differently).
    """
    raw = raw.removeprefix(codecs.BOM_UTF8)
    if not raw.strip():
        raise InvalidRequest((InvalidValue(("body",), "Field required", "missing"),))
    try:
        return integral(orjson.loads(raw), below=2**63)
    except orjson.JSONDecodeError as error:
        refused = error
    try:
        json.loads(raw.decode())  # FastAPI's parser, for its words
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


def integral(value: Any, below: float = math.inf) -> Any:
    """The JSON value in which each number of that size without a fraction is an int. JSON has one
    kind of number: 10.0 is the integer 10 to a schema, and here too. (Of 64 bits and more only
    doubles are read and written.)

    Changes the value in place, without recursion: it may be nested a thousand deep.
    """
    root = [value]
    waiting: list[Any] = [root]
    while waiting:
        node = waiting.pop()
        for key, item in node.items() if type(node) is dict else enumerate(node):
            kind = type(item)
            if kind is dict or kind is list:
                waiting.append(item)
            elif kind is float and item.is_integer() and abs(item) < below:
                node[key] = int(item)
    return root[0]
