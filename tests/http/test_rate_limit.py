"""So many requests in so many seconds: 429 with Retry-After for the next."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from locum.cli.main import main
from locum.exceptions import RateLimited
from locum.http.control import OwnControl
from locum.http.rate_limit import RateLimit
from locum.http.sandboxes import Sandboxes
from tests.conftest import application_over
from tests.oracles.requests_of_tiny import request
from tests.oracles.small_api import client_of, key_row, operation, served


class Clock:
    """Stands still until it is told the time."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_limit_holds_in_any_window_of_its_seconds() -> None:
    """Two in ten seconds, asked at 0, 4, 6, 10 and 13: the third waits for the first to be ten
    seconds old, and does not count itself."""
    clock = Clock()
    limit = RateLimit(2, 10, clock)
    outcomes = []
    for clock.now in (0, 4, 6, 10, 13):
        try:
            limit.count("caller")
            outcomes.append(0)
        except RateLimited as refusal:
            outcomes.append(refusal.seconds)
    assert outcomes == [0, 0, 4, 0, 1]


def test_part_of_a_second_is_waited_as_a_whole_one() -> None:
    clock = Clock()
    limit = RateLimit(1, 10, clock)
    limit.count("caller")
    clock.now = 9.9
    with pytest.raises(RateLimited) as raised:
        limit.count("caller")
    assert raised.value.seconds == 1


def test_callers_are_counted_apart() -> None:
    limit = RateLimit(1, 10, Clock())
    limit.count("one")
    limit.count("another")


def test_no_more_callers_are_remembered_than_fit() -> None:
    limit = RateLimit(1, 10, Clock(), 2)
    for caller in ("a", "b", "c"):
        limit.count(caller)
    limit.count("a")  # forgotten
    with pytest.raises(RateLimited):
        limit.count("c")


@pytest.mark.parametrize("text", ["", "1", "0/10", "1/0", "-1/10", "1/10 ", "a/b", "1.5/2"])
def test_what_is_no_limit_is_wrong_usage(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="REQUESTS/SECONDS"):
        RateLimit.parse(text)
    if text:
        assert main(["serve", "--data", "tiny", "--rate-limit", text]) == 2
        assert "--rate-limit" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("group_stats", {"detail": "Rate limit exceeded"}),
        ("shared_stats", {"detail": "Rate limit exceeded"}),
        ("session_metrics", {"error": "Rate limit exceeded"}),
        ("thread_stats", None),
    ],
)
def test_the_next_request_is_429_in_the_familys_shape(
    world: dict[str, str], operation: str, body: dict[str, str] | None
) -> None:
    """Each caller has its own count, and a refused credential has none."""
    clock = Clock()
    application = application_over(
        "tiny", control=OwnControl(Sandboxes({"rate_limit": "1/10"}, clock=clock))
    )
    client = TestClient(application, raise_server_exceptions=False)
    asked = request(operation, world)
    if operation != "shared_stats":  # which asks for no credential
        nobody = asked | {"headers": {"Authorization": "nobody", "X-API-Key": "nobody"}}
        assert [client.request(**nobody).status_code for _ in range(2)] == [401, 401]
    assert client.request(**asked).status_code == 200
    answer = client.request(**asked)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "10")
    if body is None:
        assert answer.json()["status"] == 429
        assert "Retry-After" in answer.json()["remedy"]
    else:
        assert answer.json() == body
    clock.now = 10
    assert client.request(**asked).status_code == 200


SCHEMES = {"key": {"type": "apiKey", "in": "header", "name": "Key"}}
ROWS = {"keys": [key_row("ann-key", "ann"), key_row("bob-key", "bob")]}


@pytest.fixture
def limited(tmp_path: Path) -> TestClient:
    """A client of a public operation and of one that needs a key; each caller may ask thrice."""
    number = {"name": "page", "in": "query", "schema": {"type": "integer"}}
    small = served(
        {
            "/open": {"get": operation(number)},
            "/keyed": {"get": operation(number, security=[{"key": []}])},
        },
        {"GET /open": lambda *_, **__: 1, "GET /keyed": lambda *_, **__: 1},
        SCHEMES,
    )
    return client_of(
        tmp_path,
        small,
        rows=ROWS,
        control=OwnControl(Sandboxes({"rate_limit": "3/60"}, clock=Clock())),
    )


def statuses(client: TestClient, count: int, path: str, key: str = "") -> list[int]:
    headers = {"Key": key} if key else {}
    return [client.get(path, headers=headers).status_code for _ in range(count)]


def test_each_key_has_its_own_count(limited: TestClient) -> None:
    assert statuses(limited, 4, "/keyed", "ann-key") == [200, 200, 200, 429]
    assert statuses(limited, 4, "/keyed", "bob-key") == [200, 200, 200, 429]


def test_a_caller_has_one_count_for_all_operations(limited: TestClient) -> None:
    assert statuses(limited, 2, "/keyed", "ann-key") == [200, 200]
    assert statuses(limited, 2, "/open", "ann-key") == [200, 429]


def test_whoever_gives_no_key_is_counted_by_address(limited: TestClient) -> None:
    """The test client has one address."""
    assert statuses(limited, 4, "/open") == [200, 200, 200, 429]
    assert statuses(limited, 1, "/open", "ann-key") == [200]


def test_what_is_counted_is_what_was_let_in(limited: TestClient) -> None:
    """An invalid request counts, and one that has the answer; a refused credential, a path that is
    not there and a page of Locum's own do not."""
    for path in ("/nothing", "/__locum/health", "/__locum/health", "/__locum/nothing"):
        assert limited.get(path, headers={"Key": "ann-key"}).status_code in (200, 404)
    assert statuses(limited, 5, "/keyed", "nobody's") == [401] * 5
    assert limited.delete("/open", headers={"Key": "ann-key"}).status_code == 405
    assert limited.get("/keyed?page=x", headers={"Key": "ann-key"}).status_code == 422
    known = limited.get("/keyed", headers={"Key": "ann-key"})
    same = {"Key": "ann-key", "If-None-Match": known.headers["etag"]}
    assert limited.get("/keyed", headers=same).status_code == 304
    assert limited.get("/keyed", headers=same).status_code == 429


def test_a_refusal_is_told_in_the_providers_words(limited: TestClient) -> None:
    statuses(limited, 3, "/open")
    answer = limited.get("/open")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    assert answer.json()["detail"] == "Rate limit exceeded"
