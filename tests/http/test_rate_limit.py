"""So many requests in so many seconds: 429 with Retry-After for the next."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from locum.cli.main import main
from locum.exceptions import RateLimited
from locum.http import rate_limit as ratelimit
from locum.http.rate_limit import RateLimit
from tests.conftest import application_over
from tests.oracles.requests_of_tiny import request


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
            limit.count(b"caller")
            outcomes.append(0)
        except RateLimited as refusal:
            outcomes.append(refusal.seconds)
    assert outcomes == [0, 0, 4, 0, 1]


def test_part_of_a_second_is_waited_as_a_whole_one() -> None:
    clock = Clock()
    limit = RateLimit(1, 10, clock)
    limit.count(b"caller")
    clock.now = 9.9
    with pytest.raises(RateLimited) as raised:
        limit.count(b"caller")
    assert raised.value.seconds == 1


def test_callers_are_counted_apart() -> None:
    limit = RateLimit(1, 10, Clock())
    limit.count(b"one")
    limit.count(b"another")


def test_no_more_callers_are_remembered_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratelimit, "MOST_CALLERS", 2)
    limit = RateLimit(1, 10, Clock())
    for caller in (b"a", b"b", b"c"):
        limit.count(caller)
    limit.count(b"a")  # forgotten
    with pytest.raises(RateLimited):
        limit.count(b"c")


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
    application = application_over("tiny", rate_limit=RateLimit(1, 10, clock))
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
