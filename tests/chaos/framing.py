"""Bytes at the edges of HTTP/1.1, and the statuses that may answer them (RFC 9110, RFC 9112)."""

from __future__ import annotations

from attrs import frozen

from benchmark.workloads import KEY

_POST = b"POST /v1/session/metrics/query HTTP/1.1"
_KEY = b"Authorization: Bearer " + KEY.encode()
_BODY = b'{"nameContains": "", "timezoneDifference": 0}'
_LENGTH = b"Content-Length: %d" % len(_BODY)
_CHUNKED = b"Transfer-Encoding: chunked"
_CHUNKS = b"%x\r\n%b\r\n0\r\n" % (len(_BODY), _BODY)
_EXTENDED = b"%x;a=b\r\n%b\r\n0\r\n\r\n" % (len(_BODY), _BODY)


@frozen
class Case:
    """What is sent, and which sequences of statuses may answer it before the connection ends."""

    name: str
    sent: bytes
    expected: tuple[tuple[int, ...], ...]


def _get(
    *headers: bytes,
    line: bytes = b"GET /__locum/health HTTP/1.1",
    host: bytes = b"Host: x",
    end: bytes = b"Connection: close",
) -> bytes:
    lines = [line, *filter(None, (host, *headers, end))]
    return b"\r\n".join([*lines, b"", b""])


def _post(*headers: bytes, body: bytes = _BODY) -> bytes:
    return _get(*headers, b"Content-Type: application/json", _KEY, line=_POST) + body


def _case(name: str, sent: bytes, *expected: int | tuple[int, ...]) -> Case:
    """Each of `expected` is the status of the one answer, or a sequence of them."""
    return Case(name, sent, tuple(e if isinstance(e, tuple) else (e,) for e in expected))


FRAMING = [
    # The request line: RFC 9112, section 3.
    _case("plain", _get(), 200),
    _case("absolute form", _get(line=b"GET http://x/__locum/health HTTP/1.1"), 200),
    _case("asterisk form", _get(line=b"OPTIONS * HTTP/1.1"), 200, 404),
    _case("empty line before", b"\r\n" + _get(), 200),
    _case("no target", _get(line=b"GET HTTP/1.1"), 400),
    _case("no version", _get(line=b"GET /__locum/health"), 200, 400),  # 0.9: the parser takes it
    _case("space in the target", _get(line=b"GET /a b HTTP/1.1"), 400),
    _case("version of letters", _get(line=b"GET / HTTP/one"), 400),
    # The parser takes it, and answers in HTTP/1.1; 505 is a "should".
    _case("version 2.0", _get(line=b"GET /__locum/health HTTP/2.0"), 200, 400, 505),
    _case("version in small letters", _get(line=b"GET / http/1.1"), 400),
    _case("unknown method", _get(line=b"BREW /__locum/health HTTP/1.1"), 400, 405, 501),
    _case("method in small letters", _get(line=b"get /__locum/health HTTP/1.1"), 400, 405, 501),
    _case("method of odd characters", _get(line=b"G@T /__locum/health HTTP/1.1"), 400),
    _case("long target", _get(line=b"GET /%b HTTP/1.1" % (b"a" * 70_000)), 400, 414, 431),
    # Header fields: RFC 9112, section 5, and RFC 9110, section 5.5.
    _case("space before the colon", _get(b"X : a"), 400),
    _case("no colon", _get(b"X"), 400),
    _case("no name", _get(b": a"), 400),
    _case("odd character in a name", _get(b"X(: a"), 400),
    _case("NUL in a value", _get(b"X: a\x00b"), 400),
    _case("CR in a value", _get(b"X: a\rb"), 400),
    _case("folded line", _get(b"X: a", b" b"), 200, 400),
    _case("empty value", _get(b"X:"), 200),
    _case("bytes above 127", _get(b"X: \xe9"), 200, 400),
    _case("long header", _post(b"X: " + b"a" * 70_000, _LENGTH), 431),
    _case("many headers", _post(*(b"X%d: a" % n for n in range(20_000)), _LENGTH), 431),
    # Bodies: RFC 9112, sections 6 and 7.
    _case("length", _post(_LENGTH), 200),
    _case("same length twice", _post(_LENGTH, _LENGTH), 200, 400),
    _case("two lengths", _post(_LENGTH, b"Content-Length: 1"), 400),
    _case("negative length", _post(b"Content-Length: -1"), 400),
    _case("length with a sign", _post(b"Content-Length: +5"), 400),
    _case("length in hexadecimal", _post(b"Content-Length: 0x5"), 400),
    _case("length of letters", _post(b"Content-Length: many"), 400),
    _case("length beyond 64 bits", _post(b"Content-Length: " + b"9" * 30), 400, 413),
    _case("chunks", _post(_CHUNKED, body=_CHUNKS + b"\r\n"), 200),
    _case("chunk extension", _post(_CHUNKED, body=_EXTENDED), 200),
    _case("trailer", _post(_CHUNKED, body=_CHUNKS + b"X: a\r\n\r\n"), 200),
    _case("size of letters", _post(_CHUNKED, body=b"xyz\r\n"), 400),
    _case("negative size", _post(_CHUNKED, body=b"-1\r\n"), 400),
    _case("chunk longer than its size", _post(_CHUNKED, body=b"1\r\n{}\r\n0\r\n\r\n"), 400),
    _case("size beyond 64 bits", _post(_CHUNKED, body=b"f" * 17 + b"\r\n"), 400, 413),
    _case("chunks and a length", _post(_CHUNKED, _LENGTH, body=_CHUNKS + b"\r\n"), 400),
    _case("chunked not last", _post(b"Transfer-Encoding: chunked, gzip"), 400),
    _case("body too large", _post(b"Content-Length: 99999999"), 413),
    _case("expects to go on", _post(_LENGTH, b"Expect: 100-continue"), 200, (100, 200)),
    # Connections: RFC 9112, section 9. What comes after the last answer is never answered.
    _case("kept alive", _get(end=b"") + _get(), (200, 200)),
    _case("three at once", _get(end=b"") * 2 + _get(), (200, 200, 200)),
    _case("nothing after close", _get() + _get(), 200),
    _case("HTTP/1.0 ends", _get(line=b"GET /__locum/health HTTP/1.0", end=b""), 200),
    _case("fault ends the connection", _get(b"X", end=b"") + _get(), 400),
    _case("answers in order", _get(end=b"") + _get(line=b"GET /none HTTP/1.1"), (200, 404)),
]

_GOOD_HOSTS = [b"x", b"x:80", b"127.0.0.1:1", b"[::1]:1"]
_BAD_HOSTS = [b"a b", b"x/y", b"x:port", b"a@b", b"[::1"]
HOSTS = [
    *(_case(f"Host: {host.decode()}", _get(host=b"Host: " + host), 200) for host in _GOOD_HOSTS),
    _case("no Host", _get(host=b""), 400),
    _case("no Host in HTTP/1.0", _get(line=b"GET /__locum/health HTTP/1.0", host=b""), 200),
    _case("two Hosts", _get(b"Host: y"), 400),
    _case("the same Host twice", _get(b"Host: x"), 400),
    *(_case(f"Host: {host.decode()}", _get(host=b"Host: " + host), 400) for host in _BAD_HOSTS),
]
