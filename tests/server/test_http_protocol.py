"""Bytes that are no good HTTP, and clients that dawdle or leave: over real sockets."""

from __future__ import annotations

import logging
import re
import resource
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from threading import Thread

import psutil
import pytest

from locum.http import body as bodies
from locum.server import bodies as held
from locum.server import http_protocol as protocol
from locum.server.bodies import Room
from locum.server.transport import LINGERING_SECONDS, Transport
from tests.conftest import KEY
from tests.oracles import hostile_clients
from tests.oracles.bundled import application_of, find, scenarios_of
from tests.oracles.hostile_clients import all_closed, crowd, health_seconds, staying
from tests.oracles.serving import listening, process

BODY = b'{"nameContains": "", "timezoneDifference": 0}'


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    """A server that waits a short time only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protocol, "MOST_HEAD_SECONDS", 0.3)
        patch.setattr(bodies, "MOST_SECONDS", 0.3)
        scenarios = scenarios_of([find("tiny")])
        with listening(application_of(scenarios), scenarios) as address:
            yield address


def exchange(address: tuple[str, int], *parts: bytes) -> bytes:
    """All that the server says to the bytes, until it closes the connection or 5 s are over."""
    with socket.create_connection(address, timeout=5) as connection:
        answer = b""
        try:
            for part in parts:
                connection.sendall(part)
            while chunk := connection.recv(65_536):
                answer += chunk
        except (ConnectionResetError, BrokenPipeError):
            pass  # the server has stopped listening to what is too long
    return answer


def head(*headers: bytes, line: bytes = b"POST /v1/session/metrics/query HTTP/1.1") -> bytes:
    known = [line, b"Host: x", b"Connection: close", b"Authorization: Bearer " + KEY.encode()]
    return b"\r\n".join([*known, *headers, b"", b""])


def status(answer: bytes) -> int:
    found = re.match(rb"HTTP/1\.1 (\d+) ", answer)
    assert found, answer
    return int(found[1])


def good(address: tuple[str, int]) -> bool:
    length = b"Content-Length: " + str(len(BODY)).encode()
    return status(exchange(address, head(length), BODY)) == 200


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (head(b"X: " + b"a" * 70_000), 431),
        (head(*(b"X%d: a" % n for n in range(20_000))), 431),
        (head(b"Content-Length: 99999999999"), 413),
        (head(b"Content-Length: -5"), 400),
        (head(b"Content-Length: nonsense"), 400),
        (head(b"Content-Length: 5", b"Transfer-Encoding: chunked") + b"0\r\n\r\n", 400),
        (head(b"Transfer-Encoding: chunked") + b"zz\r\n", 400),
        (head(b"X: \x00"), 400),
        (head(line=b"NONSENSE / HTTP/1.1"), 400),
        (head(line=b"GET /v2/threads/\xc3\xa9/stats HTTP/1.1"), 400),
        (head(line=b"GET /v2/threads/\x00/stats HTTP/1.1"), 400),
        (head(line=b"OPTIONS * HTTP/1.1"), 404),
        (head(line=b"TRACE /v1/session/metrics/query HTTP/1.1"), 405),
        (head(line=b"HEAD /v2/threads/x/stats HTTP/1.1"), 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"GET /__locum/health HTTP/1.0\r\n\r\n", 200),
    ],
)
def test_odd_heads_have_an_answer(address: tuple[str, int], raw: bytes, expected: int) -> None:
    assert status(exchange(address, raw)) == expected
    assert good(address)


def test_endless_head_is_cut_off(address: tuple[str, int]) -> None:
    answer = exchange(address, *[b"GET / HTTP/1.1\r\nX: "], *[b"a" * 65_536] * 20)
    assert answer == b"" or status(answer) == 431
    assert good(address)


def test_slow_head_is_408(address: tuple[str, int]) -> None:
    began = time.monotonic()
    assert status(exchange(address, b"POST /v1/sess")) == 408
    assert status(exchange(address, b"")) == 408
    assert time.monotonic() - began < 3


def test_slow_body_is_408_in_the_familys_shape(address: tuple[str, int]) -> None:
    answer = exchange(address, head(b"Content-Length: 500"), b"{")
    assert status(answer) == 408
    assert b'{"error":"Body not received in 0.3 s"}' in answer


def test_slow_second_request_of_a_connection_is_408(address: tuple[str, int]) -> None:
    first = head().replace(b"close", b"keep-alive").replace(b"POST", b"GET")
    answer = exchange(address, first, b"GET /v2/")
    assert status(answer) == 405
    assert b"HTTP/1.1 408 " in answer


@pytest.mark.parametrize(
    "parts",
    [
        [b"POST /v1/se"],
        [head(b"Content-Length: 500"), b"{"],
        [head(b"Transfer-Encoding: chunked"), b"5\r\n{"],
    ],
)
def test_client_that_leaves_is_no_fault(
    address: tuple[str, int], parts: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        with socket.create_connection(address, timeout=5) as connection:
            connection.sendall(b"".join(parts))
        time.sleep(0.1)
        assert good(address)
    assert caplog.records == []


def test_client_that_does_not_read_is_no_fault(
    address: tuple[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    length = b"Content-Length: " + str(len(BODY)).encode()
    with caplog.at_level(logging.WARNING):
        for _ in range(20):
            with socket.create_connection(address, timeout=5) as connection:
                connection.sendall(head(length) + BODY)
        assert good(address)
    assert caplog.records == []


@pytest.mark.parametrize("pieces", [1, 2, 40])
@pytest.mark.parametrize("chunked", [False, True])
def test_an_offer_to_speak_another_protocol_is_ignored(
    address: tuple[str, int], pieces: int, *, chunked: bool
) -> None:
    """The answer is that to the request without the offer, and the connection goes on."""
    framing, body = b"Content-Length: %d" % len(BODY), BODY
    if chunked:
        framing, body = b"Transfer-Encoding: chunked", b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
    plain = head(framing)
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk"
    sent = plain.replace(b"Connection: close", offer) + body + plain + body
    size = -(-len(sent) // pieces)
    answer = exchange(address, *(sent[at : at + size] for at in range(0, len(sent), size)))
    expected = exchange(address, plain, body).partition(b"\r\n\r\n")[2]
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert answer.count(expected) == 2


def test_an_offer_of_websocket_is_ignored(address: tuple[str, int]) -> None:
    offer = b"Connection: Upgrade\r\nUpgrade: websocket"
    asked = head(line=b"GET /__locum/health HTTP/1.1")
    sent = asked.replace(b"Connection: close", offer) + asked
    assert exchange(address, sent).count(b"HTTP/1.1 200 OK") == 2


@pytest.mark.parametrize("framing", [b"Content-Length: 5000000", b"Transfer-Encoding: chunked"])
def test_whoever_sends_too_much_is_told_so(address: tuple[str, int], framing: bytes) -> None:
    """On a connection that is closed afterwards too: the answer is not lost."""
    size = b"4c4b40\r\n" if b"chunked" in framing else b""
    end = b"\r\n0\r\n\r\n" if b"chunked" in framing else b""
    for _ in range(5):
        answer = exchange(address, head(framing), size + b" " * 5_000_000 + end)
        assert status(answer) == 413


def test_any_number_of_offers_is_ignored(address: tuple[str, int]) -> None:
    """In one piece, as a client that does not wait for answers sends them."""
    asked = b"GET /__locum/health HTTP/1.1\r\nHost: x\r\n"
    offered = asked + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    sent = offered * 1500 + asked + b"Connection: close\r\n\r\n"
    assert exchange(address, sent).count(b"HTTP/1.1 200 OK") == 1501


def test_what_follows_a_chunked_body_is_bounded_and_no_header(address: tuple[str, int]) -> None:
    chunk = b"%x\r\n%b\r\n0\r\n" % (len(BODY), BODY)
    start = head(b"Transfer-Encoding: chunked") + chunk
    answer = exchange(address, start + b"Prefer: scenario=nothing\r\n\r\n")
    assert status(answer) == 200
    assert b"preference-applied" not in answer.lower()
    many = exchange(address, start, b"X: y\r\n" * 40_000)
    assert [found[:3] for found in many.split(b"HTTP/1.1 ")[1:]] == [b"431"]
    assert good(address)


def test_whole_requests_before_a_piece_of_one_are_answered(address: tuple[str, int]) -> None:
    asked = b"GET /__locum/health HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = exchange(address, asked * 1600 + b"GET")
    assert answer.count(b"HTTP/1.1 200 OK") == 1600


def test_a_body_that_is_too_large_and_over_is_refused_at_once(address: tuple[str, int]) -> None:
    size = bodies.MOST_BYTES + 1
    began = time.monotonic()
    sent = b"%x\r\n%b\r\n0\r\n\r\n" % (size, b" " * size)
    assert status(exchange(address, head(b"Transfer-Encoding: chunked"), sent)) == 413
    assert time.monotonic() - began < LINGERING_SECONDS


def test_a_response_is_one_write(address: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Head and body of each, in order, where a connection goes on and where it is closed."""
    written: list[bytes] = []

    class Watched(Transport):
        def flush(self) -> None:
            written.append(b"".join(self._written))
            super().flush()

    monkeypatch.setattr(protocol, "Transport", Watched)
    asked = b"GET /__locum/health HTTP/1.1\r\nHost: x\r\n"
    answer = exchange(address, asked + b"\r\n" + asked + b"Connection: close\r\n\r\n")
    responses = [data for data in written if data]
    assert b"".join(responses) == answer
    assert [data.count(b'"status"') for data in responses] == [1, 1]


def test_a_client_that_waits_for_a_word_before_its_body_is_given_it(
    address: tuple[str, int],
) -> None:
    with socket.create_connection(address, timeout=5) as connection:
        length = b"Content-Length: " + str(len(BODY)).encode()
        connection.sendall(head(length, b"Expect: 100-continue"))
        assert connection.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY)
        assert status(connection.recv(65_536)) == 200


def test_requests_that_wait_on_a_connection_are_bounded(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty thousand are sent at once; what is read at once, 256,000 bytes, waits, and the rest is
    in the kernel. All are answered, though the head that is cut by the end of what was read takes
    longer to come than a client may take."""
    waiting: list[int] = []
    receive = protocol.Protocol.data_received

    def watched(self: protocol.Protocol, data: bytes) -> None:
        receive(self, data)
        waiting.append(len(self.pipeline))

    monkeypatch.setattr(protocol.Protocol, "data_received", watched)
    asked = b"GET /__locum/health HTTP/1.1\r\nHost: x\r\n"
    count = 20_000
    answers = 0
    with socket.create_connection(address, timeout=20) as connection:
        requests = (asked + b"\r\n") * (count - 1) + asked + b"Connection: close\r\n\r\n"
        sender = Thread(target=connection.sendall, args=(requests,))
        sender.start()
        rest = b""
        while chunk := connection.recv(1_048_576):
            *whole, rest = (rest + chunk).split(b"HTTP/1.1 200 OK")
            answers += len(whole)
        sender.join()
    assert answers == count
    assert max(waiting) < 2 * 256_000 // len(asked)


# What is not read, and what there is no room for.


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    """Room for 100 kB of bodies, and for five that are waited for."""
    found = Room()
    monkeypatch.setattr(held, "ROOM", found)
    monkeypatch.setattr(held, "MOST_BYTES", 100_000)
    monkeypatch.setattr(held, "MOST_WAITED_FOR", 5)
    return found


def await_true(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def await_empty(room: Room) -> None:
    await_true(lambda: (room.waited_for, room.held_bytes) == (0, 0))


def test_a_body_that_there_is_no_room_for_is_503(address: tuple[str, int], room: Room) -> None:
    """Its rest is not waited for; small ones go on, and so do large ones when there is room."""
    announced = head(b"Content-Length: 90000")
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(announced + b" " * 89_000)
        await_true(lambda: room.held_bytes > 0)
        answer = exchange(address, announced, b" " * 89_000)
        assert status(answer) == 503
        assert b"\r\nretry-after: 1\r\n" in answer
        assert good(address)
    await_empty(room)
    assert status(exchange(address, announced, b" " * 90_000)) != 503
    await_empty(room)


def test_so_many_bodies_are_waited_for_at_once(address: tuple[str, int], room: Room) -> None:
    part = head(b"Content-Length: 500") + b"{"
    with all_closed(staying(address, part) for _ in range(5)):
        await_true(lambda: room.waited_for == 5)
        assert status(exchange(address, part)) == 503
        whole = head(b"Content-Length: " + str(len(BODY)).encode()) + BODY
        assert status(exchange(address, whole)) == 200  # it is not waited for
    await_empty(room)


def test_the_rest_of_a_body_that_nobody_waits_for_is_read_for_a_while(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as the client goes on sending; then the connection is cut."""
    monkeypatch.setattr(protocol, "MOST_REST_SECONDS", 0.3)
    refused = head(b"Content-Length: 5000000", b"Content-Type: text/plain")
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(refused.replace(b"Connection: close", b"Connection: keep-alive"))
        assert status(connection.recv(65_536)) == 415
        with pytest.raises(ConnectionError):  # noqa: PT012 - at one of them
            for _ in range(100):
                connection.sendall(b" ")
                time.sleep(0.05)


def test_empty_lines_for_ever_are_no_request(address: tuple[str, int]) -> None:
    """After an answer too."""
    asked = b"GET /__locum/health HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(asked)
        assert status(connection.recv(65_536)) == 200
        with pytest.raises(ConnectionError):  # noqa: PT012 - at one of them
            for _ in range(100):
                connection.sendall(b"\r\n")
                time.sleep(0.05)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read as Linux tells it")
def test_many_large_bodies_at_once_do_not_take_the_memory() -> None:
    """1.5 GB are announced and sent, as fast as they are taken; 120 MB are a server without them.
    Meanwhile it is well."""
    upload = hostile_clients.UPLOAD.format(key=KEY) + "Content-Length: 1048576\r\n\r\n"
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(5000, limit[1]), limit[1]))
    try:
        with process() as server:
            told = crowd(server.address, 1500, upload.encode(), 1_048_000, seconds=6)
            with all_closed(client for client, _ in told):
                health_seconds(server.address)
                answers = Counter(answer[:12] for _, answer in told)
                assert answers[b"HTTP/1.1 503"] > 1000
                memory = psutil.Process(server.process.pid).memory_info().rss
                assert memory < 300e6
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)
