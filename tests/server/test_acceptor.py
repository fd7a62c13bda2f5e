"""Connections accepted: all that there is room for; and a word where there is none."""

from __future__ import annotations

import re
import sys
import time
from contextlib import suppress

import pytest
from starlette.types import Receive, Scope, Send

from locum.server import acceptor
from tests.oracles.hostile_clients import (
    HEALTH,
    all_closed,
    exchange,
    health_seconds,
    statuses,
    staying,
)
from tests.oracles.serving import answering, process

LOOPS = pytest.mark.parametrize("loop", ["uvloop", "asyncio"])


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    headers = [(b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


@LOOPS
def test_one_connection_too_many_is_told_so_and_closed(
    monkeypatch: pytest.MonkeyPatch, loop: str
) -> None:
    """Whether it has said something or not; and there is room again when another one ends."""
    monkeypatch.setattr(acceptor, "MOST_CONNECTIONS", 3)
    with answering(answer, loop) as address:
        with all_closed(staying(address) for _ in range(3)):
            for sent in (HEALTH, b"", HEALTH.replace(b"Host", b"Content-Length: 9\r\nHost")):
                told = exchange(address, sent)
                assert statuses(told) == [503]
                assert b"\r\nretry-after: 1\r\n" in told
                assert b"\r\nconnection: close\r\n" in told
        deadline = time.monotonic() + 5
        while statuses(exchange(address, HEALTH, half_close=True)) != [200]:
            assert time.monotonic() < deadline


@LOOPS
def test_many_connections_at_once_are_all_accepted(loop: str) -> None:
    with (
        answering(answer, loop) as address,
        all_closed(staying(address) for _ in range(500)) as all_,
    ):
        for client in all_:
            client.sendall(HEALTH)
        assert {statuses(client.recv(4096))[0] for client in all_} == {200}


@pytest.mark.skipif(sys.platform != "linux", reason="the number that the start needs is Linux's")
def test_descriptors_that_run_out_are_one_line_in_the_log_and_come_back() -> None:
    with process(descriptors=64) as server:
        with all_closed(staying(server.address) for _ in range(100)):
            time.sleep(1)
            with suppress(TimeoutError):
                health_seconds(server.address, patience=0.5)
        health_seconds(server.address)
        server.process.terminate()
        _, errors = server.ended()
    (line,) = errors.splitlines()
    assert "No connection can be accepted until another one ends: Too many open files" in line
    found = re.search(r"(\d+) are open; `ulimit -n` raises", line)
    assert found
    assert 0 < int(found[1]) < 64
