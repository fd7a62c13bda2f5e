"""The command `locum fixtures import`: its flags, its status, and what it leaves alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from locum.cli.main import main
from tests.oracles.bare_rows import rows_of
from tests.oracles.exported import FEEDBACK, ID, REQUEST, RUN, imported, lines


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def failed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """What the command says on stderr when it fails with status 2."""
    assert main(["fixtures", "import", *arguments]) == 2
    return capsys.readouterr().err.splitlines()


def test_skipped_rows_are_told_with_status_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first of two rows with one id stays."""
    file = lines(tmp_path / "runs.jsonl", [RUN, RUN | {"name": "again"}, RUN | {"id": 1}])
    out = tmp_path / "out"
    assert main(["fixtures", "import", file, "--out", str(out), "--skip-bad-rows"]) == 1
    told = capsys.readouterr()
    assert told.err.splitlines() == [
        f"{file}:2: id: found {RUN['id']} again, expected every id once",
        f"{file}:3: id: found 1, expected a UUID",
    ]
    assert "1  langsmith/runs" in told.out
    assert [row["name"] for row in rows_of(out)("langsmith/runs")] == [RUN["name"]]


def test_no_good_row_is_no_dataset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = lines(tmp_path / "runs.jsonl", [{}]), tmp_path / "out"
    *_, error, _ = failed(capsys, file, "--out", str(out), "--skip-bad-rows")
    assert error == "error: there is no row to import"
    assert not out.exists()


def test_an_array_without_rows_is_no_dataset(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "runs.json"
    file.write_text('{"runs": [ ]}', encoding="utf-8")
    error, _ = failed(capsys, str(file), "--out", str(tmp_path / "out"))
    assert error == "error: there is no row to import"


def test_twenty_bad_rows_are_shown_the_others_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = lines(tmp_path / "runs.jsonl", [{}] * 1234)
    told = failed(capsys, file, "--out", str(tmp_path / "out"))
    assert [line.partition(": ")[0] for line in told[:20]] == [f"{file}:{n}" for n in range(1, 21)]
    assert told[20] == "… and 1,214 more bad rows"
    assert told[21:] == [
        "error: 1,234 of 1,234 rows are bad; nothing was written",
        "fix: mend them, or leave them out with --skip-bad-rows",
    ]


def test_provider_decides_where_the_rows_do_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {**RUN, **REQUEST, **FEEDBACK}
    file, out = lines(tmp_path / "rows.jsonl", [row]), tmp_path / "out"
    imported(out, file, "--provider", "helicone")
    assert files_in(out) == {"helicone", "keys.jsonl", "manifest.json"}
    imported(out, file, "--provider", "langsmith")
    assert files_in(out) == {"langsmith", "keys.jsonl", "manifest.json"}
    bare = lines(tmp_path / "bare.jsonl", [{"id": ID.format(1)}])
    assert (
        "session_id: found nothing"
        in failed(capsys, bare, "--provider", "langsmith", "--out", str(out))[0]
    )


def test_a_dataset_is_replaced_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    imported(out, lines(tmp_path / "request", [REQUEST]))
    imported(out, run := lines(tmp_path / "run", [RUN]))
    assert files_in(out) == {"keys.jsonl", "langsmith", "manifest.json"}
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    error, fix = failed(capsys, run, "--out", str(out))
    assert error == f"error: {out} holds notes.txt, which no dataset does"
    assert fix == "fix: choose another --out, or move it away"
    error, _ = failed(capsys, run, "--out", run)
    assert error == f"error: {run} is a file, expected a dataset or nothing"
    error, _ = failed(capsys, run, "--out", f"{run}/below")
    assert error.startswith(f"error: {run}")


def test_failure_leaves_the_old_dataset(tmp_path: Path) -> None:
    out = tmp_path / "out"
    imported(out, lines(tmp_path / "run", [RUN]))
    old = (out / "langsmith/runs.jsonl").read_bytes()
    bad = lines(tmp_path / "bad", [RUN | {"name": "new"}, {}])
    assert main(["fixtures", "import", bad, "--out", str(out)]) == 2
    assert (out / "langsmith/runs.jsonl").read_bytes() == old
    assert files_in(tmp_path) == {"bad", "out", "run"}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("missing", None, "No such file or directory"),
        (".", None, "Is a directory"),
        ("cut.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab", "Compressed file ended"),
        ("bad.gz", b"\x1f\x8b" + b"\0" * 20, "Unknown compression method"),
        ("mangled.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + b"\xff" * 99, "Error -3"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: bytes | None,
    told: str,
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    error, fix = failed(capsys, str(file), "--out", str(tmp_path / "out"))
    assert error.startswith(f"error: {file}: {told}")
    assert fix == "fix: name files of JSON or JSONL, plain or gzip, or - for stdin"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["f"],
        ["f", "--out", "o", "--keep", "x"],
        ["f", "--out", "o", "--secret", "x"],
        ["f", "--out", "o", "--anonymise", "--secret", ""],
    ],
)
def test_wrong_usage_is_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert any(line.startswith("Error: ") for line in failed(capsys, *arguments))


@pytest.mark.parametrize("key", ["", " a ", "a\n", "a\x7fb"])
def test_a_key_that_no_request_can_give_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    file, out = lines(tmp_path / "f", [RUN]), tmp_path / "out"
    told = failed(capsys, file, "--out", str(out), "--key", "good", "--key", key)[-1]
    assert told == (
        f"Error: Invalid value for --key: found {key!r}, expected a text without spaces around it "
        "or control characters in it: no request could give it"
    )
    assert not out.exists()


def test_a_key_given_twice_is_written_once(tmp_path: Path) -> None:
    keys = ["--key", "b c", "--key", "a", "--key", "b c"]
    found = imported(tmp_path / "out", lines(tmp_path / "f", [RUN]), *keys)("keys")
    assert [row["key"] for row in found] == ["b c", "a"]


def test_notes_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = RUN | {
        "feedback_stats": {"k": {"n": 1}},
        "reference_example_id": ID.format(5),
        "total_cost": "0.00000000015",
        "novel\x1b[2J": 1,
    }
    imported(tmp_path / "out", lines(tmp_path / "f", [run]))
    assert capsys.readouterr().out.splitlines()[-4:] == [
        "1 amounts were rounded to nano-USD, half to even",
        (
            "feedback_stats of 1 runs left out: they are totals; import the feedback itself "
            "(the SDK's list_feedback)"
        ),
        "1 examples left out: no run of their project names the dataset (reference_dataset_id)",
        r"1 unknown fields left out: 'novel\x1b[2J' (1 rows)",
    ]


def test_manifest_tells_the_rows(tmp_path: Path) -> None:
    out = tmp_path / "out"
    imported(out, lines(tmp_path / "f", [RUN, REQUEST]))
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["name"] == "out"
    assert {table: rows for table, rows in manifest["rows"].items() if rows} == {
        "keys": 2,
        "langsmith/sessions": 1,
        "langsmith/runs": 1,
        "helicone/requests": 1,
    }
