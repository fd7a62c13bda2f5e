"""A request's body: how much of it is received, for how long, of which type; what it says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from functools import partial
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message

from locum.exceptions import InvalidRequest, UnreadableBody
from locum.http import body
from locum.http.body import MOST_BYTES, Body, Waits, late, parse, receive_json, replay
from locum.http.context import Headers
from locum.openapi.schemas import Schema, Schemas

LONGER = 10  # seconds: than anything here waits


class Stream:
    """Gives a body in pieces, and counts how often it is asked. After the last piece, unless that
    ends the body, the client stops sending, or leaves."""

    def __init__(self, *pieces: bytes, ends: bool = True, leaves: bool = False) -> None:
        self.pieces, self.ends, self.leaves, self.asked = list(pieces), ends, leaves, 0

    async def __call__(self) -> Message:
        self.asked += 1
        if not self.pieces:
            if not self.leaves:
                await asyncio.sleep(LONGER)
            return {"type": "http.disconnect"}
        piece = self.pieces.pop(0)
        more = bool(self.pieces) or not self.ends
        return {"type": "http.request", "body": piece, "more_body": more}


def headers_of(**fields: str) -> Headers:
    return Headers(
        (name.replace("_", "-").encode(), value.encode()) for name, value in fields.items()
    )


def received(stream: Stream, **fields: str) -> object:
    """The body that is read from the stream of a request with these header fields."""
    return asyncio.run(receive_json(headers_of(**fields), stream))


def refused(stream: Stream, **fields: str) -> tuple[int, str]:
    """The status and words with which the body is refused."""
    with pytest.raises(HTTPException) as raised:
        received(stream, **fields)
    return raised.value.status_code, raised.value.detail


# Pieces.


@pytest.mark.parametrize(
    "pieces", [[b'{"a": [1, 2]}'], [b'{"a"', b": [1, ", b"", b"2]}"], [b'{"a": [1, 2]}', b""]]
)
def test_a_body_is_read_whole_from_its_pieces(pieces: list[bytes]) -> None:
    assert received(Stream(*pieces)) == {"a": [1, 2]}


def test_a_character_may_be_cut_by_a_piece() -> None:
    euro = "€".encode()
    assert received(Stream(b'"' + euro[:1], euro[1:] + b'"')) == "€"


def test_a_message_without_a_body_is_an_empty_piece() -> None:
    messages: list[Message] = [
        {"type": "http.request", "more_body": True},
        {"type": "http.request", "body": b"7"},
    ]

    async def receive() -> Message:
        return messages.pop(0)

    assert asyncio.run(receive_json(Headers([]), receive)) == 7


@pytest.mark.parametrize("pieces", [[], [b"{"]])
def test_a_client_that_leaves_before_the_end_has_asked_nothing(pieces: list[bytes]) -> None:
    with pytest.raises(ClientDisconnect):
        received(Stream(*pieces, ends=False, leaves=True))


def test_a_message_that_was_taken_is_given_once_more() -> None:
    stream = Stream(b"[1,", b"2]")

    async def read() -> object:
        first = await stream()
        return await receive_json(Headers([]), replay([first], stream))

    assert asyncio.run(read()) == [1, 2]


# Media types.


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "Application/JSON",
        " application/json ;x=y",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json; x=y; Charset = utf8",
        "application/json; charset=us-ascii",
        "application/json; charset=",
    ],
)
def test_media_types_that_mean_json_in_utf_8(media_type: str) -> None:
    assert received(Stream(b"1"), content_type=media_type) == 1


def test_a_body_without_a_content_type_is_taken_for_json() -> None:
    assert received(Stream(b"1")) == 1


@pytest.mark.parametrize("encoding", ["identity", "Identity", " identity ", ""])
def test_a_body_may_be_encoded_as_itself(encoding: str) -> None:
    assert received(Stream(b"1"), content_encoding=encoding) == 1


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        (
            {"content_type": "text/plain"},
            "Unsupported media type: text/plain, not application/json",
        ),
        (
            {"content_type": "application/problem+json"},
            "Unsupported media type: application/problem+json, not application/json",
        ),
        ({"content_type": ""}, "Unsupported media type: , not application/json"),
        (
            {"content_type": "application/json; charset=utf-16"},
            "Unsupported charset: utf-16, not utf-8",
        ),
        (
            {"content_type": 'application/json; charset="latin1"'},
            "Unsupported charset: latin1, not utf-8",
        ),
        ({"content_encoding": "gzip"}, "Unsupported content encoding: gzip, not identity"),
    ],
)
def test_any_other_type_is_415_before_a_byte_is_read(fields: dict[str, str], detail: str) -> None:
    stream = Stream(b"1")
    assert refused(stream, **fields) == (415, detail)
    assert stream.asked == 0


def test_a_long_media_type_is_not_repeated_whole() -> None:
    _, detail = refused(Stream(b"1"), content_type="x" * 5000)
    assert detail == f"Unsupported media type: {'x' * 100}, not application/json"


# Sizes.

TOO_LARGE = (413, "Body larger than 1048576 bytes")


def test_a_body_of_the_most_bytes_is_read_and_one_more_is_413() -> None:
    text = b'"' + b"x" * (MOST_BYTES - 2) + b'"'
    assert received(Stream(text)) == "x" * (MOST_BYTES - 2)
    assert refused(Stream(text + b" ")) == TOO_LARGE
    assert refused(Stream(text, b" ")) == TOO_LARGE


@pytest.mark.parametrize("length", ["1048577", "9" * 5000, "01048577"])
def test_too_long_a_length_is_413_before_a_byte_is_read(length: str) -> None:
    stream = Stream(b"1")
    assert refused(stream, content_length=length) == TOO_LARGE
    assert stream.asked == 0


@pytest.mark.parametrize("length", ["1048576", "-1048577", "1e9", "²", "", "0" * 5000])
def test_what_is_no_longer_length_is_for_the_bytes_to_tell(length: str) -> None:
    headers = Headers([(b"content-length", length.encode("latin-1"))])
    assert asyncio.run(receive_json(headers, Stream(b"1"))) == 1


def test_an_endless_body_is_read_up_to_the_most_bytes() -> None:
    """Sixteen pieces of 65,536 bytes are 1,048,576; the one after it is too many."""
    stream = Stream(*[b" " * 65_536] * 100)
    assert refused(stream) == TOO_LARGE
    assert stream.asked == 17


# Time.

SECONDS = 0.2


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wait may last a short time only."""
    monkeypatch.setattr(body, "MOST_SECONDS", SECONDS)


def never() -> Awaitable[None]:
    """What ends after everything here."""
    return asyncio.sleep(LONGER)


def test_a_slow_body_is_408(short: None) -> None:
    assert refused(Stream(b"{", ends=False)) == (408, "Body not received in 0.2 s")


def test_a_request_whose_first_message_was_late_is_408(short: None) -> None:
    with pytest.raises(HTTPException) as raised:
        asyncio.run(receive_json(Headers([]), late(Stream())))
    assert raised.value.status_code == 408


def test_a_body_in_pieces_has_one_limit_for_all_of_them(short: None) -> None:
    """Each piece comes in time, and the whole does not."""

    async def dripping() -> Message:
        await asyncio.sleep(SECONDS / 10)
        return {"type": "http.request", "body": b" ", "more_body": True}

    with pytest.raises(HTTPException) as raised:
        asyncio.run(receive_json(Headers([]), dripping))
    assert raised.value.status_code == 408


def test_each_of_several_waits_has_its_own_limit(short: None) -> None:
    """One ends in time; of the two that do not, the later one ends later by as much."""
    waits = Waits()
    began = time.monotonic()
    ended: dict[str, float] = {}

    async def wait(name: str, after: float, awaited: Awaitable[Any]) -> Any:
        await asyncio.sleep(after)
        try:
            return await waits.bounded(awaited)
        except TimeoutError:
            return "late"
        finally:
            ended[name] = time.monotonic() - began

    async def all_of_them() -> tuple[Any, ...]:
        return tuple(
            await asyncio.gather(
                wait("first", 0, never()),
                wait("in time", 0, asyncio.sleep(SECONDS / 4, "done")),
                wait("second", SECONDS * 0.8, never()),
            )
        )

    assert asyncio.run(all_of_them()) == ("late", "done", "late")
    assert ended["in time"] < ended["first"] < ended["second"]
    assert ended["first"] >= SECONDS
    assert ended["second"] >= SECONDS * 1.7


def test_a_wait_that_has_ended_leaves_nothing_behind(short: None) -> None:
    """No entry, no timer, and a task that may be cancelled, and bounded, once more."""
    waits = Waits()

    async def wait() -> None:
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await waits.bounded(never())
        assert await waits.bounded(asyncio.sleep(0, "done")) == "done"
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        await asyncio.sleep(SECONDS)
        assert (waits._since, waits._late, waits._watched) == ({}, set(), None)

    asyncio.run(wait())


def test_an_error_of_what_is_awaited_passes_through() -> None:
    async def fail() -> None:
        raise ClientDisconnect

    with pytest.raises(ClientDisconnect):
        asyncio.run(Waits().bounded(fail()))


def test_a_cancellation_by_another_passes_through() -> None:
    async def cancelled() -> None:
        task = asyncio.ensure_future(Waits().bounded(never()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())


def test_a_cancellation_by_another_at_the_limit_passes_through(short: None) -> None:
    """Whoever cancels a task expects it to end, also where its time is up at the same moment."""
    waits = Waits()

    async def cancelled() -> None:
        task = asyncio.ensure_future(waits.bounded(never()))
        await asyncio.sleep(0)
        time.sleep(SECONDS * 1.1)  # noqa: ASYNC251 - nothing else may happen until then
        waits._watch(asyncio.get_running_loop())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())


def test_waits_hold_in_several_event_loops_one_after_the_other(short: None) -> None:
    """A loop that was closed while it was watched watches no longer."""
    waits = Waits()
    for _ in range(3):
        assert asyncio.run(waits.bounded(asyncio.sleep(0, "done"))) == "done"
        with pytest.raises(TimeoutError):
            asyncio.run(waits.bounded(never()))


# What a body says.


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"null", None),
        (b" [1, 2.5, -3, true]\n", [1, 2.5, -3, True]),
        ('{"ü": "\U0001f3ad"}'.encode(), {"ü": "\U0001f3ad"}),
        (b'"\\ud83c\\udfad"', "\U0001f3ad"),
        (b"\xef\xbb\xbf{}", {}),
        (b'{"a": 1, "b": 2, "a": 3}', {"a": 3, "b": 2}),
        (b"18446744073709551615", 2**64 - 1),
    ],
)
def test_json_is_parsed(raw: bytes, value: object) -> None:
    assert parse(raw) == value


@pytest.mark.parametrize("raw", [b"", b" \r\n\t", b"\xef\xbb\xbf", b"\xef\xbb\xbf "])
def test_no_body_is_a_missing_field(raw: bytes) -> None:
    with pytest.raises(InvalidRequest) as raised:
        parse(raw)
    (fault,) = raised.value.faults
    assert (fault.location, fault.message, fault.kind) == (("body",), "Field required", "missing")


@pytest.mark.parametrize(
    ("raw", "position", "reason"),
    [
        (b"{", 1, "Expecting property name enclosed in double quotes"),
        (b"{'a': 1}", 1, "Expecting property name enclosed in double quotes"),
        (b'{"a" 1}', 5, "Expecting ':' delimiter"),
        (b"[1, x]", 4, "Expecting value"),
        (b"[1 2]", 3, "Expecting ',' delimiter"),
        (b"{}x", 2, "Extra data"),
        (b'"open', 0, "Unterminated string starting at"),
        ('["€", x]'.encode(), 6, "Expecting value"),  # characters are counted, not bytes
        (b"\xef\xbb\xbf[x]", 1, "Expecting value"),
    ],
)
def test_a_fault_of_syntax_is_told_with_its_place(raw: bytes, position: int, reason: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        parse(raw)
    (fault,) = raised.value.faults
    assert (fault.location, fault.kind) == (("body", position), "json_invalid")
    assert (fault.message, fault.context) == ("JSON decode error", {"error": reason})


@pytest.mark.parametrize(
    ("raw", "position"),
    [(b"[NaN]", 1), (b"[-Infinity]", 2), (b"[1e999]", 1), (b'["\\ud800"]', 2)],
)
def test_what_python_reads_and_json_is_not_is_a_fault_of_syntax_too(
    raw: bytes, position: int
) -> None:
    """Of NaN, infinities, numbers beyond every float, and halves of a surrogate pair."""
    with pytest.raises(InvalidRequest) as raised:
        parse(raw)
    (fault,) = raised.value.faults
    assert (fault.location, fault.kind) == (("body", position), "json_invalid")
    assert fault.context["error"]


@pytest.mark.parametrize(
    "raw",
    [
        b'"\xff"',
        "{}".encode("utf-16"),
        b"1" * 5000,
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
    ],
    ids=["no UTF-8", "UTF-16", "5,000 digits", "open", "nested"],
)
def test_any_other_fault_is_an_unreadable_body(raw: bytes) -> None:
    with pytest.raises(UnreadableBody, match="There was an error parsing the body"):
        parse(raw)


# The body of an operation.

PET = {
    "type": "object",
    "required": ["id", "n"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "n": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}, "default": []},
        "file": {"type": "string", "format": "binary", "maxLength": 2},
    },
}
JSON, FORM, MULTIPART = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
)


def documented_body(content: dict[str, Any], **fields: Any) -> Body:
    """A body that is required, of these media types with their schemas, None for none."""
    described = {name: {} if s is None else {"schema": s} for name, s in content.items()}
    definition = {"required": True, "content": described} | fields
    paths = {"/a": {"post": {"requestBody": definition}}}
    at = partial(Schemas({"openapi": "3.1.0", "paths": paths}).at, "paths", "/a", "post")
    return Body(definition, lambda n: at("requestBody", "content", n, "schema"), Schema.faults)


def asked(what: Body, raw: bytes = b"", content_type: str | None = None, **fields: str) -> Any:
    """The value that the body is read as, or its faults as (location, message)."""
    if content_type is not None:
        fields["content_type"] = content_type
    value, faults = asyncio.run(what.read(headers_of(**fields), Stream(raw)))
    return tuple((fault.location, fault.message) for fault in faults) or value


def turned_away(what: Body, raw: bytes, content_type: str, **fields: str) -> tuple[int, str]:
    with pytest.raises(HTTPException) as raised:
        asked(what, raw, content_type, **fields)
    return raised.value.status_code, raised.value.detail


PARTS = (
    b'--B\r\nContent-Disposition: form-data; name="n"\r\n\r\n7\r\n'
    b'--B\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n\xff\x00\r\n--B--\r\n'
)


@pytest.mark.parametrize(
    ("content_type", "raw", "value"),
    [
        (JSON, b'{"n": 7}', {"n": 7}),
        ("application/json; charset=UTF-8", b'{"n": 7.0}', {"n": 7}),
        ("application/merge-patch+json", b'{"n": 7}', {"n": 7}),
        (FORM, b"n=7&tags=a", {"n": 7, "tags": ["a"]}),
        (f"{FORM}; charset=UTF-8", b"n=7", {"n": 7}),
        (f"{MULTIPART}; boundary=B", PARTS, {"n": 7, "file": b"\xff\x00"}),
        (f'{MULTIPART}; boundary="B"', PARTS, {"n": 7, "file": b"\xff\x00"}),
    ],
)
def test_a_body_is_read_by_its_media_type(content_type: str, raw: bytes, value: object) -> None:
    content = dict.fromkeys((JSON, "application/merge-patch+json", FORM, MULTIPART), PET)
    assert asked(documented_body(content), raw, content_type) == value
    assert asked(documented_body({"*/*": PET}), raw, content_type) == value


def test_a_field_is_null_where_nothing_else_will_do() -> None:
    choice = {"enum": ["auto", None]}
    form = {
        "properties": {"a": choice, "b": {"type": ["string", "null"]}, "c": {"type": "integer"}}
    }
    its = documented_body({FORM: form})
    assert asked(its, b"a=null", FORM) == {"a": None}
    assert asked(its, b"a=&c=1", FORM) == {"a": None, "c": 1}
    assert asked(its, b"b=null", FORM) == {"b": "null"}
    assert asked(its, b"a=null&c=x", FORM) == (
        (("body", "a"), '"null" is not one of "auto" or null'),
        (("body", "c"), '"x" is not of type "integer"'),
    )


@pytest.mark.parametrize(
    ("content_type", "raw", "fault"),
    [
        (JSON, b'{"n": "x"}', (("body", "n"), '"x" is not of type "integer"')),
        (JSON, b"{}", (("body",), '"n" is a required property')),
        (FORM, b"n=x", (("body", "n"), '"x" is not of type "integer"')),
        (FORM, b"", (("body",), '"n" is a required property')),
        (
            f"{MULTIPART}; boundary=B",
            PARTS.replace(b"\xff\x00", b"\xff\x00\x00"),
            (("body", "file"), '"ÿ\\u0000\\u0000" is longer than 2 characters'),
        ),
    ],
)
def test_what_is_wrong_with_a_body_is_told_with_its_place(
    content_type: str, raw: bytes, fault: tuple[tuple[str, ...], str]
) -> None:
    content = dict.fromkeys((JSON, FORM, MULTIPART), PET)
    assert asked(documented_body(content), raw, content_type) == (fault,)


@pytest.mark.parametrize(
    ("content_type", "schema", "raw", "value"),
    [
        ("text/plain", None, b"7", "7"),
        ("text/plain", {"type": "string"}, "é".encode(), "é"),
        ("text/plain; charset=iso-8859-1", {"type": "string"}, b"\xe9", "é"),
        ("text/plain; charset=utf-16", {"type": "string"}, "é".encode("utf-16"), "é"),
        ("text/plain", {"type": "integer"}, b"7", 7),
        ("text/plain", {"type": ["integer", "string"]}, b"7x", "7x"),
        ("text/plain", {"type": "string"}, b"", ""),
        ("text/csv", {"type": "array"}, b"a,b", "a,b"),
        ("application/yaml", {"type": "object"}, b"a: b", "a: b"),
        ("image/svg+xml", None, b"<svg/>", "<svg/>"),
        (
            "application/xml",
            None,
            b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>',
            '<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>',
        ),
        ("application/octet-stream", None, b"\xff\x00", b"\xff\x00"),
        ("application/octet-stream", {"type": "string", "maxLength": 2}, b"\xff\x00", b"\xff\x00"),
        ("application/octet-stream", {"type": "string"}, b"", b""),
        ("image/png", {"type": "object"}, b"\x89PNG", b"\x89PNG"),
        ("application/sdp", {"type": "string"}, b"v=0", b"v=0"),
    ],
)
def test_what_is_no_json_is_a_text_or_bytes(
    content_type: str, schema: dict[str, Any] | None, raw: bytes, value: object
) -> None:
    its = documented_body({content_type.partition(";")[0]: schema})
    found = asked(its, raw, content_type)
    assert (type(found), found) == (type(value), value)


E_ACUTE = '<?xml version="1.0" encoding="{}"?><pet><n>7</n><tags>é</tags></pet>'


@pytest.mark.parametrize(
    ("content_type", "raw"),
    [
        ("application/xml", E_ACUTE.format("UTF-8").encode()),
        ("text/xml", E_ACUTE.format("UTF-8").encode("utf-8-sig")),
        ("application/atom+xml", E_ACUTE.format("iso-8859-1").encode("latin-1")),
        ("application/xml", E_ACUTE.format("UTF-16").encode("utf-16")),
        ("application/xml; charset=iso-8859-1", E_ACUTE.format("UTF-8").encode("latin-1")),
    ],
)
def test_xml_is_read_by_its_schema_in_the_charset_that_it_names(
    content_type: str, raw: bytes
) -> None:
    """What the Content-Type says goes before what the document says (RFC 7303, section 3)."""
    its = documented_body({content_type.partition(";")[0]: PET})
    assert asked(its, raw, content_type) == {"n": 7, "tags": ["é"]}


def test_xml_is_checked_as_json_is_and_without_a_schema_for_its_syntax() -> None:
    its = documented_body({"application/xml": PET})
    fault = (("body", "n"), '"x" is not of type "integer"')
    assert asked(its, b"<pet><n>x</n></pet>", "application/xml") == (fault,)
    for schema in (PET, None):
        with pytest.raises(InvalidRequest, match="The XML cannot be read: no element found"):
            asked(documented_body({"text/xml": schema}), b"<pet>", "text/xml")


@pytest.mark.parametrize(
    ("content_type", "schema", "raw", "message"),
    [
        ("text/plain", {"type": "integer"}, b"x", '"x" is not of type "integer"'),
        (
            "text/plain",
            {"type": "string", "maxLength": 1},
            b"ab",
            '"ab" is longer than 1 character',
        ),
        ("image/png", {"maxLength": 1}, b"ab", "Found 2 bytes, expected at most 1"),
        ("image/png", {"minLength": 3}, b"ab", "Found 2 bytes, expected at least 3"),
    ],
)
def test_a_text_or_bytes_that_the_schema_refuses(
    content_type: str, schema: dict[str, Any], raw: bytes, message: str
) -> None:
    (fault,) = asked(documented_body({content_type: schema}), raw, content_type)
    assert fault == (("body",), message)


def test_a_text_that_is_not_in_its_charset_is_refused() -> None:
    its = documented_body({"text/plain": None})
    for charset in ("", "; charset=utf-8"):
        with pytest.raises(InvalidRequest, match="unable to parse raw data as a unicode string"):
            asked(its, b"\xff", f"text/plain{charset}")
    unknown = (415, "Unsupported charset: ebcdic, not utf-8")
    assert turned_away(its, b"a", "text/plain; charset=ebcdic") == unknown
    for name in ("hex", "punycode", "unicode_escape"):  # codecs of Python that are no charsets
        assert turned_away(its, b"a", f"text/plain; charset={name}")[0] == 415


def test_a_type_that_is_not_documented_is_415_with_those_that_are() -> None:
    one, two = documented_body({JSON: PET}), documented_body({JSON: PET, "text/*": None})
    refusal = "Unsupported media type: image/png, not application/json"
    assert turned_away(one, b"1", "image/png") == (415, refusal)
    assert turned_away(two, b"1", "image/png") == (415, f"{refusal} or text/*")
    three = documented_body({JSON: PET, FORM: PET, MULTIPART: PET})
    expected = f"{refusal}, {FORM} or {MULTIPART}"
    assert turned_away(three, b"1", "image/png") == (415, expected)
    versioned = documented_body({"application/json; v=1": None})
    assert asked(versioned, b"1", "application/json; v=1") == 1
    assert turned_away(versioned, b"1", "application/json; v=2")[0] == 415


@pytest.mark.parametrize("content", [{JSON: PET}, {"text/plain": None, JSON: PET}])
def test_a_body_that_does_not_say_its_type_is_json(content: dict[str, Any]) -> None:
    assert asked(documented_body(content), b'{"n": 7}') == {"n": 7}
    assert asked(documented_body(content, required=False), b'{"n": 7}') == {"n": 7}


def test_a_body_that_does_not_say_its_type_is_the_first_where_none_is_json() -> None:
    assert asked(documented_body({"text/plain": None, "*/*": None}), b"7") == "7"
    assert asked(documented_body({"*/*": None}), b"7") == b"7"


@pytest.mark.parametrize("content_type", [None, JSON, "text/plain", "image/png"])
def test_an_optional_body_may_be_absent(content_type: str | None) -> None:
    """Without bytes there is none, whatever a client says of them."""
    for content in ({JSON: PET}, {"text/plain": None}, {JSON: PET, FORM: PET}):
        assert asked(documented_body(content, required=False), b"", content_type) is None
    assert turned_away(documented_body({JSON: PET}, required=False), b"1", "image/png")[0] == 415


def test_a_required_body_that_is_absent_is_a_fault() -> None:
    missing = ((("body",), "Field required"),)
    for content in ({"text/plain": None}, {FORM: PET}, {JSON: PET, FORM: PET}):
        assert asked(documented_body(content)) == missing
    assert asked(documented_body({JSON: PET, FORM: PET}), b"", JSON) == missing
    with pytest.raises(InvalidRequest) as raised:  # as ever, of JSON alone
        asked(documented_body({JSON: PET}))
    assert [(fault.location, fault.message) for fault in raised.value.faults] == [*missing]


@pytest.mark.parametrize("required", [True, False])
def test_every_body_is_bounded_and_not_encoded(*, required: bool) -> None:
    its = documented_body({"*/*": None}, required=required)
    assert turned_away(its, b"x" * (MOST_BYTES + 1), "text/plain") == TOO_LARGE
    gzip = (415, "Unsupported content encoding: gzip, not identity")
    assert turned_away(its, b"x", "text/plain", content_encoding="gzip") == gzip


def test_json_of_any_kind_is_parsed_strictly() -> None:
    its = documented_body({"application/vnd.a+json": None}, required=False)
    with pytest.raises(InvalidRequest, match="JSON decode error"):
        asked(its, b"[NaN]", "application/vnd.a+json")
    refusal = (415, "Unsupported charset: latin1, not utf-8")
    assert turned_away(its, b"1", "application/vnd.a+json; charset=latin1") == refusal


def test_a_body_of_no_documented_type_may_be_of_any() -> None:
    its = documented_body({})
    assert asked(its, b'{"a": 1}', JSON) == {"a": 1}
    assert asked(its, b"a", "text/plain") == "a"
    assert asked(its, b"a") == b"a"


def test_an_object_is_filled_with_defaults_of_its_own() -> None:
    its = documented_body({JSON: PET})
    first, second = its.filled({"n": 7}), its.filled({"n": 8, "tags": ["a"]})
    assert (first, second) == ({"tags": [], "n": 7}, {"tags": ["a"], "n": 8})
    first["tags"].append("x")
    assert its.filled({}) == {"tags": []}
    assert its.filled(None) is None
    assert its.filled([7]) == [7]
    assert documented_body({"text/plain": None}).filled("a") == "a"


def test_a_provider_may_read_json_its_own_way() -> None:
    definition = {"required": True, "content": {JSON: {"schema": PET}}}
    schemas = Schemas({"openapi": "3.1.0", "b": definition})

    def twice(_schema: Schema, value: Any) -> tuple[Any, tuple[()]]:
        return [value, value], ()

    def at(name: str) -> Schema:
        return schemas.at("b", "content", name, "schema")

    assert asked(Body(definition, at, Schema.faults, twice), b"7.0", JSON) == [7, 7]


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (
            b'{"a": [123456789012345678901234567890, 1e300]}',
            [123456789012345678901234567890, 1e300],
        ),
        (b'{"a": [-9223372036854775809, 0.1]}', [-9223372036854775809, 0.1]),
        (b'{"a": "12345678901234567890123"}', "12345678901234567890123"),
        (b'{"a": 1, "a": 1234567890123456789012}', 1234567890123456789012),
    ],
)
def test_integers_of_any_size_are_read_exactly(raw: bytes, value: Any) -> None:
    read = parse(raw)
    assert isinstance(read, dict)
    assert repr(read["a"]) == repr(value)
