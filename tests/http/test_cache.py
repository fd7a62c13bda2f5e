"""What is answered from memory, and what never is.

The very same request is answered as before without asking again, and no other request is; of the
same question, however it is written, the answer is computed once.
"""

from __future__ import annotations

import asyncio
import hashlib
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from locum.exceptions import NotFound, UpstreamFault
from locum.http import body as bodies
from locum.http import cache
from locum.http.cache import CachedResponse, ResultCache
from locum.http.context import RequestContext
from locum.http.control import OwnControl
from locum.http.entry import Entry
from locum.http.operation import Operation
from locum.http.sandboxes import Sandboxes
from locum.provider import INTEGER, TEXT, Answer, Table
from tests.conftest import KEY, application_over
from tests.oracles import small_api
from tests.oracles.requests_of_tiny import OPERATIONS, request
from tests.oracles.small_api import ANY_JSON, Json, client_of, key_row, operation, served

if TYPE_CHECKING:
    from locum.scenarios import Scenarios


class Application:
    """Answers with the number of requests that it had, and their bodies, as if from a cache or
    not."""

    def __init__(self, size: int = 0, *, cache_hit: bool = True) -> None:
        self.cache_hit, self.size, self.bodies = cache_hit, size, list[bytes]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        RequestContext.of(scope).cache_hit = self.cache_hit
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.bodies.append(body)
        text = f"{len(self.bodies)} {body.decode()}".encode() + b"x" * self.size
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": text})


class AnyScenario:
    """Stands for Scenarios: one scenario, whose data has that version."""

    first, providers = "any", ()

    def __init__(self, version: Callable[[], int]) -> None:
        self.version = version

    def ready(self, *_: object) -> Any:
        return SimpleNamespace(data=SimpleNamespace(version=self.version()))


def entry(application: ASGIApp, version: Callable[[], int] = lambda: 0) -> Entry:
    return Entry(application, cast("Scenarios", AnyScenario(version)), OwnControl(Sandboxes()), 1)


SCOPE: Scope = {
    "type": "http",
    "method": "POST",
    "path": "/a",
    "raw_path": b"/a",
    "query_string": b"",
    "headers": [(b"x-api-key", b"k"), (b"accept", b"*/*")],
}


def asked(kept: Entry, *pieces: bytes, late: bool = False, **scope: Any) -> bytes:
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

    asyncio.run(kept({**SCOPE, **scope}, receive, send))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    body: bytes = sent[1]["body"]
    return body


@pytest.fixture
def kept() -> Entry:
    return entry(Application())


def test_the_very_same_request_is_answered_as_before(kept: Entry) -> None:
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
def test_any_other_request_is_asked(kept: Entry, other: dict[str, Any]) -> None:
    asked(kept, b"question")
    assert asked(kept, b"question", **other) == b"2 question"
    assert asked(kept, b"question") == b"1 question"


def test_another_body_is_another_request(kept: Entry) -> None:
    asked(kept, b"question")
    assert asked(kept, b"Question") == b"2 Question"
    assert asked(kept, b"") == b"3 "
    assert asked(kept) == b"3 "  # no body is an empty one


def test_a_request_in_pieces_goes_the_whole_way(kept: Entry) -> None:
    asked(kept, b"question")
    assert asked(kept, b"quest", b"ion") == b"2 question"
    assert asked(kept, b"question", late=True) == b"1 question"
    assert asked(kept, b"quest", b"ion", late=True) == b"3 question"


def test_a_client_that_expects_a_word_first_goes_the_whole_way(kept: Entry) -> None:
    headers = [(b"expect", b"100-continue")]
    assert [asked(kept, b"q", headers=headers) for _ in range(2)] == [b"1 q", b"2 q"]


def test_only_answers_from_the_result_cache_are_kept() -> None:
    """What is asked for once may never come again; what failed is asked, and logged, each time."""
    kept = entry(Application(cache_hit=False))
    assert [asked(kept, b"q") for _ in range(2)] == [b"1 q", b"2 q"]


def test_an_answer_in_pieces_is_kept_whole() -> None:
    """And one that was never finished is not kept."""

    class InPieces(Application):
        ends = True

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            RequestContext.of(scope).cache_hit = True
            self.bodies.append((await receive())["body"])
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"one ", "more_body": True})
            if self.ends:
                await send({"type": "http.response.body", "body": b"two"})

    async def ask(kept: Entry) -> list[Message]:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"q"}

        async def send(message: Message) -> None:
            sent.append(message)

        await kept(dict(SCOPE), receive, send)
        return sent

    application = InPieces()
    kept = entry(application)
    first, second = (asyncio.run(ask(kept)) for _ in range(2))
    assert first == second
    assert (len(first), len(application.bodies)) == (3, 1)
    application = InPieces()
    application.ends = False
    kept = entry(application)
    for _ in range(2):
        asyncio.run(ask(kept))
    assert len(application.bodies) == 2


def test_a_client_that_leaves_at_once_is_not_looked_up(kept: Entry) -> None:
    """Nor is one whose first message does not come in time: what follows is told so."""
    heard: list[str] = []

    async def application(_scope: Scope, receive: Receive, _send: Send) -> None:
        try:
            heard.append((await receive())["type"])
        except TimeoutError:
            heard.append("late")

    async def leaving() -> Message:
        return {"type": "http.disconnect"}

    async def never() -> Message:
        await asyncio.sleep(10)
        return {"type": "it came"}

    async def send(_message: Message) -> None:
        pass

    kept = entry(application)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bodies, "MOST_SECONDS", 0.05)
        for receive in (leaving, never):
            asyncio.run(kept(dict(SCOPE), receive, send))
    assert heard == ["http.disconnect", "late"]
    assert len(kept._cache) == 0


def test_what_is_no_request_passes_through() -> None:
    seen: list[Scope] = []

    async def application(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope)

    async def nothing(*_: Any) -> Any:
        return {}

    asyncio.run(entry(application)({"type": "lifespan"}, nothing, nothing))
    assert seen == [{"type": "lifespan"}]


def test_a_large_body_is_not_looked_up(kept: Entry) -> None:
    body = b"x" * 65_537
    assert [asked(kept, body)[:1] for _ in range(2)] == [b"1", b"2"]
    assert [asked(kept, body[1:])[:1] for _ in range(2)] == [b"3", b"3"]


def test_what_is_kept_is_bounded() -> None:
    """Four answers of a million bytes fit; the one used longest ago goes first, and one that is
    too large by itself is not kept."""
    kept = entry(Application(size=1_000_000))
    for number in range(5):
        asked(kept, str(number).encode())
    assert asked(kept, b"4").startswith(b"5 4")
    assert asked(kept, b"0").startswith(b"6 0")
    kept = entry(Application(size=cache.MOST_BYTES))
    assert [asked(kept, b"q")[:1] for _ in range(2)] == [b"1", b"2"]


def test_another_version_has_other_answers() -> None:
    versions = [1, 1, 2, 2, 1]
    kept = entry(Application(), lambda: versions.pop(0))
    assert [asked(kept, b"q")[:1] for _ in range(5)] == [b"1", b"1", b"2", b"2", b"1"]


def answer(raw: bytes) -> CachedResponse:
    return CachedResponse(200, (), raw, "")


def test_the_least_recently_used_answers_are_forgotten_beyond_the_bytes() -> None:
    """Each takes 1,000,000 bytes and a little; four fit into 4 MiB."""
    kept = ResultCache()
    for number in range(4):
        kept.add(bytes([number]), answer(b"x" * 1_000_000))
    assert len(kept) == 4
    assert kept.get(bytes([0]))
    kept.add(b"one more", answer(b"x" * 1_000_000))
    assert (bytes([0]) in kept, bytes([1]) in kept, b"one more" in kept) == (True, False, True)
    assert kept.currsize <= cache.MOST_BYTES


def test_an_answer_that_is_too_large_by_itself_is_not_kept() -> None:
    kept = ResultCache()
    kept.add(b"key", answer(b"x" * (cache.MOST_BYTES + 1)))
    assert len(kept) == 0


def test_small_answers_are_counted_with_what_keeping_them_takes() -> None:
    kept = ResultCache()
    for number in range(50_000):
        kept.add(number.to_bytes(4), answer(b""))
    assert len(kept) < 10_000


def test_an_answer_takes_no_more_room_than_it_is_counted_with() -> None:
    """Whatever room the writer of JSON took while it wrote."""
    kept = ResultCache()
    tracemalloc.start()
    try:
        for number in range(500):
            kept.add(
                number.to_bytes(4), CachedResponse.of(Answer(body={"number": list(range(number))}))
            )
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < kept.currsize


def test_questions_differ_by_operation_tenant_and_order() -> None:
    """The first key of an object decides which filter Helicone applies."""
    questions: list[tuple[Any, ...]] = [
        ("a", "t", {"x": 1, "y": 2}),
        ("a", "t", {"y": 2, "x": 1}),
        ("b", "t", {"x": 1, "y": 2}),
        ("a", "u", {"x": 1, "y": 2}),
        ("a", None, {"x": 1, "y": 2}),
        ("a", "t", {"x": "1", "y": 2}),
        ("a", "t", {"x": True, "y": 2}),
        ("at", "", {"x": 1, "y": 2}),
    ]
    keys = {cache.key(cache.written(*question)) for question in questions}
    assert len(keys) == len(questions)


def test_equal_questions_are_one() -> None:
    """Wherever their parts come from, however large and deep."""
    deep: list[Any] = []
    for _ in range(1020):
        deep = [deep]
    text = "text"
    one = cache.written("a", text, {text: [text, "text", 10**30, 0.1, None], "deep": deep})
    two = cache.written("a", "text", {"text": ["text", text, 10**30, 0.1, None], "deep": deep})
    assert one == two


def test_a_tag_is_the_hash_of_the_bytes() -> None:
    tag = hashlib.sha256(b'{"a":1}').hexdigest()[:32]
    written = CachedResponse.of(Answer(body={"a": 1}))
    assert (written.raw, written.tag) == (b'{"a":1}', f'"{tag}"')


@pytest.mark.parametrize(
    ("if_none_match", "known"),
    [
        ('"tag"', True),
        ('W/"tag"', True),
        ('"other", W/"tag"', True),
        ("*", True),
        ('"other"', False),
        ("tag", False),
        ("", False),
        ('"ta", "g"', False),
    ],
)
def test_if_none_match_is_compared_weakly(if_none_match: str, *, known: bool) -> None:
    assert CachedResponse(200, (), b"", '"tag"').matches(if_none_match) == known


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_answer_is_computed_once(
    world: dict[str, str], operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed = []
    answer = Operation._computed

    async def counted(self: Operation, *arguments: Any) -> Any:
        handler = self.handler
        assert handler is not None

        def handle(*given: Any, **named: Any) -> Any:
            result = handler(*given, **named)
            computed.append(self.name)  # a first attempt in the loop may have been given up
            return result

        monkeypatch.setattr(self, "handler", handle)
        try:
            return await answer(self, *arguments)
        finally:
            monkeypatch.setattr(self, "handler", handler)

    monkeypatch.setattr(Operation, "_computed", counted)
    with TestClient(application_over("tiny")) as client:
        given = [client.request(**request(operation, world)) for _ in range(3)]
    assert len(computed) == 1
    assert {each.content for each in given} == {given[0].content}
    assert given[0].status_code == 200


def test_a_kept_answer_is_for_those_who_may_have_it(
    client: TestClient, world: dict[str, str]
) -> None:
    """Authentication, tenancy and validation come first, whatever is kept and asked for."""
    asked = request("group_stats", world)
    tag = client.request(**asked).headers["etag"]
    conditional = {"If-None-Match": tag}
    for headers, status in (
        ({}, 401),
        ({"X-API-Key": "nobody"}, 401),
        ({"X-API-Key": "locum-other-key"}, 404),
        ({"X-API-Key": KEY, "Accept": "text/html"}, 406),
    ):
        refused = client.request(**asked | {"headers": headers | conditional})
        assert refused.status_code == status
    wrong = asked | {"json": asked["json"] | {"limit": "x"}}
    wrong["headers"] = asked["headers"] | conditional
    assert client.request(**wrong).status_code == 422


# Of the whole application: which questions are the same, and what is never kept.


class Counting:
    """A handler that answers with the number of times that it was called."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, *_: Any, **__: Any) -> int:
        self.calls += 1
        return self.calls


COUNTED = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "limit": {"type": "integer", "default": 10}},
}


def counting_client(folder: Path, **fields: Any) -> TestClient:
    """A client of `POST /a`, which counts its calls; `fields` are the operation's."""
    parameters: list[Json] = [{"name": "page", "in": "query", "schema": {"type": "integer"}}]
    paths = {"/a": {"post": operation(*parameters, body=COUNTED, **fields)}}
    return client_of(folder, served(paths, {"POST /a": Counting()}))


def test_one_question_may_be_written_in_many_ways(tmp_path: Path) -> None:
    """The answer is computed once for all that a handler could not tell apart."""
    client = counting_client(tmp_path)
    written: list[dict[str, Any]] = [
        {"content": b'{"name": "a"}'},
        {"content": b'{"name":"a","limit":10}'},
        {"content": b'{"limit": 10.0, "name": "\\u0061"}'},
        {"content": b'{"limit": 5, "name": "a", "limit": 10}'},
        {"content": iter([b'{"name": ', b'"a"}'])},
        {"content": b'{"name": "a"}', "headers": {"X-Note": "of no matter"}},
        {"content": b'{"name": "a"}', "params": {"other": "1"}},
    ]
    assert [client.post("/a", **each).json() for each in written] == [1] * 7


@pytest.mark.parametrize(
    "other",
    [
        {"content": b'{"name": "b"}'},
        {"content": b'{"name": "a", "limit": 11}'},
        {"content": b'{"name": "a", "more": null}'},
        {"content": b'{"name": "a"}', "params": {"page": "1"}},
    ],
)
def test_another_question_is_computed(tmp_path: Path, other: dict[str, Any]) -> None:
    client = counting_client(tmp_path)
    assert client.post("/a", content=b'{"name": "a"}').json() == 1
    assert client.post("/a", **other).json() == 2
    assert client.post("/a", content=b'{"name": "a"}').json() == 1


def test_each_tenant_has_its_own_answers(tmp_path: Path) -> None:
    """Two keys of one tenant have the same."""
    schemes = {"key": {"type": "apiKey", "in": "header", "name": "Key"}}
    paths = {"/a": {"get": operation(security=[{"key": []}])}}
    rows = {"keys": [key_row("k", "ann"), key_row("l", "bob"), key_row("m", "ann")]}
    client = client_of(tmp_path, served(paths, {"GET /a": Counting()}, schemes), rows=rows)
    given = [client.get("/a", headers={"Key": key}).json() for key in "klmklm"]
    assert given == [1, 2, 1, 1, 2, 1]


def test_a_request_in_pieces_is_answered_from_the_results(tmp_path: Path) -> None:
    client = counting_client(tmp_path)
    pieces = b'{"name": ', b'"a"', b"}"
    assert [client.post("/a", content=iter(pieces)).json() for _ in range(3)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("shop", "7"), 404),
        (UpstreamFault(500, {"error": "boom"}), 500),
        (ValueError(), 500),
    ],
)
def test_a_failure_is_never_cached(tmp_path: Path, error: Exception, status: int) -> None:
    """It is computed, and logged, each time; and what succeeds afterwards is kept."""
    outcomes: list[Any] = [error, error, "done", "not asked"]

    def handler(*_: Any) -> Any:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    client = client_of(tmp_path, served({"/a": {"get": operation()}}, {"GET /a": handler}))
    assert [client.get("/a").status_code for _ in range(4)] == [status, status, 200, 200]
    assert outcomes == ["not asked"]


def test_an_answer_that_breaks_the_document_is_never_cached(tmp_path: Path) -> None:
    texts = {"200": {"description": "", "content": {"application/json": {"schema": {"const": 3}}}}}
    client = counting_client(tmp_path, responses=texts)
    assert [client.post("/a", json={}).status_code for _ in range(4)] == [500, 500, 200, 200]


def test_an_invalid_request_is_told_so_each_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = counting_client(tmp_path)
    answers = [client.post("/a", json={"limit": "x"}) for _ in range(3)]
    assert {(answer.status_code, answer.content) for answer in answers} == {
        (422, answers[0].content)
    }
    assert len(caplog.records) == 3


def test_an_answer_of_another_status_is_computed_once(tmp_path: Path) -> None:
    """It is as much the answer as one with 200."""
    calls: list[int] = []

    def handler(*_: Any) -> Answer:
        calls.append(1)
        return Answer(404, {"reason": "gone"}, {"X-Toys": "3"})

    gone = operation(responses={"200": ANY_JSON, "404": ANY_JSON})
    client = client_of(tmp_path, served({"/a": {"get": gone}}, {"GET /a": handler}))
    for _ in range(4):
        answer = client.get("/a")
        assert (answer.status_code, answer.json()) == (404, {"reason": "gone"})
        assert answer.headers["x-toys"] == "3"
    assert len(calls) == 1


def test_an_uncached_operation_is_computed_each_time(tmp_path: Path) -> None:
    """By its operationId, or by method and path; the others are computed once."""
    paths = {
        "/a": {"get": operation(), "post": operation()},
        "/b": {"get": operation(operationId="read_b")},
    }
    handlers = {"GET /a": Counting(), "POST /a": Counting(), "read_b": Counting()}
    small = served(paths, handlers, uncached=("GET /a", "read_b"))
    client = client_of(tmp_path, small)
    given = {
        (method, path): [client.request(method, path).json() for _ in range(3)]
        for method, path in (("GET", "/a"), ("POST", "/a"), ("GET", "/b"))
    }
    assert given == {
        ("GET", "/a"): [1, 2, 3],
        ("POST", "/a"): [1, 1, 1],
        ("GET", "/b"): [1, 2, 3],
    }


def test_an_uncached_answer_has_a_tag_of_its_own(tmp_path: Path) -> None:
    """And is computed again to be compared."""
    small = served(
        {"/a": {"get": operation()}}, {"GET /a": lambda *_: "the same"}, uncached=("GET /a",)
    )
    client = client_of(tmp_path, small)
    tag = client.get("/a").headers["etag"]
    assert client.get("/a", headers={"If-None-Match": tag}).status_code == 304


def test_with_a_rate_limit_no_response_is_kept(tmp_path: Path) -> None:
    """Each request counts; its answer is still computed once."""
    counting = Counting()
    small = served({"/a": {"get": operation()}}, {"GET /a": counting})
    client = client_of(tmp_path, small, control=OwnControl(Sandboxes({"rate_limit": "3/60"})))
    assert [client.get("/a").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    assert counting.calls == 1


def test_other_data_have_other_answers(tmp_path: Path) -> None:
    """Two datasets, and one that is loaded again on the next day."""
    table = Table({"owner": TEXT, "number": INTEGER})
    small = served(
        {"/a": {"get": operation()}},
        {"GET /a": lambda data, _: data.rows("SELECT sum(number)::BIGINT FROM small_items")[0][0]},
        tables={"small/items": table},
    )
    datasets = [
        small_api.written(tmp_path / name, small, rows={"small/items": [{"number": number}]})
        for name, number in (("one", 1), ("two", 2))
    ]
    for dataset in datasets:
        dataset.manifest["now"] = "2026-06-30T12:00:00Z"
    day = [800_000]
    scenarios = small_api.scenarios_of(datasets, small, clock="live", day=lambda: day[0])
    client = TestClient(small_api.application_of(scenarios, small))

    def given() -> list[int]:
        return [
            client.get("/a", headers={"Prefer": f"scenario={name}"}).json()
            for name in ("one", "two", "one", "two", "one", "two")
        ]

    assert given() == [1, 2] * 3
    versions = {scenario.data.version for scenario in scenarios.loaded}
    day[0] += 1
    assert given() == [1, 2] * 3
    assert versions.isdisjoint(scenario.data.version for scenario in scenarios.loaded)


def test_an_answer_has_integers_of_any_size() -> None:
    large = 123456789012345678901234567890
    assert (
        CachedResponse.of(Answer(body={"n": large})).raw == b'{"n":123456789012345678901234567890}'
    )
