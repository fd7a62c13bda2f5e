"""A world that is sent to a server has the answers of the same world loaded from files, byte for
byte: by whichever ways its runs come, in random order, with repeated requests, updates before
creates, children before parents and feedback before its run; and whatever stood in the files
before.

The files are written by `sent_rows`, independently of the package. Only this is read from the
server that was sent to, and written into the files, as nobody else can know it:

- ids of projects that runs made by naming them, and tokens of shared datasets, which it draws;
- when feedback was created that says no time, and when feedback, an example or, by taking an
  example away, a dataset was changed: the machine's own time.

What was attached is listed by both, but stands in no file: its content is that which was sent.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
from attrs import evolve
from starlette.testclient import TestClient

from locum.langsmith.operations import HANDLERS
from tests.conftest import application_over
from tests.oracles import sent_rows
from tests.oracles.bare_rows import Row
from tests.oracles.every_read import EveryRead, operation_of
from tests.oracles.sent_calls import Call
from tests.oracles.sent_requests import WAYS, Sending, Way
from tests.oracles.sent_rows import KEYS
from tests.oracles.sent_world import World

DEMO, OTHER = KEYS
MOST_REFUSED = 0.1
CONTENTS = "get_api_v1_public_runs_run_id_attachments_name"  # which no file has


def worlds_of(seed: str, *, in_file: float = 0.0, by_span: float = 0.0) -> list[World]:
    """What each of two tenants has, who must not see anything of the other's."""
    return [
        World(seed, DEMO, in_file=in_file, by_span=by_span),
        World(seed, OTHER, traces=3, in_file=in_file, by_span=by_span),
    ]


@contextmanager
def server_over(folder: Path) -> Iterator[TestClient]:
    with TestClient(application_over(str(folder)), raise_server_exceptions=False) as client:
        yield client


def send(
    client: TestClient, calls: Iterable[Call], look: Callable[[], object] = lambda: None
) -> None:
    """Send the requests, and look at something between them."""
    for call in calls:
        answer = client.request(**call.sent())
        assert answer.status_code in call.statuses, (answer.text, call)
        assert call.answer in (None, answer.content), (answer.text, call)
        look()


def mixed(sendings: Sequence[Sending], chance: Random) -> Iterator[Call]:
    """The requests of several tenants, those of each in its order."""
    left = [sending.in_order() for sending in sendings]
    while left:
        calls = chance.choice(left)
        call = next(calls, None)
        if call is None:
            left.remove(calls)
        else:
            yield call


def learned(client: TestClient, world: World) -> dict[str, Mapping[str, Any]]:
    """What only the server knows."""
    headers = {"X-API-Key": KEYS[world.tenant]}

    def read(url: str, **asked: str) -> Any:
        return client.get(url, params=asked, headers=headers).raise_for_status().json()

    ids = {each.name: read("/sessions", name=each.name)[0]["id"] for each in world.named}
    tokens = {
        each.id: read(f"/datasets/{each.id}/share")["share_token"]
        for each in world.datasets
        if each.is_shared
    }
    told = {
        each.id: read(f"/feedback/{each.id}")
        for each in world.feedback
        if each.created is None or each.modified is None
    }
    changed = {each.id: f"/examples/{each.id}" for each in world.examples if each.outputs_at_first}
    changed[world.datasets[1].id] = f"/datasets/{world.datasets[1].id}"
    return {
        "ids": ids,
        "tokens": tokens,
        "times": {id_: (row["created_at"], row["modified_at"]) for id_, row in told.items()},
        "changed": {id_: read(url)["modified_at"] for id_, url in changed.items()},
    }


def tables_of(client: TestClient, worlds: Sequence[World]) -> dict[str, list[Row]]:
    """The rows of the worlds, with what the server has given to them."""
    told = {world.tenant: learned(client, world) for world in worlds}
    return sent_rows.tables(worlds, told)


def compared(
    sent: TestClient,
    from_files: TestClient,
    tables: Mapping[str, list[Row]],
    count: int,
    key: str = KEYS[DEMO],
) -> Counter[str]:
    """Ask both servers the same, with that key; return how many requests to each operation
    succeeded. Fails where an answer differs."""
    requests = EveryRead(lambda table: tables.get(table, []), key)
    succeeded: Counter[str] = Counter()
    refused = 0
    for number in range(count):
        call = requests.any(f"read {number}")
        expected, found = from_files.request(**call), sent.request(**call)
        assert (found.status_code, found.content) == (
            expected.status_code,
            expected.content,
        ), call
        if expected.status_code == 200:
            succeeded[operation_of(call["method"], call["url"])] += 1
        refused += expected.status_code not in (200, 404)
    assert refused <= count * MOST_REFUSED
    return succeeded


def looking(client: TestClient, world: World, every: int) -> Callable[[], object]:
    """Ask for something after every so many requests, so that what was written is loaded."""
    headers = {"X-API-Key": KEYS[world.tenant]}
    projects = [each.id for each in world.projects]  # which may not be there yet
    urls = ("/sessions?include_stats=true", "/feedback", "/examples", "/v2/sessions")
    numbers = iter(range(100_000))

    def look() -> None:
        number = next(numbers)
        if number % every:
            return
        if number % 2:
            client.get(urls[number // 2 % len(urls)], headers=headers)
        else:
            body = {"session": [projects[number % len(projects)]], "limit": 100}
            client.post("/runs/query", json=body, headers=headers)

    return look


CASES: list[tuple[str, Sequence[Way], float, float, int]] = [
    # seed, ways of runs, share of what is in the files before, share of traces that come as spans,
    # and after how many requests something is asked for
    ("mixed", WAYS, 0.4, 0.3, 7),
    ("alone", ("alone",), 0.6, 0.0, 1),
    ("batch", ("batch",), 0.0, 0.0, 100_000),
    ("multipart", ("multipart",), 0.6, 0.0, 3),
    ("spans", WAYS, 0.0, 1.0, 100_000),
    ("further", WAYS, 0.0, 0.5, 1),
    ("once more", WAYS, 0.7, 0.1, 100_000),
]


@pytest.mark.parametrize(
    ("seed", "ways", "in_file", "by_span", "every"),
    [
        pytest.param(*each, id=each[0], marks=[pytest.mark.long] * (each[0] != "mixed"))
        for each in CASES
    ],
)
def test_a_world_that_is_sent_is_that_of_its_files(
    tmp_path: Path, seed: str, ways: Sequence[Way], in_file: float, by_span: float, every: int
) -> None:
    """So is the dataset that is saved of it, also when all comes to it again; and what is reset is
    what was before."""
    is_long = seed != "mixed"
    count = 1000 if is_long else 250
    worlds = worlds_of(seed, in_file=in_file, by_span=by_span)
    before = sent_rows.write(tmp_path / "before", sent_rows.tables_before(worlds))
    with server_over(before) as sent, server_over(before) as untouched:
        sendings = [Sending(world, seed, ways) for world in worlds]
        chance = Random(seed)  # noqa: S311 - the same order every time
        calls = [*mixed(sendings, chance)]
        send(sent, calls, looking(sent, worlds[0], every))
        check_files(sent, worlds)
        tables = tables_of(sent, worlds)
        files = sent_rows.write(tmp_path / "files", tables)
        with server_over(files) as from_files:
            succeeded = compared(sent, from_files, tables, count)
            missing = HANDLERS.keys() - succeeded.keys() - {CONTENTS}
            assert len(missing) <= (0 if is_long else 3), missing
            compared(sent, from_files, tables, count // 5, KEYS[OTHER])
        with (
            server_over(files) as from_files,
            server_over(saved(sent, tmp_path / "saved")) as from_saved,
        ):
            if is_long:
                send(from_saved, repeated(calls))
            compared(from_saved, from_files, tables, count // 5)
        assert sent.post("/__locum/reset").status_code == 204
        compared(sent, untouched, tables, count // 5)


def saved(client: TestClient, folder: Path) -> Path:
    """The dataset that the server makes of what it was sent."""
    headers = {"Authorization": f"Bearer {KEYS[DEMO]}"}
    answer = client.get("/__locum/datasets/before/export", headers=headers).raise_for_status()
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        packed.extractall(folder)
    return folder


def repeated(calls: Iterable[Call]) -> Iterator[Call]:
    """The requests that may come again, but for those that say when feedback or an example was
    changed: whoever has received them before, in whichever life, changes nothing."""
    for call in calls:
        is_change = call.method == "PATCH" and ("/feedback/" in call.url or "/examples" in call.url)
        if call.again and not is_change:
            yield evolve(call, statuses=call.again)


def check_files(client: TestClient, worlds: Sequence[World]) -> None:
    """What was attached is what is given back."""
    for run in (run for world in worlds for run in world.seen if not run.is_in_file):
        for name, (mime_type, content) in run.attachments.items():
            found = client.get(f"/api/v1/public/runs/{run.id}/attachments/{quote(name)}")
            assert (found.content, found.headers["content-type"]) == (content, mime_type)
