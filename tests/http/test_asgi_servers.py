"""The application is plain ASGI: every server gives the same five answers."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from httpx import ASGITransport

from tests.conftest import ROOT, application_over
from tests.oracles.requests_of_tiny import OPERATIONS, request

TARGET = "tests.oracles.asgi_target:app"
SERVERS: dict[str, Callable[[int], list[str]]] = {
    "locum": lambda port: ["locum", "serve", "--data", "tiny", "--port", str(port)],
    "uvicorn": lambda port: ["uvicorn", TARGET, "--port", str(port)],
    "hypercorn": lambda port: ["hypercorn", TARGET, "--bind", f"127.0.0.1:{port}"],
    "granian": lambda port: ["granian", "--interface", "asgi", "--port", str(port), TARGET],
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def serving(name: str) -> Iterator[httpx.Client]:
    """A client of the server, once that answers."""
    port = free_port()
    command = [sys.executable, "-m", *SERVERS[name](port)]
    with (
        subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client,
    ):
        try:
            for _ in range(300):
                try:
                    client.get("/__locum/health")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield client
        finally:
            server.terminate()


def given(answer: httpx.Response) -> tuple[int, bytes, str | None, str | None]:
    return (
        answer.status_code,
        answer.content,
        answer.headers.get("etag"),
        answer.headers.get("content-type"),
    )


@pytest.fixture(scope="module")
def expected(world: dict[str, str]) -> list[Any]:
    """The five answers in process, the last of three alike: computed, cached, as sent before."""
    application = application_over("tiny")

    async def ask() -> list[Any]:
        transport = ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://locum") as client:
            return [
                [given(await client.request(**request(name, world))) for _ in range(3)]
                for name in OPERATIONS
            ]

    answers = asyncio.run(ask())
    assert all(first == second == third for first, second, third in answers)
    assert {first[0] for first, *_ in answers} == {200}
    return [first for first, *_ in answers]


@pytest.mark.parametrize("name", SERVERS)
def test_every_server_gives_the_same_answers(
    world: dict[str, str], expected: list[Any], name: str
) -> None:
    with serving(name) as client:
        found = [
            [given(client.request(**request(operation, world))) for _ in range(3)]
            for operation in OPERATIONS
        ]
        wrong = client.post("/v1/session/metrics/query", content=b"{")
        asked, headed = client.get("/"), client.head("/")
    assert found == [[answer] * 3 for answer in expected]
    assert (wrong.status_code, wrong.json()["error"]) == (401, "No authorization header")
    assert (headed.status_code, headed.content) == (asked.status_code, b"") == (200, b"")
    assert headed.headers["content-length"] == str(len(asked.content))
