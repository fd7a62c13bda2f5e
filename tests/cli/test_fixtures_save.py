"""The command `locum fixtures save`: what is saved of a server, and what is told of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from httpx import Client

from locum.cli.main import main
from locum.datasets import dataset as datasets
from locum.datasets import logical_hash
from tests.conftest import KEY
from tests.langsmith.writing.test_runs import CHILD, ROOT
from tests.oracles import bundled
from tests.oracles.bare_rows import rows_of
from tests.oracles.serving import listening

RUNS, FEEDBACK = "langsmith/runs", "langsmith/feedback"
OF_KEY = {"X-API-Key": KEY}
ORPHAN = CHILD | {
    "id": "0" * 8 + CHILD["id"][8:],
    "parent_run_id": "9" * 8 + CHILD["id"][8:],
    "dotted_order": ROOT["dotted_order"]
    + f".20260601T120000000000Z{'9' * 8}{CHILD['id'][8:]}"
    + f".20260601T120000000000Z{'0' * 8}{CHILD['id'][8:]}",
}
UPDATE = {"id": "5" * 8 + ROOT["id"][8:], "trace_id": "5" * 8 + ROOT["id"][8:]}
LATE = UPDATE | {
    "dotted_order": f"20260601T120000000000Z{UPDATE['id']}",
    "outputs": {"secret": "never shown"},
}


@contextmanager
def serving(*names: str) -> Iterator[Client]:
    scenarios = bundled.scenarios_of([bundled.find(name) for name in names])
    scenarios.load_chosen()
    application = bundled.application_of(scenarios)
    with (
        listening(application, scenarios) as (host, port),
        Client(base_url=f"http://{host}:{port}", headers=OF_KEY) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def server() -> Iterator[Client]:
    """Of `tiny`, and of `one-run` as another scenario."""
    with serving("tiny", "one-run") as client:
        yield client


@pytest.fixture
def saved(server: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """Runs the command, and returns its status and what it says."""

    def save(*arguments: str) -> tuple[int, list[str], list[str]]:
        url = () if "--url" in arguments else ("--url", str(server.base_url))
        status = main(["fixtures", "save", "mine", *url, "--out", str(tmp_path), *arguments])
        told = capsys.readouterr()
        return status, told.out.splitlines(), told.err.splitlines()

    yield save
    server.post("/__locum/reset")


def sent(server: Client, *runs: Any, sandbox: str = "", kind: str = "post") -> None:
    headers = {"Prefer": f"sandbox={sandbox}"} if sandbox else {}
    answer = server.post("/runs/batch", json={kind: runs}, headers=headers)
    assert answer.status_code == 202, answer.text


def test_an_untouched_dataset_is_saved_as_it_is(saved: Any, tmp_path: Path) -> None:
    tiny = bundled.find("tiny")
    status, told, errors = saved()
    assert (status, errors) == (0, [])
    assert told[0] == f"{tmp_path / 'mine'}  {tiny.manifest['logical_hash']}"
    assert told[1:] == [
        f"  {rows:>9,}  {table}" for table, rows in sorted(tiny.manifest["rows"].items())
    ]
    manifest = json.loads((tmp_path / "mine" / "manifest.json").read_text())
    assert (manifest["name"], manifest["now"]) == ("mine", tiny.manifest["now"])
    again = datasets.read(tmp_path / "mine", tiny.tables)
    assert logical_hash.of_dataset(again) == manifest["logical_hash"]


def test_what_was_written_is_saved_and_answers_are_the_same(
    server: Client, saved: Any, tmp_path: Path
) -> None:
    sent(server, ROOT, CHILD)
    feedback = {"run_id": ROOT["id"], "key": "liked", "score": True}
    assert server.post("/api/v1/feedback", json=feedback).status_code == 200
    status, told, _ = saved()
    assert status == 0
    assert "        252  langsmith/runs" in told
    asked: list[tuple[str, str, Any]] = [
        ("GET", f"/api/v1/runs/{ROOT['id']}", None),
        ("POST", "/api/v1/runs/stats", {"is_root": True}),
        ("POST", "/api/v1/runs/query", {"trace": ROOT["id"]}),
        ("GET", f"/api/v1/feedback?run={ROOT['id']}", None),
        ("GET", "/api/v1/sessions?name=mine", None),
    ]
    before = [server.request(method, path, json=body) for method, path, body in asked]
    with serving(str(tmp_path / "mine")) as again:
        after = [again.request(method, path, json=body) for method, path, body in asked]
    assert [each.status_code for each in before] == [200] * len(asked)
    assert [each.content for each in after] == [each.content for each in before]


def test_a_sandbox_is_saved_with_the_scenario_that_it_is_set_to(
    server: Client, saved: Any, tmp_path: Path
) -> None:
    server.put("/__locum/sandboxes/box", json={"scenario": "one-run"})
    sent(server, ROOT, sandbox="box")
    status, told, _ = saved("--sandbox", "box")
    assert (status, [line for line in told if RUNS in line]) == (0, ["          2  langsmith/runs"])
    names = sorted(row["name"] for row in rows_of(tmp_path / "mine")(RUNS))
    assert "agent" in names
    status, told, _ = saved("--scenario", "one-run", "--replace")
    assert (status, [line for line in told if RUNS in line]) == (0, ["          1  langsmith/runs"])
    server.delete("/__locum/sandboxes/box")


def test_what_is_incomplete_is_saved_and_told(server: Client, saved: Any, tmp_path: Path) -> None:
    sent(server, ORPHAN)
    sent(server, LATE, kind="patch")
    status, told, _ = saved()
    assert status == 0
    left_out = "1 runs are left out, of which too little has come: no name, type, start or place"
    unknown = "1 rows of langsmith/runs are saved with an unknown parent_run_id: "
    assert left_out in told
    assert any(line.startswith(unknown) for line in told)
    assert any(line.startswith("warning: ") and "parent_run_id is" in line for line in told)
    manifest = json.loads((tmp_path / "mine" / "manifest.json").read_text())
    assert [(each["name"], each["count"]) for each in manifest["incomplete"]] == [
        ("incomplete_runs", 1),
        ("langsmith/runs.parent_run_id", 1),
    ]
    assert ORPHAN["id"] in {row["id"] for row in rows_of(tmp_path / "mine")(RUNS)}


def test_texts_are_replaced(server: Client, saved: Any, tmp_path: Path) -> None:
    secret = ROOT | {"inputs": {"question": "a secret text"}, "extra": {"metadata": {"keep": "me"}}}
    sent(server, secret)
    status, _, errors = saved("--anonymise", "--secret", "s", "--keep", "keep", "--json")
    assert (status, errors) == (0, [])
    files = [file for file in (tmp_path / "mine").rglob("*") if file.is_file()]
    assert all(b"a secret text" not in file.read_bytes() for file in files)
    assert any(b'"keep":"me"' in file.read_bytes() for file in files)
    manifest = json.loads((tmp_path / "mine" / "manifest.json").read_text())
    assert manifest["description"] == "tiny with what was written to it, anonymised"
    assert main(["fixtures", "check", str(tmp_path / "mine")]) == 0


def test_a_dataset_without_keys_is_saved_and_opened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Any key opens what was written to it; with texts replaced, the usual one does: its tenant is
    another one then, whom no other key would open."""
    prices = tmp_path / "bare" / "prices.json"
    prices.parent.mkdir()
    prices.write_text("[]")
    with serving(str(prices.parent)) as client:
        client.headers["X-API-Key"] = "of-my-own"
        assert client.get("/sessions").json() == []
        sent(client, ROOT)
        (project,) = client.get("/sessions").json()
        assert project["name"] == ROOT["session_name"]
        assert project["tenant_id"] == "11111111-1111-4111-8111-111111111111"
        asked = ["fixtures", "save", "--url", str(client.base_url), "--out", str(tmp_path)]
        assert main([*asked, "as-it-is"]) == main([*asked, "hidden", "--anonymise"]) == 0
    capsys.readouterr()
    assert not (tmp_path / "as-it-is" / "keys.jsonl").exists()
    for name in ("as-it-is", "hidden"):
        with serving(str(tmp_path / name)) as client:
            (project,) = client.get("/sessions?include_stats=true").json()
            assert project["run_count"] == 1
            assert (project["name"] == ROOT["session_name"]) == (name == "as-it-is")


def test_nothing_is_replaced_without_being_told_to(saved: Any, tmp_path: Path) -> None:
    assert saved()[0] == 0
    before = (tmp_path / "mine" / "manifest.json").read_bytes()
    status, _, errors = saved("--scenario", "one-run")
    assert (status, errors[0]) == (2, f"error: {tmp_path / 'mine'} is there already")
    assert (tmp_path / "mine" / "manifest.json").read_bytes() == before
    assert saved("--scenario", "one-run", "--replace")[0] == 0
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    status, _, errors = saved("--replace")
    assert (status, "which no dataset does" in errors[0]) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "error", "fix"),
    [
        (("--key", "locum-read-key"), "answers 403: ", "name a --key of the dataset"),
        (("--key", "nobody"), "answers 401: ", "name a --key of the dataset"),
        (("--sandbox", "none"), "answers 404: ", "name a --scenario and a --sandbox"),
        (("--scenario", "none"), "answers 404: ", "name a --scenario and a --sandbox"),
        (("--url", "http://127.0.0.1:9"), "no server answers at", "start one with `locum serve`"),
        (("--recorded", "nowhere"), "nothing is recorded in nowhere", "name the DIR of"),
    ],
)
def test_what_cannot_be_saved_is_told(
    saved: Any, tmp_path: Path, arguments: tuple[str, ...], error: str, fix: str
) -> None:
    status, _, errors = saved(*arguments)
    assert status == 2
    assert error in errors[0]
    assert errors[1].startswith(f"fix: {fix}")
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--keep", "a"), "say how to --anonymise"),
        (("--url", "ftp://x"), "expected http://"),
        (("--recorded", "x", "--sandbox", "y"), "--sandbox is of a server"),
    ],
)
def test_wrong_usage_is_told(saved: Any, arguments: tuple[str, ...], said: str) -> None:
    status, _, errors = saved(*arguments)
    assert (status, said in "\n".join(errors)) == (2, True)


@pytest.mark.parametrize("name", ["..", "a/b", "", ".hidden"])
def test_a_name_is_that_of_a_folder(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fixtures", "save", name]) == 2
    assert "expected letters, digits" in capsys.readouterr().err


class _Half(BaseHTTPRequestHandler):
    """Sends the half of an archive."""

    length = 1000

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(self.length))
        self.end_headers()
        self.wfile.write(b"PK" + b"x" * 100)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("length", [102, 1000])
def test_half_an_archive_is_no_dataset(saved: Any, tmp_path: Path, length: int) -> None:
    _Half.length = length
    half = HTTPServer(("127.0.0.1", 0), _Half)
    thread = threading.Thread(target=half.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{half.server_port}"
    status, _, errors = saved("--url", url, "--scenario", "x")
    half.shutdown()
    thread.join()
    half.server_close()
    assert status == 2
    assert "is not whole" in errors[0] or "was cut off" in errors[0]
    assert not (tmp_path / "mine").exists()
