"""The page that gives a dataset away: whose key opens it, and what is in it."""

from __future__ import annotations

import asyncio
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from starlette.testclient import TestClient

from locum.datasets.keys import ANY, AUTO, OFF, STRICT, Keyring
from locum.engine.layer import Layer
from locum.engine.snapshots import Outdated
from locum.exceptions import Refused, Unauthenticated
from locum.http import archives, pieces
from locum.http.control import OwnControl
from locum.http.exports import check_key
from locum.http.sandboxes import Sandboxes
from locum.provider import LeftOut
from tests.http.test_sandboxes import OF_ME, ROWS, SMALL, application, client_of, post, sale
from tests.oracles import small_api

PAGE = "/__locum/datasets/first/export"
KEY = {"Authorization": "Bearer k"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with client_of(tmp_path) as client:
        yield client


def saved(answer: Any) -> tuple[dict[str, Any], list[str]]:
    """The manifest, and the ids of the sales."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        rows = packed.read("small/sales.jsonl").splitlines()
        return json.loads(packed.read("manifest.json")), [json.loads(row)["id"] for row in rows]


def test_a_dataset_is_given_as_it_is_in_the_sandbox(client: TestClient) -> None:
    post(client, sale("s"))
    post(client, sale("t"), "mine")
    manifest, ids = saved(client.get(PAGE, headers=KEY))
    assert (ids, manifest["rows"]) == (["a", "b", "s"], {"keys": 3, "small/sales": 3})
    _, ids = saved(client.get(PAGE, headers=KEY | {"Prefer": "sandbox=mine"}))
    assert ids == ["a", "b", "t"]
    _, ids = saved(client.get(f"/__locum/with/sandbox=mine{PAGE}", headers=KEY))
    assert ids == ["a", "b", "t"]
    other = saved(client.get("/__locum/datasets/second/export", headers=KEY))
    assert (other[0]["name"], other[1]) == ("second", ["a", "b"])
    client.post("/__locum/reset")
    assert saved(client.get(PAGE, headers=KEY))[1] == ["a", "b"]


@pytest.mark.parametrize(("resets", "status"), [(1, 200), (4, 200), (5, 503)])
def test_what_is_reset_before_it_is_begun_is_begun_anew(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, resets: int, status: int
) -> None:
    """After five times the client is told to ask again."""
    left = [resets]
    as_files = Layer.as_files

    def reset_meanwhile(layer: Layer, *arguments: Any) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            raise Outdated
        return as_files(layer, *arguments)

    monkeypatch.setattr(Layer, "as_files", reset_meanwhile)
    post(client, sale("s"))
    answer = client.get(PAGE, headers=KEY)
    assert answer.status_code == status
    if status == 200:
        assert saved(answer)[1] == ["a", "b", "s"]
    monkeypatch.undo()
    assert saved(client.get(PAGE, headers=KEY))[1] == ["a", "b", "s"]


def test_the_file_has_the_name_of_the_dataset(client: TestClient) -> None:
    answer = client.get(PAGE, headers=KEY)
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''first.zip"
    assert answer.headers["cache-control"] == "no-store"
    head = client.head(PAGE, headers=KEY)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == "application/zip"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (KEY, 200),
        ({"Authorization": "o"}, 200),
        ({"Authorization": "Bearer r"}, 403),
        ({"Authorization": "Bearer nobody"}, 401),
        ({}, 401),
        (KEY | {"Prefer": "sandbox=a b"}, 400),
    ],
)
def test_a_key_that_may_write_opens_it(
    client: TestClient, headers: dict[str, str], status: int
) -> None:
    assert client.get(PAGE, headers=headers).status_code == status


def test_an_unknown_dataset_is_not_found(client: TestClient) -> None:
    answer = client.get("/__locum/datasets/nobody/export", headers=KEY)
    assert answer.status_code == 404
    assert "no dataset nobody: there are first, second" in answer.text


KEYS = [("w", "t", "rw"), ("r", "t", "r"), ("both", "t", "r"), ("both", "u", "rw")]


@pytest.mark.parametrize(
    ("mode", "rows", "key", "raised"),
    [
        (AUTO, KEYS, "w", None),
        (AUTO, KEYS, "both", None),
        (AUTO, KEYS, "r", Refused),
        (STRICT, KEYS, "x", Unauthenticated),
        (STRICT, [], "x", Unauthenticated),
        (AUTO, [], "x", None),
        (AUTO, [], "", Unauthenticated),
        (ANY, KEYS, "x", None),
        (ANY, KEYS, "r", Refused),
        (ANY, KEYS, "", Unauthenticated),
        (OFF, KEYS, "", None),
        (OFF, KEYS, "r", Refused),
    ],
)
def test_keys_are_taken_as_by_operations(
    mode: str, rows: Any, key: str, raised: type[Exception] | None
) -> None:
    keyrings = [Keyring.of(rows, mode)]
    if raised is None:
        check_key(key, keyrings)
        return
    with pytest.raises(raised):
        check_key(key, keyrings)


def test_what_has_come_and_is_in_no_row_is_told(tmp_path: Path) -> None:
    def unfinished(transaction: Any) -> Iterator[LeftOut]:
        (count,) = transaction.data.rows("SELECT count(*) FROM small_sales")[0]
        yield LeftOut("some", count, f"{count} are left out")

    small = evolve(SMALL, provider=evolve(SMALL.provider, unfinished=unfinished))
    client = small_api.client_of(tmp_path / "first", small, rows=ROWS)
    assert "incomplete" not in saved(client.get(PAGE, headers=KEY))[0]
    client.post("/sales", json=sale("s"), headers=OF_ME)
    told = saved(client.get(PAGE, headers=KEY))[0]["incomplete"]
    assert told == [{"name": "some", "count": 3, "sentence": "3 are left out"}]


def test_few_are_made_at_once_and_room_is_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "_MOST", 0)
    with client_of(tmp_path) as client:
        answer = client.get(PAGE, headers=KEY)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        monkeypatch.setattr(pieces, "_MOST", 1)
        for _ in range(3):
            assert client.get(PAGE, headers=KEY).status_code == 200
    assert pieces.Pieces.making == 0


def test_a_client_that_leaves_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be made of it is not made."""
    made, ended = [], threading.Event()

    def endless(*_: object) -> Iterator[bytes]:
        try:
            while True:
                made.append(1)
                yield b"x" * 1000
        finally:
            ended.set()

    monkeypatch.setattr(archives, "archive", endless)
    app = application(tmp_path, OwnControl(Sandboxes()))
    sent: list[Any] = []

    async def asking() -> None:
        left = asyncio.Event()
        coming = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Any:
            if coming:
                return coming.pop()
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)
            if len(sent) > 5:
                left.set()
            await asyncio.sleep(0)

        headers = [(b"authorization", b"Bearer k"), (b"host", b"localhost")]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": PAGE,
            "raw_path": PAGE.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
        }
        await asyncio.wait_for(app(scope, receive, send), 10)

    asyncio.run(asking())
    assert ended.wait(5)
    assert 5 < len(sent) < 100
    assert len(made) < 100
    assert pieces.Pieces.making == 0
