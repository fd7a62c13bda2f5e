"""HTTP/1.1 as RFC 9112 and RFC 9110 want it: a table of what is sent and what must be answered.

The first 33 rows are the situations that dropseed/h1spec examines in its strict mode, in its order;
the expected answers are those of the RFCs, each by its section. None of them differs here. What the
server answers is narrower than what is allowed where a row gives several statuses.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from attrs import frozen

from tests.conftest import application_over
from tests.oracles.hostile_clients import Address, exchange, statuses
from tests.oracles.serving import answering

ANY = range(200, 600)  # a final answer
NOT_400 = [status for status in ANY if status != 400]
PATH = b"/__locum/health"
GET = b"GET %b HTTP/1.1\r\nHost: a\r\n" % PATH
POST = b"POST %b HTTP/1.1\r\nHost: a\r\n" % PATH
END = b"GET %b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % PATH
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@frozen
class Case:
    """What is sent, in one piece, and the statuses of the answers until the connection is closed:
    each one, or one of several. `half_close`: the client says no more then; else the server has to
    close the connection by itself."""

    name: str
    section: str
    sent: bytes
    expected: tuple[object, ...]
    half_close: bool = True


def with_body(*headers: bytes, body: bytes) -> bytes:
    return POST + b"".join(header + b"\r\n" for header in headers) + b"\r\n" + body


CASES = [
    # The request line.
    Case("a simple GET", "9112 3", GET + b"\r\n", (200,)),
    Case("a body", "9112 6", with_body(b"Content-Length: 5", body=b"hello"), (NOT_400,)),
    Case("asterisk form", "9112 3.2.4", b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", (NOT_400,)),
    Case(
        "absolute form",
        "9112 3.2.2",
        b"GET http://b%b HTTP/1.1\r\nHost: a\r\n\r\n" % PATH,
        (200,),
    ),
    Case(
        "authority form, for which there is no tunnel",
        "9110 9.3.6",
        b"CONNECT b:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        (501,),
    ),
    Case("another version", "9110 15.6.6", b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", ((400, 505),)),
    Case("no version", "9112 3", b"GET /\r\nHost: a\r\n\r\n", (400,)),
    # Headers.
    Case("no Host", "9112 3.2", b"GET %b HTTP/1.1\r\n\r\n" % PATH, (400,)),
    Case("two Hosts", "9112 3.2", GET + b"Host: b\r\n\r\n", (400,)),
    Case("no valid Host", "9112 3.2", b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", (400,)),
    Case("a space in a name", "9112 5", GET + b"Of Mine: 1\r\n\r\n", (400,)),
    Case("a folded line", "9112 5.2", GET + b" more\r\n\r\n", (400,)),
    Case("a space before the colon", "9112 5.1", GET + b"Mine : 1\r\n\r\n", (400,)),
    Case("a zero byte", "9110 5.5", GET + b"Mine: a\0b\r\n\r\n", (400,)),
    # Bodies.
    Case(
        "chunks",
        "9112 7.1",
        with_body(b"Transfer-Encoding: chunked", body=b"5\r\nhello\r\n0\r\n\r\n"),
        (NOT_400,),
    ),
    Case(
        "chunks in HTTP/1.0",
        "9112 6.1",
        b"POST / HTTP/1.0\r\nHost: a\r\n" + CHUNKED + b"\r\n5\r\nhello\r\n0\r\n\r\n",
        (400,),
    ),
    Case(
        "chunks and a length",
        "9112 6.3",
        with_body(b"Transfer-Encoding: chunked", b"Content-Length: 5", body=b"0\r\n\r\n"),
        (400,),
    ),
    Case(
        "chunks and a length end the connection",
        "9112 6.3",
        with_body(b"Transfer-Encoding: chunked", b"Content-Length: 5", body=b"0\r\n\r\n") + END,
        (400,),
        half_close=False,
    ),
    Case(
        "an unknown coding",
        "9112 6.1",
        with_body(b"Transfer-Encoding: none-such", body=b"hello"),
        ((400, 501),),
    ),
    Case(
        "chunks that are not the last coding",
        "9112 6.3",
        with_body(b"Transfer-Encoding: chunked, gzip", body=b"0\r\n\r\n") + END,
        (400,),
        half_close=False,
    ),
    Case(
        "two lengths",
        "9112 6.3",
        with_body(b"Content-Length: 5", b"Content-Length: 7", body=b"hello!!"),
        (400,),
    ),
    Case("no valid length", "9112 6.3", with_body(b"Content-Length: x", body=b"hello"), (400,)),
    Case(
        "no valid size of a chunk",
        "9112 7.1",
        with_body(b"Transfer-Encoding: chunked", body=b"Z\r\nhello\r\n0\r\n\r\n") + END,
        (400,),
        half_close=False,
    ),
    Case(
        "a chunk without its end",
        "9112 7.1",
        with_body(b"Transfer-Encoding: chunked", body=b"5\r\nhello0\r\n\r\n") + END,
        (400,),
        half_close=False,
    ),
    Case(
        "a word before the body, or a refusal",
        "9110 10.1.1",
        with_body(b"Content-Length: 5", b"Expect: 100-continue", body=b"hello"),
        (NOT_400,),
    ),
    # Responses.
    Case("HEAD", "9110 9.3.2", b"HEAD %b HTTP/1.1\r\nHost: a\r\n\r\n" % PATH, (200,)),
    Case("another method's case", "9110 9.1", b"get / HTTP/1.1\r\nHost: a\r\n\r\n", ((400, 501),)),
    # The connection.
    Case("it goes on", "9112 9.3", GET + b"\r\n" + END, (200, 200), half_close=False),
    Case("it is closed where the client asks so", "9112 9.6", END, (200,), half_close=False),
    Case(
        "it is closed in HTTP/1.0",
        "9112 9.3",
        b"GET %b HTTP/1.0\r\nHost: a\r\n\r\n" % PATH,
        (200,),
        half_close=False,
    ),
    # Sizes, which a server chooses.
    Case("a long target", "9112 3", b"GET /%b HTTP/1.1\r\n" % (b"a" * 9000) + GET[23:], (ANY,)),
    Case("many headers", "9110 5.4", GET + b"Mine: 1\r\n" * 101 + b"\r\n", (200,)),
    Case("a long header", "9110 5.4", GET + b"Mine: %b\r\n\r\n" % (b"x" * 9000), (200,)),
    # Further ones.
    Case("no Host in HTTP/1.0", "9112 3.2", b"GET %b HTTP/1.0\r\n\r\n" % PATH, (200,)),
    Case("an empty Host", "9112 3.2", b"GET %b HTTP/1.1\r\nHost:\r\n\r\n" % PATH, (200,)),
    Case("an IPv6 Host", "9112 3.2", b"GET %b HTTP/1.1\r\nHost: [::1]:80\r\n\r\n" % PATH, (200,)),
    Case(
        "a host is needed in absolute form too",
        "9112 3.2.2",
        b"GET http://a%b HTTP/1.1\r\n\r\n" % PATH,
        (400,),
    ),
    Case(
        "absolute form without a path",
        "9112 3.2.1",
        b"GET http://a HTTP/1.1\r\nHost: a\r\n\r\n",
        (200,),
    ),
    Case(
        "an absolute form of another scheme",
        "9112 3.2.2",
        b"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        (400,),
    ),
    Case(
        "a coding before the chunks",
        "9112 6.1",
        with_body(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
        (501,),
    ),
    Case("an unknown expectation", "9110 10.1.1", GET + b"Expect: more\r\n\r\n", (417,)),
    Case(
        "no word before the body in HTTP/1.0",
        "9110 10.1.1",
        b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
        (ANY,),
    ),
    Case(
        "a target that is too long",
        "9110 15.5.15",
        b"GET /%b HTTP/1.1\r\n" % (b"a" * 70_000),
        (414,),
    ),
    Case("headers that are too long", "6585 5", GET + b"X: %b\r\n\r\n" % (b"a" * 70_000), (431,)),
    Case("an empty line before a request", "9112 2.2", b"\r\n" + GET + b"\r\n", (200,)),
    Case(
        "a refusal comes after the answers before it",
        "9112 9.3.2",
        (GET + b"\r\n") * 3 + b"GET %b HTTP/1.1\r\n\r\n" % PATH + END,
        (200, 200, 200, 400),
        half_close=False,
    ),
]


@pytest.fixture(scope="module", params=["uvloop", "asyncio"])
def address(request: pytest.FixtureRequest) -> Iterator[Address]:
    with answering(application_over("tiny"), request.param) as found:
        yield found


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name} (RFC {case.section})")
def test_it_is_answered_as_the_rfc_wants(address: Address, case: Case) -> None:
    answer = exchange(address, case.sent, half_close=case.half_close)
    found = statuses(answer)
    allowed = [
        each if isinstance(each, range | list | tuple) else (each,) for each in case.expected
    ]
    assert len(found) == len(allowed), answer
    assert [status for status, each in zip(found, allowed, strict=True) if status not in each] == []


def test_head_has_no_body(address: Address) -> None:
    answer = exchange(address, b"HEAD %b HTTP/1.1\r\nHost: a\r\n\r\n" % PATH, half_close=True)
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("sent", [b"get / HTTP/1.1\r\nHost: a\r\n\r\n", GET + b"Host: b\r\n\r\n"])
def test_a_refusal_tells_its_length_and_that_the_connection_ends(
    address: Address, sent: bytes
) -> None:
    answer = exchange(address, sent).lower()
    assert b"\r\ncontent-length: 0\r\n" in answer
    assert b"\r\nconnection: close\r\n" in answer
