"""The very same request is answered as before without asking again, and no other request is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from locum.http import cache as repeats
from locum.http.cache import Repeats
from locum.http.results import KNOWN


class Application:
    """Answers with the number of requests that it had, and their bodies; the first message says
    whether it knew the answer."""

    def __init__(self, size: int = 0, **said: bool) -> None:
        self.said, self.size, self.bodies = said or {KNOWN: True}, size, list[bytes]()

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.bodies.append(body)
        text = f"{len(self.bodies)} {body.decode()}".encode() + b"x" * self.size
        await send({"type": "http.response.start", "status": 200, "headers": [], **self.said})
        await send({"type": "http.response.body", "body": text})


def asked(kept: Repeats, *pieces: bytes, late: bool = False, **scope: Any) -> bytes:
    """The body of the answer to a request whose own body comes in such pieces, all of them a little
    later if it is `late`."""
    waiting: list[Message] = [
        {"type": "http.request", "body": piece, "more_body": place < len(pieces)}
        for place, piece in enumerate(pieces, 1)
    ] or [{"type": "http.request"}]
    sent: list[Message] = []

    async def receive() -> Message:
        if late:
            await asyncio.sleep(0.001)
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    given = {
        "type": "http",
        "method": "POST",
        "path": "/a",
        "raw_path": b"/a",
        "query_string": b"",
        "headers": [(b"x-api-key", b"k"), (b"accept", b"*/*")],
        **scope,
    }
    asyncio.run(kept(given, receive, send))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    body: bytes = sent[1]["body"]
    return body


@pytest.fixture
def kept() -> Repeats:
    return Repeats(Application(), lambda: 0)


def test_the_very_same_request_is_answered_as_before(kept: Repeats) -> None:
    assert [asked(kept, b"question") for _ in range(3)] == [b"1 question"] * 3


@pytest.mark.parametrize(
    "other",
    [
        {"method": "GET"},
        {"path": "/b"},
        {"raw_path": b"/%61"},
        {"query_string": b"a=1"},
        {"headers": [(b"x-api-key", b"other"), (b"accept", b"*/*")]},
        {"headers": [(b"x-api-key", b"k"), (b"accept", b"*/*"), (b"if-none-match", b"x")]},
        {"headers": [(b"accept", b"*/*"), (b"x-api-key", b"k")]},
        {"headers": [(b"x-api-key", b"k")]},
        {"headers": []},
    ],
)
def test_any_other_request_is_asked(kept: Repeats, other: dict[str, Any]) -> None:
    asked(kept, b"question")
    assert asked(kept, b"question", **other) == b"2 question"
    assert asked(kept, b"question") == b"1 question"


def test_another_body_is_another_request(kept: Repeats) -> None:
    asked(kept, b"question")
    assert asked(kept, b"Question") == b"2 Question"
    assert asked(kept, b"") == b"3 "
    assert asked(kept) == b"3 "  # no body is an empty one


def test_a_request_in_pieces_or_late_goes_the_whole_way(kept: Repeats) -> None:
    asked(kept, b"question")
    assert asked(kept, b"quest", b"ion") == b"2 question"
    assert asked(kept, b"question", late=True) == b"3 question"
    assert asked(kept, b"quest", b"ion", late=True) == b"4 question"


def test_a_client_that_expects_a_word_first_goes_the_whole_way(kept: Repeats) -> None:
    headers = [(b"expect", b"100-continue")]
    assert [asked(kept, b"q", headers=headers) for _ in range(2)] == [b"1 q", b"2 q"]


@pytest.mark.parametrize("said", [{KNOWN: False}, {"other": True}])
def test_only_answers_that_were_known_are_kept(said: dict[str, bool]) -> None:
    """What is asked for once may never come again; what failed is asked, and logged, each time."""
    kept = Repeats(Application(**said), lambda: 0)
    assert [asked(kept, b"q") for _ in range(2)] == [b"1 q", b"2 q"]


def test_a_large_body_is_not_looked_up(kept: Repeats) -> None:
    body = b"x" * 65_537
    assert [asked(kept, body)[:1] for _ in range(2)] == [b"1", b"2"]
    assert [asked(kept, body[1:])[:1] for _ in range(2)] == [b"3", b"3"]


def test_what_is_kept_is_bounded() -> None:
    """Four answers of a million bytes fit; the one used longest ago goes first, and one that is
    too large by itself is not kept."""
    kept = Repeats(Application(size=1_000_000), lambda: 0)
    for number in range(5):
        asked(kept, str(number).encode())
    assert asked(kept, b"4").startswith(b"5 4")
    assert asked(kept, b"0").startswith(b"6 0")
    kept = Repeats(Application(size=repeats.MOST_BYTES), lambda: 0)
    assert [asked(kept, b"q")[:1] for _ in range(2)] == [b"1", b"2"]


def test_another_version_has_other_answers() -> None:
    versions = [1, 1, 2, 2, 1]
    kept = Repeats(Application(), lambda: versions.pop(0))
    assert [asked(kept, b"q")[:1] for _ in range(5)] == [b"1", b"1", b"2", b"2", b"1"]
