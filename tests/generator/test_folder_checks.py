"""`locum fixtures check DIR`, as a user meets it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from locum.cli.main import main
from tests.conftest import ROOT

TOY = str(ROOT / "examples" / "toy")


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A copy of tiny."""
    shutil.copytree(ROOT / "fixtures" / "tiny", tmp_path / "mine")
    return tmp_path / "mine"


def checked(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, list[str]]:
    """The status, and the lines that are printed."""
    status = main(["fixtures", "check", *map(str, arguments)])
    captured = capsys.readouterr()
    assert captured.err == ""
    return status, captured.out.splitlines()


def test_a_folder_that_is_right_has_no_differences(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checked(capsys, mine) == (0, ["0 differences in 1 datasets"])
    assert checked(capsys, mine, "one-run") == (0, ["0 differences in 2 datasets"])


def test_errors_come_first_and_doubts_are_warnings(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each with what to do."""
    file = mine / "langsmith" / "runs.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines()
    row = json.loads(lines[1]) | {"status": "weird"}
    file.write_text("\n".join([lines[0], json.dumps(row), *lines[2:], lines[4]]), encoding="utf-8")
    (mine / "notes.txt").touch()
    status, (twice, notes, rows, weird, last) = checked(capsys, mine)
    assert status == 1
    assert twice.startswith(f"error: {file}:251: id is '")
    assert twice.endswith("expected each id once; fix: give the row another id, or leave it out")
    assert notes == f"warning: {mine}/notes.txt is no table: it is not read; fix: move it away"
    assert rows.startswith(
        f"warning: {mine}/manifest.json: rows of langsmith/runs are 250, found 251 in its file"
    )
    assert weird == (
        f"warning: {file}:2: status is 'weird', expected one of success, error, pending; "
        "fix: mend the row, or leave it out"
    )
    assert last == "4 differences in 1 datasets"


def test_a_changed_value_is_found_by_the_hash(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that could be right."""
    file = mine / "langsmith" / "runs.jsonl"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"name":"', '"name":"x', 1), encoding="utf-8")
    status, (line, _) = checked(capsys, mine)
    assert status == 1
    assert line.startswith(f"warning: {mine}/manifest.json: logical_hash is '")
    (mine / "manifest.json").write_text('{"name": "mine"}', encoding="utf-8")
    assert checked(capsys, mine)[0] == 0


def test_a_folder_that_cannot_be_read_is_told_of(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of its files, not only the first."""
    (mine / "langsmith" / "runs.jsonl").write_text("x\ny\n", encoding="utf-8")
    (mine / "keys.jsonl").write_text("x", encoding="utf-8")
    (mine / "manifest.json").write_text("{", encoding="utf-8")
    (mine / "langsmith" / "feedback.jsonl").unlink()
    (mine / "langsmith" / "feedback.jsonl").symlink_to("nowhere")
    status, lines = checked(capsys, mine)
    assert status == 1
    places = [line.split(": ")[1].removeprefix(f"{mine}/").split(" ")[0] for line in lines[:-1]]
    assert places == [
        "manifest.json",
        "langsmith/feedback.jsonl",
        "keys.jsonl:1",
        "langsmith/runs.jsonl:1",
        "langsmith/runs.jsonl:2",
    ]


def test_a_hundred_findings_are_told_and_the_rest_is_counted(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (mine / "langsmith" / "runs.jsonl").write_text("x\n" * 120, encoding="utf-8")
    status, lines = checked(capsys, mine)
    assert status == 1
    assert lines[-2:] == ["and 20 more", "101 differences in 1 datasets"]


def test_a_folder_without_tables_is_no_dataset(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    status, (line, _) = checked(capsys, tmp_path / "empty")
    assert status == 1
    assert line.startswith(f"error: {tmp_path}/empty has no table; fix: put at least one of keys")


def test_a_table_of_another_provider_is_checked_where_that_is_named(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (mine / "toy").mkdir()
    sales = '{"shop": "north", "owner": "ann", "cents": -1}\n'
    (mine / "toy" / "sales.jsonl").write_text(sales, encoding="utf-8")
    (mine / "manifest.json").unlink()
    status, (line, _) = checked(capsys, mine)
    assert status == 1
    assert line.startswith(f"error: {mine}/toy/sales.jsonl is the table toy/sales, which no prov")
    status, lines = checked(capsys, mine, "--provider", TOY)
    assert (status, lines[:-1]) == (
        1,
        [
            (
                f"warning: {mine}/toy/sales.jsonl:1: cents is '-1', expected an integer from 0 to "
                "9,007,199,254,740,992; fix: mend the row, or leave it out"
            )
        ],
    )


@pytest.mark.parametrize("name", ["no-such", "README.md"])
def test_what_is_neither_is_status_2(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fixtures", "check", name]) == 2
    error, fix = capsys.readouterr().err.splitlines()
    assert error == f"error: no dataset {name!r}: neither a bundled name nor a folder"
    assert "tiny" in fix
    assert "folder" in fix


ORDERS = '{"id": "a", "cents": 5}\n{"id": "a", "cents": -1}\n'
DECLARED = "orders:\n  columns: {id: text, cents: integer}\n  unique: [id]\n  amounts: [cents]\n"


def test_the_tables_of_a_folder_are_checked_as_it_declares_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "orders.jsonl").write_text(ORDERS)
    (tmp_path / "tables.yaml").write_text(DECLARED)
    status, (twice, negative, last) = checked(capsys, tmp_path)
    assert status == 1
    assert twice.startswith(f"error: {tmp_path}/orders.jsonl:2: id is 'a', expected each id once")
    assert negative.startswith(f"warning: {tmp_path}/orders.jsonl:2: cents is '-1', expected ")
    assert last == "2 differences in 1 datasets"
    (tmp_path / "orders.jsonl").write_text(ORDERS.splitlines()[0])
    assert checked(capsys, tmp_path) == (0, ["0 differences in 1 datasets"])


def test_what_is_wrong_with_the_declaration_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "orders.jsonl").write_text(ORDERS)
    (tmp_path / "tables.yaml").write_text(DECLARED.replace("integer", "integr"))
    status, (wrong, *_) = checked(capsys, tmp_path)
    assert status == 1
    assert wrong.startswith(
        f"error: {tmp_path}/tables.yaml:2: orders.columns.cents: found 'integr'"
    )


def test_a_folder_that_declares_nothing_is_typed_and_told_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "orders.jsonl").write_text(ORDERS)
    status, (told, _) = checked(capsys, tmp_path)
    assert status == 1
    assert told == (
        f"warning: {tmp_path}/orders.jsonl is typed by its rows: orders: {{columns: {{id: text, "
        f"cents: integer}}}}; fix: write these types, or better ones, into {tmp_path}/tables.yaml"
    )
