"""What follows from all runs of an import: projects, datasets, examples, and feedback's project."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID, uuid5

import pytest

from locum.cli.main import main
from locum.langsmith.exported_projects import Gathered
from tests.oracles.exported import FEEDBACK, ID, RUN, imported, lines

DATASET, EXAMPLE = ID.format(7), ID.format(8)


def test_feedback_takes_the_project_of_its_run(tmp_path: Path) -> None:
    """Whether the run comes before or after it."""
    before = FEEDBACK | {"run_id": RUN["id"]}
    files = [
        lines(tmp_path / "1", [before]),
        lines(tmp_path / "2", [RUN]),
        lines(tmp_path / "3", [before | {"id": ID.format(3)}]),
        lines(tmp_path / "4", [FEEDBACK | {"id": ID.format(4)}]),
    ]
    found = imported(tmp_path / "out", *files)("langsmith/feedback")
    assert {row["id"]: row.get("session_id") for row in found} == {
        before["id"]: RUN["session_id"],
        ID.format(3): RUN["session_id"],
        ID.format(4): None,
    }


def test_feedback_that_grows_too_large_by_its_project_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is as large as may be without one: its project's id makes it 52 bytes larger."""
    columns = FEEDBACK | {"run_id": RUN["id"], "created_at": "2026-01-02T03:04:05.000000Z"}
    columns |= {"modified_at": columns["created_at"], "comment": ""}
    text = json.dumps(columns, separators=(",", ":")) + "\n"
    columns["comment"] = "x" * (2**24 - len(text))
    file = lines(tmp_path / "f", [RUN, columns])
    assert main(["fixtures", "import", file, "--out", str(tmp_path / "out")]) == 2
    error, fix = capsys.readouterr().err.splitlines()
    assert error == (
        "error: langsmith/feedback: found a row of 16,777,268 bytes, expected 16,777,216 at most"
    )
    assert fix.startswith("fix: ")
    assert not (tmp_path / "out").exists()


def test_a_project_without_an_id_goes_by_its_name(tmp_path: Path) -> None:
    runs = [
        RUN | {"id": ID.format(n), "session_id": None, "session_name": name}
        for n, name in enumerate(("a", "b", "a"))
    ]
    read = imported(tmp_path / "out", lines(tmp_path / "runs", runs))
    ids = {row["name"]: row["id"] for row in read("langsmith/sessions")}
    assert [row["session_id"] for row in read("langsmith/runs")] == [ids[n] for n in "aba"]


def test_a_project_lasts_from_its_first_run_to_its_last(tmp_path: Path) -> None:
    """An experiment, which has a dataset, has ended; a project of an application goes on."""
    times = (("03:04:05Z", "03:04:06Z"), ("03:04:04Z", "03:04:09Z"), ("03:04:07Z", "03:04:08Z"))
    runs = [
        RUN
        | {
            "id": f"aaaaaaaa-0000-4000-8000-{session}0000000000{n}",
            "session_id": ID.format(session),
        }
        | {"start_time": f"2026-01-02T{start}", "end_time": f"2026-01-02T{end}"}
        | ({"reference_dataset_id": DATASET} if session == 6 else {})
        for session in (5, 6)
        for n, (start, end) in enumerate(times)
    ]
    read = imported(tmp_path / "out", lines(tmp_path / "runs", runs))
    first, last = "2026-01-02T03:04:04.000000Z", "2026-01-02T03:04:09.000000Z"
    rows = [
        (row["start_time"], row.get("end_time"), row.get("reference_dataset_id"))
        for row in read("langsmith/sessions")
    ]
    assert rows == [(first, None, None), (first, last, DATASET)]


def test_a_dataset_and_its_examples_follow_from_experiments(tmp_path: Path) -> None:
    """One run of the project tells the dataset; an example is as old as its first run."""
    runs = [
        RUN | {"id": ID.format(1), "reference_example_id": EXAMPLE},
        RUN | {"id": ID.format(2), "reference_dataset_id": DATASET},
        RUN
        | {"id": ID.format(3), "reference_example_id": EXAMPLE}
        | {"start_time": "2026-01-02T03:04:04Z"},
    ]
    read = imported(tmp_path / "out", lines(tmp_path / "runs", runs))
    assert read("langsmith/datasets") == [
        {
            "id": DATASET,
            "tenant_id": "11111111-1111-4111-8111-111111111111",
            "name": DATASET,
            "share_token": str(uuid5(UUID(DATASET), "share_token")),
        }
    ]
    assert read("langsmith/examples") == [
        {
            "id": EXAMPLE,
            "dataset_id": DATASET,
            "inputs": {},
            "created_at": "2026-01-02T03:04:04.000000Z",
            "modified_at": "2026-01-02T03:04:04.000000Z",
        }
    ]


def test_what_is_left_out_is_counted() -> None:
    """Two runs with totals of feedback; an example whose dataset no run names."""
    gathered = Gathered()
    row = {
        "tenant_id": "t",
        "session_id": ID.format(9),
        "session_name": None,
        "reference_dataset_id": None,
        "reference_example_id": EXAMPLE,
        "start_time": "2026",
        "end_time": None,
    }
    for number in range(3):
        fields = {"feedback_stats": {"k": {"n": 1}}} if number else {"feedback_stats": {}}
        assert gathered.add("langsmith/runs", row | {"id": ID.format(number)}, fields)
    assert [table for table, _ in gathered.rows()] == ["langsmith/sessions"]
    assert [(each.name, each.count) for each in gathered.left_out()] == [
        ("feedback_stats", 2),
        ("examples_left_out", 1),
    ]
