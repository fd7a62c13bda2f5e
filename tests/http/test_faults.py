"""What happens to a request on demand: delays, broken connections, a share of failures."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from locum.http.control import OwnControl
from locum.http.sandboxes import Sandboxes
from locum.server.http_server import HttpServer
from tests.oracles import small_api
from tests.oracles.serving import listening, running
from tests.oracles.small_api import ANY_JSON, client_of, operation, served, written

FAULTS = dict.fromkeys(("200", "404", "429", "500", "503"), ANY_JSON)
PREFER = {"name": "Prefer", "in": "header", "schema": {"type": "string"}}
SMALL = served(
    {
        "/one": {"get": operation(responses=FAULTS)},
        "/two": {"post": operation(body={"type": "object"}, responses=FAULTS)},
        "/own": {"get": operation(PREFER)},
        "/ranges": {"get": operation(responses={"200": ANY_JSON, "4XX": ANY_JSON})},
        "/any": {"get": operation(responses={"200": ANY_JSON, "default": ANY_JSON})},
        "/made": {"post": operation(responses={"201": ANY_JSON, "202": ANY_JSON})},
    },
    {
        "GET /one": lambda *_: "a long enough answer",
        "POST /two": lambda *_, body: body,
        "GET /own": lambda *_, prefer: prefer,
        "GET /ranges": lambda *_: 1,
        "GET /any": lambda *_: 1,
        "POST /made": lambda *_: 1,
    },
)


@pytest.fixture
def small(tmp_path: Path) -> TestClient:
    return client_of(tmp_path, SMALL)


def client_set(folder: Path, **given: Any) -> TestClient:
    """A client of a server that is set so."""
    return client_of(folder, SMALL, control=OwnControl(Sandboxes(given)))


@pytest.mark.parametrize(
    ("path", "prefer", "status", "text"),
    [
        ("/ranges", "code=418", 418, ""),
        ("/ranges", "code=500", 400, "200, 4XX"),
        ("/any", "code=507", 507, ""),
        ("/any", "code=304", 304, ""),
        ("/any", "code=599", 599, "Status 599"),
        ("/one", "code=418", 400, "200, 404, 429, 500, 503"),
        ("/one", "odd=1", 400, "found odd, expected one of sandbox, scenario"),
        ("/one", "dely=1", 400, "did you mean delay?"),
        ("/one", "explain", 400, "explain is not built yet"),
        ("/one", "code", 400, "found code=, expected a status"),
        ("/nowhere", "odd=1", 400, "found odd"),
        ("/nowhere", "code=503", 404, "Not Found"),
        ("/two", "odd=1", 400, "found odd"),  # which has no GET
        ("/__locum/health", "odd=1", 400, "found odd"),
        ("/made", "code=202", 202, ""),
        ("/made", "odd", 400, ""),
    ],
)
def test_a_preference_is_done_or_refused(
    small: TestClient, path: str, prefer: str, status: int, text: str
) -> None:
    method = "POST" if path == "/made" else "GET"
    answer = small.request(method, path, headers={"Prefer": prefer})
    assert answer.status_code == status
    assert text in answer.text
    done = prefer if status not in (400, 404) else None
    assert answer.headers.get("preference-applied") == done


@pytest.mark.parametrize("prefer", ["wait=5", "return=minimal, respond-async", "handling=strict"])
def test_registered_preferences_pass_untouched(small: TestClient, prefer: str) -> None:
    answer = small.get("/one", headers={"Prefer": prefer})
    assert (answer.status_code, "preference-applied" in answer.headers) == (200, False)


def test_an_operation_may_take_preferences_of_its_own(small: TestClient) -> None:
    answer = small.get("/own", headers={"Prefer": "odd=1, strict"})
    assert (answer.status_code, answer.json()) == (200, "odd=1, strict")


def test_a_wanted_success_is_the_ordinary_answer(small: TestClient) -> None:
    """Where that is one; else it is what it is, and was not done as preferred."""
    good = small.post("/two", json={"a": 1}, headers={"Prefer": "code=200"})
    bad = small.post("/two", json=[], headers={"Prefer": "code=200"})
    assert (good.json(), good.headers["preference-applied"]) == ({"a": 1}, "code=200")
    assert (bad.status_code, "preference-applied" in bad.headers) == (422, False)


def test_preferences_combine_in_their_order(small: TestClient) -> None:
    """The delay before the status; the header goes before the path."""
    began = time.monotonic()
    answer = small.get("/__locum/with/code=404,delay=0.2/one", headers={"Prefer": "code=429"})
    assert (answer.status_code, time.monotonic() - began >= 0.2) == (429, True)
    assert answer.headers["preference-applied"] == "delay=0.2, code=429"


def test_a_server_has_a_share_of_failures(tmp_path: Path) -> None:
    """By the content of the request and how often it came: the same in another run. Of 400
    requests with a share of a quarter 100 fail on average, with a deviation of √(400 · ¼ · ¾) =
    8.7; within four of these."""

    def statuses(folder: Path) -> list[int]:
        client = client_set(folder, errors="25%")
        asked = [client.post("/two", json={"number": number % 40}) for number in range(400)]
        return [answer.status_code for answer in asked]

    first, second = statuses(tmp_path / "a"), statuses(tmp_path / "b")
    assert first == second
    assert set(first) == {200, 500}
    assert abs(first.count(500) - 100) <= 35
    assert len({tuple(first[start : start + 40]) for start in range(0, 400, 40)}) == 10


@pytest.mark.parametrize(("share", "status"), [("0%", 200), ("100%", 500)])
def test_none_or_all_fail(tmp_path: Path, share: str, status: int) -> None:
    client = client_set(tmp_path, errors=share)
    assert {client.get("/one").status_code for _ in range(20)} == {status}
    assert client.get("/__locum/health").status_code == 200


def test_what_a_server_is_set_to_does_nothing_to_its_own_pages(tmp_path: Path) -> None:
    """Or nobody could set one that hangs; a request's own preferences do. (No connection can be
    broken here, and that is said.)"""
    client = client_set(tmp_path, fault="reset")
    assert client.get("/one").status_code == 400
    assert client.get("/__locum/health").status_code == 200
    assert client.put("/__locum/sandboxes/a", json={"fault": "reset"}).status_code == 200
    assert client.get("/__locum/with/sandbox=a/__locum/health").status_code == 200
    assert client.get("/__locum/health", headers={"Prefer": "fault=reset"}).status_code == 400


def test_a_drawn_request_keeps_its_body(tmp_path: Path) -> None:
    client = client_set(tmp_path, delay="0.001..0.002")
    assert client.post("/two", json={"a": "b"}).json() == {"a": "b"}


# Over a connection.


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    scenarios = small_api.scenarios_of([written(tmp_path_factory.mktemp("data"), SMALL)], SMALL)
    application = small_api.application_of(scenarios, SMALL)
    with listening(application, scenarios) as found:
        yield found


def sent(address: tuple[str, int], prefer: str, path: str = "/one") -> socket.socket:
    """A connection on which a request with these preferences was sent."""
    connection = socket.create_connection(address, timeout=5)
    head = f"GET {path} HTTP/1.1\r\nHost: a\r\nPrefer: {prefer}\r\n\r\n"
    connection.sendall(head.encode())
    return connection


def test_a_connection_is_reset(address: tuple[str, int]) -> None:
    with sent(address, "fault=reset") as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)


def test_an_answer_is_cut(address: tuple[str, int]) -> None:
    """Half of its body comes, and then the end."""
    with sent(address, "fault=truncate") as connection:
        received = b"".join(iter(lambda: connection.recv(4096), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"content-length: 22" in head
    assert b"preference-applied: fault=truncate" in head
    assert body == b'"a long eno'


@pytest.mark.parametrize(
    ("prefer", "path"),
    [("fault=truncate, code=503", "/one"), ("fault=truncate", "/nowhere")],
)
def test_a_refusal_is_cut(address: tuple[str, int], prefer: str, path: str) -> None:
    with sent(address, prefer, path) as connection:
        received = b"".join(iter(lambda: connection.recv(4096), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    (length,) = re.findall(rb"content-length: (\d+)", head)
    assert f"preference-applied: {prefer}".encode() in head
    assert len(body) == int(length) // 2 > 0


def test_a_delay_ends_when_the_client_has_gone(address: tuple[str, int]) -> None:
    """It would not count among the connections any more. The journal tells when it is over."""
    sent(address, "delay=60, sandbox=gone").close()
    page = f"http://{address[0]}:{address[1]}/__locum/journal?sandbox=gone"
    for _ in range(100):
        entries = httpx.get(page).json().get("requests")
        if entries:
            break
        time.sleep(0.05)
    assert [entry["status"] for entry in entries] == [None]


def test_nothing_comes(address: tuple[str, int]) -> None:
    with sent(address, "fault=hang") as connection:
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_what_hangs_or_waits_ends_with_the_server(tmp_path: Path) -> None:
    """Long before the time that it has for what is in progress: a delay is over then."""
    scenarios = small_api.scenarios_of([written(tmp_path, SMALL)], SMALL)
    held = HttpServer(small_api.application_of(scenarios, SMALL), shutdown_seconds=30)
    received: list[bytes] = []

    def read(connection: socket.socket) -> None:
        received.append(connection.recv(12))

    with running(held) as place, sent(place, "delay=60") as slow, sent(place, "fault=hang") as hung:
        slow.settimeout(20)
        time.sleep(0.3)
        held.should_exit = True
        read(slow)
        assert received == [b"HTTP/1.1 200"]
        with pytest.raises(ConnectionResetError):
            hung.recv(1)


def test_a_delay_holds_no_thread(address: tuple[str, int]) -> None:
    """Two hundred requests wait at once, more than there are threads, and each as long as one."""

    async def ask() -> list[float]:
        limits = httpx.Limits(max_connections=200)
        base_url = f"http://{address[0]}:{address[1]}"
        async with httpx.AsyncClient(base_url=base_url, limits=limits, timeout=30) as client:

            async def one() -> float:
                began = time.monotonic()
                answer = await client.get("/one", headers={"Prefer": "delay=0.5"})
                assert answer.headers["preference-applied"] == "delay=0.5"
                return time.monotonic() - began

            return await asyncio.gather(*(one() for _ in range(200)))

    threads = threading.active_count()
    assert min(asyncio.run(ask())) >= 0.5
    assert threading.active_count() <= threads + 1


def test_without_a_connection_none_can_be_broken(small: TestClient) -> None:
    answer = small.get("/one", headers={"Prefer": "fault=reset"})
    assert (answer.status_code, "locum serve" in answer.text) == (400, True)
