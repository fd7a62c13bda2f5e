"""A request's body: received, bounded in size and time; read by its media type, and checked."""

from __future__ import annotations

import asyncio
import codecs
import copy
import json
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, TypeVar

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from locum.exceptions import InvalidRequest, InvalidValue, UnreadableBody
from locum.http.context import Headers
from locum.http.forms import read_multipart, read_urlencoded, without_bytes
from locum.http.parameters import NOT_UTF_8, Explain, Read
from locum.http.shapes import NULLS, SCALARS, Shape, scalar
from locum.openapi.media_types import JSON, MediaType, documented, is_xml
from locum.openapi.schemas import Schema, integers

T = TypeVar("T")

MOST_BYTES = 1_048_576
MOST_SECONDS = 30.0  # from the end of the head to the end of the body

_MOST_XML = 131_072  # characters: it takes a hundred times as long to read as JSON
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\";\s]*)", re.IGNORECASE)
_LONG_NUMBER = re.compile(rb"[0-9]{19}")
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


async def receive_json(headers: Headers, receive: Receive, most: int = MOST_BYTES) -> object:
    """The request's JSON body, of so many bytes at most. One without a Content-Type is taken for
    JSON.

    Raises HTTPException 408, 413 or 415, InvalidRequest or UnreadableBody for what is no JSON, and
    ClientDisconnect where the client leaves before the end.
    """
    _check_headers(headers)
    return parse(await receive_bytes(headers, receive, most))


async def receive_any(headers: Headers, receive: Receive) -> object:
    """The request's JSON body, whatever its Content-Type says. Raises as receive_json, but 415."""
    return parse(await receive_bytes(headers, receive))


def has_body(headers: Headers) -> bool:
    """Return whether the headers announce a body of at least one byte, or of an unknown length."""
    return headers.get("content-length", "0").strip("0 ") != "" or "transfer-encoding" in headers


async def receive_bytes(headers: Headers, receive: Receive, most: int = MOST_BYTES) -> bytes:
    """The request's body of so many bytes at most. Raises HTTPException 408 and 413, and
    ClientDisconnect."""
    length = headers.get("content-length")
    if length.isdecimal() and int(length[:20]) > most:
        raise _too_large(most)
    raw = bytearray()
    try:
        await WAITS.bounded(_receive(raw, receive, most))
    except TimeoutError:
        raise HTTPException(408, f"Body not received in {MOST_SECONDS:g} s") from None
    if len(raw) > most:
        raise _too_large(most)
    return bytes(raw)


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
        raise _no_charset(charset[1])
    _check_encoding(headers)


def _check_encoding(headers: Headers) -> None:
    encoding = headers.get("content-encoding", "identity")
    if encoding.strip().lower() not in ("identity", ""):
        raise HTTPException(415, f"Unsupported content encoding: {encoding:.100}, not identity")


def _no_charset(charset: str) -> HTTPException:
    return HTTPException(415, f"Unsupported charset: {charset:.100}, not utf-8")


def _too_large(most: int) -> HTTPException:
    return HTTPException(413, f"Body larger than {most} bytes")


async def _receive(raw: bytearray, receive: Receive, most: int) -> None:
    """Receive the body, up to some more than so many bytes."""
    more = True
    while more and len(raw) <= most:
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
        value: object = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        refused = error
    else:
        return _exact(raw, value) if _LONG_NUMBER.search(raw) else value
    try:
        json.loads(raw.decode())  # the standard library's, for its words, which are well known
    except json.JSONDecodeError as error:
        raise _no_json(error.pos, error.msg) from None
    except (ValueError, RecursionError):  # no UTF-8, an integer of 5,000 digits, endless nesting
        raise UnreadableBody("There was an error parsing the body") from None
    raise _no_json(refused.pos, refused.msg.partition(":")[0])  # what Python reads, and JSON is not


def _exact(raw: bytes, value: object) -> object:
    """Return the value of the JSON text with its integers of more than 64 bits, which orjson reads
    as floats; as it is where it is nested too deeply for the reader that knows them."""
    try:
        exact: object = json.loads(raw)
    except (ValueError, RecursionError):
        return value
    return exact


def _no_json(position: int, reason: str) -> InvalidRequest:
    fault = InvalidValue(
        ("body", position), "JSON decode error", "json_invalid", {}, {"error": reason}
    )
    return InvalidRequest((fault,))


# The body of an operation.


class Body:
    """The body of an operation as its document has it: of one media type or several, and optional
    or required.

    JSON is parsed and checked; a form becomes an object, and XML what its schema describes, a text
    without one; `text/*` is a text, or what a text may be by its schema; all else is bytes, of
    which the schema's lengths are checked.
    """

    def __init__(
        self,
        definition: Mapping[str, Any],
        schema_at: Callable[[str], Schema],
        explain: Explain,
        read_json: Callable[[Schema, Any], Read] | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """Take the definition of the requestBody, what gives the schema of a media type by its
        documented name, and what words the faults of a value that breaks its schema. `read_json`
        checks the value of a JSON body in the place of its schema; `most_bytes` limits the body."""
        self.required = definition.get("required", False)
        self._most_bytes = most_bytes
        self._contents = {
            name: _Content(name, content or {}, schema_at, explain, read_json)
            for name, content in (definition.get("content") or _ANY_CONTENT).items()
        }
        self._is_json = self.required and [*self._contents] == [JSON]
        # Of a body that does not say what it is: JSON, if the document has it.
        self._first = min(self._contents.values(), key=lambda each: not each.is_json)

    async def read(self, headers: Headers, receive: Receive) -> Read:
        """The body as a JSON value (a text that is none as str, bytes as bytes), and what is wrong
        with it; None where it is optional and absent.

        Raises HTTPException 408, 413 or 415, InvalidRequest or UnreadableBody for what cannot be
        read, and ClientDisconnect where the client leaves before the end.
        """
        if self._is_json:
            return self._first.check_json(await receive_json(headers, receive, self._most_bytes))
        said = headers.get("content-type")
        name = documented(said, self._contents) if said else None
        content = self._contents[name] if name is not None else None if said else self._first
        if content is None and self.required:
            raise self._unsupported(said)
        _check_encoding(headers)
        raw = await receive_bytes(headers, receive, self._most_bytes)
        if not raw and not (self.required and said and content and not content.is_json):
            missing = (InvalidValue(("body",), "Field required", "missing"),)
            return None, missing if self.required else ()
        if content is None:
            raise self._unsupported(said)
        return content.read(raw, said or content.name)

    def filled(self, value: Any) -> Any:
        """Return an object with the defaults of its schema where it says nothing else, and any
        other value as it is."""
        if not isinstance(value, dict):
            return value
        return self._first.defaults | copy.deepcopy(self._first.changeable) | value

    def _unsupported(self, media_type: str) -> HTTPException:
        *names, last = self._contents
        expected = f"{', '.join(names)} or {last}" if names else last
        return HTTPException(415, f"Unsupported media type: {media_type:.100}, not {expected}")


class _Content:
    """A media type of a body, as its document has it."""

    def __init__(
        self,
        name: str,
        content: Mapping[str, Any],
        schema_at: Callable[[str], Schema],
        explain: Explain,
        read_json: Callable[[Schema, Any], Read] | None,
    ) -> None:
        self.name, self._explain, self._read_json = name, explain, read_json
        self._encodings = content.get("encoding") or {}
        self.schema = schema_at(name) if "schema" in content else None
        media_type = MediaType.read(name)
        self.is_json = media_type is not None and media_type.is_json

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """Return the defaults of an object's properties, which are shared."""
        return self.schema.defaults if self.schema is not None else {}

    @cached_property
    def changeable(self) -> dict[str, Any]:
        """Return those that a handler may change: each request has copies of its own."""
        return {n: v for n, v in self.defaults.items() if isinstance(v, dict | list)}

    @cached_property
    def _shape(self) -> Shape:
        return Shape.of(self.schema) if self.schema is not None else Shape()

    def check_json(self, value: Any) -> Read:
        """Return a value of JSON, and what is wrong with it."""
        schema = self.schema
        faults: tuple[InvalidValue, ...] = ()
        if schema is not None and self._read_json is not None:
            value, faults = self._read_json(schema, value)
        elif schema is not None and not schema.accepts(value):
            faults = self._explain(schema, value, ("body",))
        return (value if faults else integers(value)), faults

    def read(self, raw: bytes, said: str) -> Read:
        """Return the value of a body, which says of itself that it is of that media type."""
        media_type = MediaType.of_body(said)
        assert media_type is not None  # noqa: S101 - it was found by it
        charset = media_type.parameters.get("charset", "")
        if media_type.is_json:
            if charset.lower() not in _UTF_8:
                raise _no_charset(charset)
            return self.check_json(parse(raw))
        if media_type.essence in (URLENCODED, MULTIPART):
            return self._read_form(raw, media_type)
        if is_xml(media_type.essence):
            return self._read_xml(_decoded(raw, charset or _declared(raw)))
        if media_type.type == "text" or media_type.essence in _TEXTS:
            return self._read_text(_decoded(raw, charset))
        return raw, self._faults_of_length(raw)

    def _read_form(self, raw: bytes, media_type: MediaType) -> Read:
        parameters = media_type.parameters
        if media_type.essence == URLENCODED:
            charset = _codec(parameters.get("charset", ""))
            value = read_urlencoded(raw, charset, self._shape, self._encodings)
        else:
            boundary = parameters.get("boundary", "")
            value = read_multipart(raw, boundary, self._shape, self._encodings)
        checked = without_bytes(value)
        if self.schema is None or self.schema.accepts(checked):
            return value, ()
        nulls = {n: None for n, v in checked.items() if v in NULLS and self._may_be_null(n)}
        if nulls and self.schema.accepts(checked | nulls):
            return value | nulls, ()
        return value, self._explain(self.schema, checked, ("body",))

    def _may_be_null(self, name: str) -> bool:
        return "null" in self._shape.of_property(name).types

    def _read_xml(self, text: str) -> Read:
        if len(text) > _MOST_XML:
            raise HTTPException(413, f"Body larger than {_MOST_XML} characters of XML")
        from locum.http.xml_bodies import check_xml, read_xml  # noqa: PLC0415  # few need it

        if self.schema is None:
            check_xml(text)
            return text, ()
        return self.check_json(read_xml(text, self._shape))

    def _read_text(self, text: str) -> Read:
        types = self._shape.types
        if self.schema is None or not types & SCALARS:  # of lines of CSV, say
            return text, ()
        value = scalar(text, types)
        if self.schema.accepts(value):
            return value, ()
        if self.schema.accepts(text):
            return text, ()
        return value, self._explain(self.schema, value, ("body",))

    def _faults_of_length(self, raw: bytes) -> tuple[InvalidValue, ...]:
        least, most = self._shape.says("minLength"), self._shape.says("maxLength")
        found = f"Found {len(raw)} bytes, expected at"
        if isinstance(least, int) and len(raw) < least:
            return (InvalidValue(("body",), f"{found} least {least}", "minLength"),)
        if isinstance(most, int) and len(raw) > most:
            return (InvalidValue(("body",), f"{found} most {most}", "maxLength"),)
        return ()


_ANY_CONTENT: dict[str, Any] = {"*/*": {}}  # where a document names no media type
URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_TEXTS = {"application/yaml", "application/x-yaml", "application/x-ndjson", "application/jsonl"}
# By the names that clients use, how Python calls what they mean (https://encoding.spec.whatwg.org).
_CODECS = {
    **dict.fromkeys(_UTF_8, "utf-8"),
    **dict.fromkeys(("iso-8859-1", "latin-1", "latin1"), "latin-1"),
    **{name: name for name in ("windows-1252", "utf-16", "utf-16le", "utf-16be")},
}
_DECLARED = re.compile(rb"<\?xml[^>]{1,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")


def _declared(raw: bytes) -> str:
    """Return the encoding that an XML document names itself, or shows by its byte order mark; ''
    where it does not."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    found = _DECLARED.match(raw.removeprefix(codecs.BOM_UTF8))
    return found[1].decode() if found else ""


def _codec(charset: str) -> str:
    """Return Python's name of the charset. Raises HTTPException 415 for one that is not read."""
    if charset.lower() not in _CODECS:
        raise _no_charset(charset)
    return _CODECS[charset.lower()]


def _decoded(raw: bytes, charset: str) -> str:
    """Return the text in that charset. Raises HTTPException 415 and InvalidRequest."""
    try:
        return raw.removeprefix(codecs.BOM_UTF8).decode(_codec(charset))
    except UnicodeDecodeError:
        raise InvalidRequest((InvalidValue(("body",), NOT_UTF_8, "string_unicode"),)) from None
