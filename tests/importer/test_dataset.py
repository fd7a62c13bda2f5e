"""Exports of both vendors become datasets that answer as the data they were exported from."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from locum.cli.main import main
from locum.datasets import logical_hash
from locum.datasets.columns import KEY_COLUMNS, TEXT
from locum.importer.dataset import Reading, write
from locum.importer.report import Report
from locum.importer.rows import BadRow, ExportRow
from locum.importer.values import text
from locum.provider import Export, Exports, LeftOut, Row
from tests.conftest import KEY, Rows, application_over
from tests.oracles import exported
from tests.oracles.bare_rows import rows_of
from tests.oracles.bundled import find
from tests.oracles.exported import imported, known
from tests.oracles.requests_of_tiny import OPERATIONS, request

TENANT = "11111111-1111-4111-8111-111111111111"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`tiny`, exported and imported."""
    folder = tmp_path_factory.mktemp("exports")
    imported(folder / "copy", *exported.tiny(folder))
    return folder / "copy"


@pytest.fixture(scope="module")
def copy_client(copy: Path) -> Iterator[TestClient]:
    with TestClient(application_over(str(copy))) as client:
        yield client


@pytest.mark.parametrize(
    ("table", "left_out"),
    [
        ("langsmith/runs", ("share_token",)),  # a secret, which no export has
        # The SDK's Feedback always has a source's metadata and user.
        ("langsmith/feedback", ("source",)),
        # The API's answers hold no bodies, and nothing of scans and billing.
        (
            "helicone/requests",
            ("request_body", "response_body", "threat", "is_passthrough_billing"),
        ),
        # A project's description and extra are not in its runs.
        ("langsmith/sessions", ("description", "extra")),
    ],
)
def test_imported_rows_are_the_exported_ones(
    copy: Path, tiny: Rows, table: str, left_out: tuple[str, ...]
) -> None:
    # A project in which nothing ran is in no export of runs.
    ran = {row["session_id"] for row in tiny("langsmith/runs")}
    rows = [row for row in tiny(table) if table != "langsmith/sessions" or row["id"] in ran]
    expected = [known(row, *left_out) for row in rows]
    found = [known(row, *left_out) for row in rows_of(copy)(table)]
    assert len(expected) > 5
    assert sorted(map(json.dumps, found)) == sorted(map(json.dumps, expected))


def answer(client: TestClient, operation: str, world: dict[str, str]) -> Any:
    """The answer, without what an export of runs does not hold: what the examples say, what the
    projects' pages say, and the sources of feedback as they were."""
    response = client.request(**request(operation, world))
    assert response.status_code == 200, response.text

    def strip(value: Any) -> Any:
        if isinstance(value, list):
            return [strip(item) for item in value]
        if not isinstance(value, dict):
            return value
        lost = {"description", "sources", "feedback_source"}
        lost |= {"extra"} if "trace_tier" in value else set()
        lost |= {"inputs", "outputs", "metadata", "name", "created_at", "modified_at"} & (
            value.keys() if "attachment_urls" in value else set()
        )
        return {k: strip(v) for k, v in value.items() if k not in lost}

    return strip(response.json())


@pytest.mark.parametrize("operation", OPERATIONS)
def test_answers_are_those_over_the_original(
    client: TestClient,
    copy_client: TestClient,
    copy: Path,
    world: dict[str, str],
    operation: str,
) -> None:
    (shared,) = (
        row for row in rows_of(copy)("langsmith/datasets") if row["id"] == world["dataset"]
    )
    copied = world | {"share_token": shared["share_token"]}
    expected = answer(client, operation, world)
    found = answer(copy_client, operation, copied)
    if operation == "group_runs":  # examples are ordered by when they were made: not in the export
        for group in [*expected["groups"], *found["groups"]]:
            group["examples"].sort(key=lambda example: example["id"])
    assert found == expected


def test_keys_open_the_tenants_of_the_rows(tmp_path: Path, tiny: Rows) -> None:
    runs = [exported.run(row) for row in tiny("langsmith/runs")[:2]]
    runs[1]["tenant_id"] = "CCCCCCCC-0000-4000-8000-000000000001"
    file = exported.lines(tmp_path / "runs.jsonl", runs)
    plain = imported(tmp_path / "plain", file)("keys")
    assert [(row["key"], row["provider"], row["tenant_id"]) for row in plain] == [
        (KEY, "langsmith", TENANT),
        (KEY, "langsmith", "cccccccc-0000-4000-8000-000000000001"),
    ]
    named = imported(tmp_path / "named", file, "--key", "a", "--key", "b")("keys")
    assert [row["key"] for row in named] == ["a", "b", "a", "b"]


def test_json_ends_with_the_manifest(
    tmp_path: Path, tiny: Rows, capsys: pytest.CaptureFixture[str]
) -> None:
    run = exported.run(tiny("langsmith/runs")[1])
    run |= {"total_cost": 0.0000000015, "prompt_cost": "0.0000000025", "novel": 1}
    run |= {"feedback_stats": {"k": {"n": 1}}}
    file = exported.lines(tmp_path / "runs.jsonl", [run])
    out = tmp_path / "out"
    assert main(["fixtures", "import", file, "--out", str(out), "--name", "mine", "--json"]) == 0
    *_, figures, manifest = map(json.loads, capsys.readouterr().out.splitlines())
    assert figures == {
        "read": 1,
        "bad": 0,
        "rounded": 2,
        "unknown_fields": {"novel": 1},
        "feedback_stats": 1,
        "examples_left_out": 0,
    }
    assert manifest == json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["name"] == "mine"
    assert manifest["now"] == run["end_time"]
    assert manifest["logical_hash"] == logical_hash.of_dataset(find(str(out)))
    (row,) = rows_of(out)("langsmith/runs")
    assert (row["total_cost_nano"], row["prompt_cost_nano"]) == (2, 2)  # half to even


def test_serving_imports_no_importer() -> None:
    code = "import sys, locum.cli.main, locum.app; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True)
    assert "locum.engine" in done.stdout
    assert "locum.importer" not in done.stdout


def box(exported: ExportRow) -> dict[str, Any]:
    return {"id": exported.need("box", text), "owner": exported.take("owner", text)}


def lid(exported: ExportRow) -> dict[str, Any]:
    return {"id": exported.need("lid", text), "box": exported.need("of", text)}


COLUMNS = {
    "keys": KEY_COLUMNS,
    "acme/boxes": {"id": TEXT, "owner": TEXT},
    "acme/lids": {"id": TEXT, "box": TEXT},
}
BOXES = Export("acme/boxes", "id", "owner", ("box",), "a box", box, unused=("size",))
LIDS = Export("acme/lids", "id", None, ("lid", "of"), "a lid", lid)


class Lids:
    """Keeps lids until all boxes are there, and leaves out those of boxes that are not."""

    def __init__(self) -> None:
        self.boxes: set[str] = set()
        self.lids: list[dict[str, Any]] = []

    def add(self, table: str, row: dict[str, Any], fields: Row) -> bool:
        assert "id" not in fields
        if table == "acme/boxes":
            self.boxes.add(row["id"])
            return True
        self.lids.append(row)
        return False

    def rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        yield from (("acme/lids", row) for row in self.lids if row["box"] in self.boxes)

    def left_out(self) -> list[LeftOut]:
        lost = sum(row["box"] not in self.boxes for row in self.lids)
        return [LeftOut("lost_lids", lost, f"{lost} lids left out")]


def reading(*kinds: Export, provider: str | None = None) -> Reading:
    return Reading(
        exports={"acme": Exports(kinds, gather=Lids)},
        columns=COLUMNS,
        tenant="me",
        provider=provider,
    )


def test_another_vendors_rows_are_imported(tmp_path: Path) -> None:
    """Its ids are no UUIDs. Who does not tell its owner is the tenant's; the lid of a box that
    comes later is there, and the lid of none is left out."""
    rows: list[dict[str, Any]] = [
        {"lid": "l1", "of": "b2"},
        {"lid": "l2", "of": "b9"},
        {"box": "b1", "size": 5, "colour": "red"},
        {"box": "b2", "owner": "you"},
        {"box": "b1"},
    ]
    file, report = exported.lines(tmp_path / "rows.jsonl", rows), Report()
    manifest = write(
        [file],
        tmp_path / "out",
        reading(BOXES, LIDS),
        report,
        name="mine",
        keys=["k"],
        skip_bad_rows=True,
    )
    read = rows_of(tmp_path / "out")
    assert read("acme/boxes") == [{"id": "b1", "owner": "me"}, {"id": "b2", "owner": "you"}]
    assert read("acme/lids") == [{"id": "l1", "box": "b2"}]
    assert read("keys") == [
        {"key": "k", "provider": "acme", "tenant_id": tenant, "access": "rw"}
        for tenant in ("me", "you")
    ]
    assert manifest["description"] == "imported: 2 acme/boxes, 1 acme/lids"
    assert manifest["rows"] == {"keys": 2, "acme/boxes": 2, "acme/lids": 1}
    assert list(report.faults()) == [f"{file}:5: id: found b1 again, expected every id once"]
    assert report.unknown == {"colour": 1}
    assert list(report.notes()) == [
        "1 lids left out",
        "1 unknown fields left out: 'colour' (1 rows)",
    ]


def test_a_row_is_of_the_first_kind_whose_fields_it_has() -> None:
    kinds = reading(BOXES, LIDS)
    assert kinds.kind({"box": 1}) == ("acme", BOXES)
    assert kinds.kind({"of": 1, "lid": 1}) == ("acme", LIDS)
    assert kinds.kind({"of": 1, "lid": 1, "box": 1}) == ("acme", BOXES)


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        ((BOXES, LIDS), "found neither box (a box) nor lid and of (a lid), expected one of them,"),
        ((BOXES,), "found no box (a box), expected one of them,"),
    ],
)
def test_a_row_of_no_kind_is_told_which_there_are(kinds: tuple[Export, ...], told: str) -> None:
    with pytest.raises(BadRow) as refused:
        reading(*kinds).kind({"lid": 1})
    assert str(refused.value) == f"{told} or --provider"


def test_a_provider_decides_what_the_row_does_not_tell() -> None:
    assert reading(BOXES, LIDS, provider="acme").kind({"lid": 1}) == ("acme", BOXES)
