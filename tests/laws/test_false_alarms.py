"""What is right is not warned of: every bundled dataset, and imports of many kinds."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from locum import providers
from locum.cli.main import main
from locum.datasets import dataset as datasets
from locum.generator import folder_checks
from tests.oracles import exported
from tests.oracles.bare_rows import rows_of
from tests.oracles.bundled import PROVIDERS, find, scenarios_of

Row = dict[str, Any]
Rows = Callable[[str], list[Row]]
RUNS, FEEDBACK, REQUESTS = "langsmith/runs", "langsmith/feedback", "helicone/requests"


@pytest.mark.parametrize("name", datasets.names())
def test_a_bundled_dataset_is_right(name: str) -> None:
    assert scenarios_of([find(name)]).load(name).doubts == ()


def runs(rows: Rows) -> list[Row]:
    """Runs as the API answers, with their tenants, and names and datasets of their projects."""
    projects = {row["id"]: row for row in rows("langsmith/sessions")}
    return [
        exported.run(
            row,
            tenant_id=row["tenant_id"],
            session_name=projects[row["session_id"]]["name"],
            reference_dataset_id=projects[row["session_id"]]["reference_dataset_id"],
        )
        for row in rows(RUNS)
    ]


def requests(rows: Rows) -> list[Row]:
    return [
        exported.request(row) | {"organization_id": row["organization_id"]}
        for row in rows(REQUESTS)
    ]


def whole(rows: Rows) -> list[list[Row]]:
    return [runs(rows), [exported.feedback(row) for row in rows(FEEDBACK)], requests(rows)]


def of_sdk(rows: Rows) -> list[list[Row]]:
    """Traces that are no experiments, whose datasets an export of the SDK does not tell."""
    plain = {row["id"] for row in rows(RUNS) if row["reference_example_id"]}
    return [[exported.run(row) for row in rows(RUNS) if row["trace_id"] not in plain]]


def bulk(rows: Rows) -> list[list[Row]]:
    """Inputs, outputs and extra are texts."""
    texts = ("inputs", "outputs", "extra")
    return [
        [row | {name: json.dumps(row[name]) for name in texts if row[name]} for row in runs(rows)]
    ]


def of_one_project(rows: Rows) -> list[list[Row]]:
    first = rows(RUNS)[0]["session_id"]
    every, feedback, _ = whole(rows)
    ids = {row["id"] for row in every if row["session_id"] == first}
    return [
        [row for row in every if row["id"] in ids],
        [row for row in feedback if row["run_id"] in ids],
    ]


def only_named_projects(rows: Rows) -> list[list[Row]]:
    """As runs that never were in the API."""
    plain, feedback, _ = of_one_project(rows)[0], of_one_project(rows)[1], None
    bare = [{k: v for k, v in row.items() if k != "session_id"} for row in plain]
    return [bare, [{k: v for k, v in row.items() if k != "session_id"} for row in feedback]]


def backwards(rows: Rows) -> list[list[Row]]:
    """As `list_runs` gives them, the latest first."""
    return [list(reversed(each)) for each in whole(rows)]


def roots(rows: Rows) -> list[list[Row]]:
    return [[row for row in runs(rows) if row["parent_run_id"] is None]]


def without_usage(rows: Rows) -> list[list[Row]]:
    left_out = ("tokens", "cost", "details")
    return [
        [{k: None if k.endswith(left_out) else v for k, v in row.items()} for row in runs(rows)]
    ]


def least(rows: Rows) -> list[list[Row]]:
    """What a row must have, and no more."""
    need = (*exported.RUN, "trace_id", "parent_run_id", "end_time")
    kept = [{name: row[name] for name in need} for row in runs(rows)]
    calls = [{name: row[name] for name in exported.REQUEST} for row in requests(rows)]
    return [kept, calls]


IMPORTS: dict[str, tuple[str, Callable[[Rows], list[list[Row]]], tuple[str, ...]]] = {
    "whole": ("tiny", whole, ()),
    "anonymised": ("tiny", whole, ("--anonymise", "--secret", "s")),
    "anonymised, with names": ("tiny", whole, ("--anonymise", "--keep", "user_score")),
    "unicode": ("unicode", whole, ()),
    "unicode, anonymised": ("unicode", whole, ("--anonymise",)),
    "late": ("late-data", whole, ()),
    "edges": ("time-edges", whole, ()),
    "extreme": ("extreme-values", whole, ()),
    "pending": ("all-pending", whole, ()),
    "failed": ("all-errors", whole, ()),
    "nothing known": ("null-heavy", whole, ()),
    "one run": ("one-run", whole, ()),
    "of the SDK": ("tiny", of_sdk, ()),
    "in bulk": ("tiny", bulk, ()),
    "one project": ("tiny", of_one_project, ()),
    "named projects": ("tiny", only_named_projects, ()),
    "the latest first": ("late-data", backwards, ()),
    "roots": ("tiny", roots, ()),
    "without usage": ("steady", without_usage, ()),
    "least": ("outage", least, ()),
    "requests": ("tiny", lambda rows: [requests(rows)], ()),
    "rows of tables": ("tiny", lambda rows: [[exported.table_row(r) for r in rows(REQUESTS)]], ()),
    "two keys": ("tiny", whole, ("--key", "a", "--key", "b")),
}


def imported(folder: Path, name: str) -> Path:
    """The import of that name, made below the folder."""
    dataset, exports, options = IMPORTS[name]
    files = []
    for number, rows in enumerate(exports(rows_of(find(dataset).folder))):
        file = folder / f"{number}.jsonl.gz"
        text = "".join(json.dumps(row) + "\n" for row in rows)
        file.write_bytes(gzip.compress(text.encode()))
        files += [str(file)] if rows else []
    out = folder / "mine"
    assert main(["fixtures", "import", *files, "--out", str(out), *options]) == 0
    return out


@pytest.mark.parametrize("name", IMPORTS)
def test_an_import_is_right(name: str, tmp_path: Path) -> None:
    """When it is loaded, and by the hash of its rows."""
    folder = imported(tmp_path, name)
    tables = providers.declared(PROVIDERS)
    assert list(folder_checks.lines(folder, tables, PROVIDERS)) == []
    assert scenarios_of([find(folder)]).load("mine").doubts == ()


def test_there_are_many_imports() -> None:
    assert len(IMPORTS) >= 20


def test_an_import_of_a_part_is_doubted_and_served(tmp_path: Path) -> None:
    """Parents, roots and runs that are not there are told of, and nothing else."""
    every, feedback, _ = whole(rows_of(find("tiny").folder))
    calls = [row for row in every if row["run_type"] == "llm"]
    files = [
        exported.lines(tmp_path / "runs.jsonl", calls),
        exported.lines(tmp_path / "feedback.jsonl", feedback),
    ]
    assert main(["fixtures", "import", *files, "--out", str(tmp_path / "mine")]) == 0
    doubts = scenarios_of([find(tmp_path / "mine")]).load("mine").doubts
    found = {(doubt.file.stem, doubt.column) for doubt in doubts}
    assert found == {("runs", "parent_run_id"), ("runs", "trace_id"), ("feedback", "run_id")}
    assert len(doubts) == len(found)
