"""v2's operations over HTTP: what the oracle says of random requests, page by page; the window of
time by default; and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from locum.exceptions import NotBuilt
from locum.langsmith import v2
from locum.langsmith.selection import Window
from tests.conftest import KEY, application_over
from tests.oracles.bare_rows import rows_of
from tests.oracles.bundled import data_of, find
from tests.oracles.langsmith_answers import same
from tests.oracles.langsmith_requests import draws
from tests.oracles.langsmith_rows import at, load, run, session
from tests.oracles.run_oracle import World, micros
from tests.oracles.v2_oracle import OPERATIONS, V2

PATHS = {
    "runs": ("POST", "/v2/runs/query"),
    "traces": ("POST", "/api/v2/traces/query"),
    "threads": ("POST", "/v2/threads/query"),
    "thread_traces": ("GET", "/v2/threads/{thread_id}/traces"),
    "thread_stats": ("GET", "/api/v2/threads/{thread_id}/stats"),
    "all_threads": ("POST", "/v2/threads/stats"),
}
LISTS = ("runs", "traces", "threads", "thread_traces")


class Served:
    """A bundled dataset, asked over HTTP with the key of a tenant alone, and its oracle."""

    def __init__(self, name: str) -> None:
        self.name, dataset = name, find(name)
        rows = rows_of(dataset.folder)
        self.oracle = V2(World(rows), dataset.manifest["now"])
        self.keys = {
            row["tenant_id"]: row["key"]
            for row in reversed(rows("keys"))
            if row["provider"] == "langsmith"
        }
        self.client = TestClient(application_over(name))

    def asked(self, operation: str, tenant: str, arguments: dict[str, Any]) -> Any:
        method, path = PATHS[operation]
        query = {k: v for k, v in arguments.items() if k not in ("body", "thread_id")}
        path = path.format(thread_id=arguments.get("thread_id"))
        answer = self.client.request(
            method,
            path,
            headers={"X-API-Key": self.keys[tenant]},
            params=query or None,
            json=arguments.get("body"),
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def listed(
        self, operation: str, tenant: str, arguments: dict[str, Any], size: int
    ) -> list[Any]:
        """All items, page by page, each of that size but the last."""
        items: list[Any] = []
        paging: dict[str, Any] = {"page_size": size}
        while True:
            body = arguments.get("body")
            paged = {"body": body | paging} if body is not None else arguments | paging
            page = self.asked(operation, tenant, paged)
            assert page.get("has_more", "next_cursor" in page) == ("next_cursor" in page)
            items += page["items"]
            if "next_cursor" not in page:
                assert len(page["items"]) <= size
                return items
            assert len(page["items"]) == size
            paging["cursor"] = page["next_cursor"]


SEEDS = {"tiny": 16, "default": 6}


@pytest.fixture(scope="module", params=SEEDS)
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    found = Served(request.param)
    with found.client:
        yield found


@pytest.mark.parametrize("operation", OPERATIONS)
def test_answers_are_the_oracles(served: Served, operation: str) -> None:
    """Whole lists, page by page; a third of them at most is empty."""
    count = empty = 0
    for seed in range(SEEDS[served.name]):
        chance = draws(f"{operation} {seed}")
        asked = served.oracle.any(chance, operation)
        if operation in LISTS:
            size = chance.choice([1, 3, 20, 100])
            while len(asked.expected) > 12 * size:
                size *= 3
            size = min(size, 100)
            found = served.listed(operation, asked.tenant, asked.arguments, size)
        else:
            found = served.asked(operation, asked.tenant, asked.arguments)
            if "stride" in asked.arguments.get("body", {}):
                found = found["buckets"]
                for bucket in found:
                    bucket["bucket_start_time"] = micros(bucket["bucket_start_time"])
        count, empty = count + 1, empty + (not asked.expected)
        try:
            same(asked.expected, found)
        except AssertionError as error:
            raise AssertionError(f"{operation} {seed}: {error} of {asked.arguments}") from None
    assert empty <= count / 3


# The window by default.


def started(folder: Path, *starts: float, now: str | None = None) -> Any:
    """Root runs of a thread each that start so many seconds after noon."""
    runs = [
        run(f"r{n}", start_time=at(n), end_time=None, metadata={"thread_id": n}) for n in starts
    ]
    if now is not None:
        (folder / "manifest.json").write_text(f'{{"now": "{now}"}}')
    return load(folder, runs=runs, sessions=[session()])


def test_now_is_what_the_manifest_says(tmp_path: Path) -> None:
    assert v2.now_us(started(tmp_path, 0, now=at(30))) == micros(at(30))


def test_now_is_after_every_start(tmp_path: Path) -> None:
    """Of a run that starts after what the manifest says, and of a dataset without one."""
    for name, now in (("said", at(30)), ("silent", None)):
        folder = tmp_path / name
        folder.mkdir()
        assert v2.now_us(started(folder, 0, 60, now=now)) == micros(at(60.000001))


def test_now_moves_with_the_times_of_the_dataset(tmp_path: Path) -> None:
    started(tmp_path, 0, now=at(30))
    data = data_of(find(tmp_path), days=2)
    assert v2.now_us(data) == (micros(at(30)) or 0) + 2 * 86_400_000_000


def test_nothing_has_been_where_there_are_no_runs(tmp_path: Path) -> None:
    assert v2.now_us(started(tmp_path)) == 0


def test_the_window_is_the_day_before_now(tmp_path: Path) -> None:
    data = started(tmp_path, 0, now="2026-06-02T12:00:00Z")
    now = micros("2026-06-02T12:00:00Z")
    assert now is not None
    assert v2.window(data, {}) == Window(now - 86_400_000_000, now)
    assert v2.window(data, {"min_start_time": at(5)}) == Window(micros(at(5)), now)
    assert v2.window(data, {"max_start_time": at(5)}).end == micros(at(5))


@pytest.mark.parametrize("name", ["ai_query", "ai_search", "sem_filter", "thread_filter"])
def test_what_is_not_built_is_refused_by_name(name: str) -> None:
    v2.refuse_unbuilt({"filter": 'eq(name, "a")'})
    with pytest.raises(NotBuilt, match=rf"^{name} is not served: "):
        v2.refuse_unbuilt({name: "runs that went wrong"})


# What is refused, over HTTP.

PROJECT = "b25c46de-99dd-5b80-aba4-91ad745e8df7"
NOBODY = "00000000-0000-4000-8000-000000000000"
BODIES: dict[str, dict[str, Any]] = {
    "/v2/threads/query": {"project_id": PROJECT},
    "/v2/threads/stats": {"project_id": PROJECT, "select": ["TRACE_COUNT"]},
    "/v2/traces/query": {"project_id": PROJECT},
    "/v2/runs/query": {"project_ids": [PROJECT]},
}
GETS = {
    f"/v2/runs/{NOBODY}": {"project_id": PROJECT},
    f"/v2/runs/{NOBODY}/url": {"project_id": PROJECT, "trace_id": NOBODY},
    f"/v2/traces/{NOBODY}/runs": {"project_id": PROJECT},
    "/v2/threads/t/traces": {"project_id": PROJECT},
    "/v2/threads/t/stats": {"session_id": PROJECT, "selects": "TURNS"},
}


def refused(
    client: TestClient, path: str, asked: dict[str, Any], **headers: str
) -> tuple[int, str]:
    """The status and the text of a failure, which is a ProblemDetails."""
    method = "POST" if path in BODIES else "GET"
    how = {"json": asked} if method == "POST" else {"params": asked}
    answer = client.request(method, path, headers={"X-API-Key": KEY} | headers, **how)
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem.keys() == {"type", "title", "status", "detail", "remedy"}
    return answer.status_code, problem["detail"]


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(
    ("field", "value", "status", "words"),
    [
        ("page_sise", 5, 400, "body.page_sise: Extra inputs are not permitted"),
        ("min_start_time", "yesterday", 400, "body.min_start_time: "),
        ("tree_filter", "eq(name", 400, "Invalid tree_filter at position 8"),
        ("trace_filter", 'eq(nome, "a")', 400, "Invalid trace_filter at position 4"),
        ("trace_filter", None, 400, "body.trace_filter: Input should be a valid string"),
    ],
)
def test_a_body_at_fault_is_refused_by_name(
    client: TestClient, path: str, field: str, value: Any, status: int, words: str
) -> None:
    found, detail = refused(client, path, BODIES[path] | {field: value})
    assert (found, detail[: len(words)]) == (status, words)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v2/runs/query", "ai_query"),
        ("/v2/runs/query", "ai_search"),
        ("/v2/runs/query", "sem_filter"),
        ("/v2/traces/query", "ai_search"),
        ("/v2/traces/query", "sem_filter"),
        ("/v2/threads/query", "ai_search"),
        ("/v2/threads/query", "sem_filter"),
        ("/v2/threads/query", "thread_filter"),
        ("/v2/threads/stats", "thread_filter"),
    ],
)
def test_what_a_deployment_may_lack_is_not_implemented(
    client: TestClient, path: str, field: str
) -> None:
    asked = BODIES[path] | {field: "the angry ones"}
    status, detail = refused(client, path, asked)
    assert (status, detail.split(":")[0]) == (501, f"{field} is not served")
    answer = client.post(path, headers={"X-API-Key": KEY}, json=asked)
    assert answer.headers["x-should-retry"] == "false"  # which clients obey


@pytest.mark.parametrize("path", [*BODIES, *GETS])
def test_a_project_of_nobody_or_of_another_is_not_found(client: TestClient, path: str) -> None:
    asked = BODIES.get(path) or GETS[path]
    text = {
        k: [NOBODY] if k == "project_ids" else NOBODY for k in asked if k.endswith(("_id", "_ids"))
    }
    assert refused(client, path, asked | text) == (404, f"Session not found: {NOBODY}")
    other = {"X-API-Key": "locum-other-key"}
    assert refused(client, path, asked, **other) == (404, f"Session not found: {PROJECT}")


@pytest.mark.parametrize("path", [*BODIES, *GETS])
def test_the_key_alone_is_enough_and_needed(client: TestClient, path: str) -> None:
    asked = BODIES.get(path) or GETS[path]
    tenant = {"X-Tenant-Id": "22222222-2222-4222-8222-222222222222"}
    assert refused(client, path, asked, **tenant)[0] == 403
    assert refused(client, path, asked, **{"X-API-Key": ""})[0] == 401


@pytest.mark.parametrize(
    ("path", "asked", "words"),
    [
        ("/v2/threads/t/traces", {"cursor": "x"}, "Invalid cursor: found 'x'"),
        ("/v2/threads/t/traces", {"page_size": 101}, "query.page_size: Input should be less"),
        ("/v2/threads/t/traces", {"selects": "NOME"}, "query.selects.0: Input should be 'THREAD"),
        ("/v2/threads/t/traces", {"limit": 5}, "query.limit: "),
        ("/v2/threads/t/stats", {"filter": "eq(x"}, "Invalid filter at position 5"),
        (f"/v2/traces/{NOBODY}/runs", {"min_start_time": at(0)}, "query.max_start_time: Field req"),
        (f"/v2/traces/{NOBODY}/runs", {"max_start_time": at(0)}, "query.min_start_time: Field req"),
        (f"/v2/runs/{NOBODY}", {"start_time": "now"}, "query.start_time: "),
    ],
)
def test_a_query_at_fault_is_refused_by_name(
    client: TestClient, path: str, asked: dict[str, Any], words: str
) -> None:
    status, detail = refused(client, path, GETS[path] | asked)
    assert (status, detail[: len(words)]) == (400, words)


def test_a_cursor_is_good_for_its_own_question_alone(client: TestClient) -> None:
    asked = {"project_id": PROJECT, "page_size": 1, "min_start_time": "2026-06-01T00:00:00Z"}
    headers = {"X-API-Key": KEY}
    page = client.post("/v2/threads/query", headers=headers, json=asked).json()
    other = asked | {"cursor": page["next_cursor"], "filter": 'eq(status, "success")'}
    status, detail = refused(client, "/v2/threads/query", other)
    assert (status, detail[:15]) == (400, "Invalid cursor:")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v2/threads/t/share"),
        ("POST", "/api/v2/threads/t/share"),
        ("DELETE", "/api/v2/threads/t/share"),
        ("POST", "/v2/sql/query"),
        ("POST", "/api/v2/ai-search/parse"),
    ],
)
def test_what_is_not_served_says_so(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path, headers={"X-API-Key": KEY})
    assert answer.status_code == 403
    assert answer.json()["detail"].startswith("Locum ")


def test_a_shared_trace_needs_no_key(client: TestClient) -> None:
    """No run of this dataset is shared; a token that is no UUID is another fault."""
    query = {"selects": "NAME", "start_time": "2026-06-30T00:00:00Z"}
    for token, status in ((NOBODY, 404), ("token", 422)):
        for answer in (
            client.post(f"/api/v2/public/{token}/runs/query", json={"selects": ["NAME"]}),
            client.get(f"/v2/public/{token}/run/{NOBODY}", params=query),
        ):
            assert answer.status_code == status, answer.text
            assert answer.json()["status"] == status
    answer = client.post(f"/v2/public/{NOBODY}/runs/query", json={"ids": []})
    assert (answer.status_code, answer.json()["remedy"]) == (400, "Leave out ids.")
