"""`locum fixtures check` finds what is wrong, and tells where."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from locum import resources
from locum.cli.main import main
from locum.datasets import dataset as datasets
from locum.generator import cache, checks
from tests.oracles.bundled import PROVIDERS, TABLES

Row = dict[str, Any]


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of fixtures/ with `tiny` alone, without its claims, in place of the bundled one."""
    original = resources.bundled("fixtures")
    for part in (
        "README.md",
        "recipe.schema.json",
        "world.yaml",
        "texts.yaml",
        "agreement.yaml",
        "recipes/tiny.yaml",
    ):
        (tmp_path / part).parent.mkdir(exist_ok=True)
        shutil.copy(original / part, tmp_path / part)
    recipe = tmp_path / "recipes" / "tiny.yaml"
    recipe.write_text(recipe.read_text(encoding="utf-8").partition("claims:")[0], encoding="utf-8")
    shutil.copytree(original / "tiny", tmp_path / "tiny")
    modules = (
        "datasets.dataset",
        *(f"generator.{m}" for m in ("checks", "recipe_loader", "rules")),
    )
    for module in modules:
        monkeypatch.setattr(f"locum.{module}.bundled", lambda _: tmp_path)
    return tmp_path


def changed(bundle: Path, table: str, number: int, change: Callable[[Row], object]) -> Row:
    """Change a row of tiny's table in place. The row before."""
    file = bundle / "tiny" / f"{table}.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines()
    row = json.loads(lines[number])
    change(row)
    before = json.loads(lines[number])
    lines[number] = json.dumps(row)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return dict(before)


def found(capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert main(["fixtures", "check"]) == 1
    *faults, summary = capsys.readouterr().out.splitlines()
    assert summary == f"{len(faults)} differences in 1 datasets"
    return faults


def test_nothing_is_found_where_all_is_well(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fixtures", "check"]) == 0
    assert capsys.readouterr().out == "0 differences in 1 datasets\n"


def test_a_changed_value_is_told_with_row_and_column(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = changed(bundle, "langsmith/runs", 5, lambda row: row.update(name="other"))
    place = f"{bundle}/tiny: langsmith/runs: {before['id']}: name"
    assert found(capsys) == [f"{place}: expected {before['name']!r}, found 'other'"]


@pytest.mark.parametrize(
    ("table", "column", "value", "expected"),
    [
        ("langsmith/runs", "session_id", "nowhere", "expected a id of langsmith/sessions"),
        ("langsmith/runs", "prompt_tokens", -5, "expected 0 or more, found -5"),
        ("langsmith/runs", "end_time", "2030-01-01T00:00:00.000000Z", "expected not after now"),
        ("langsmith/feedback", "run_id", "nowhere", "expected a id of langsmith/runs"),
        ("helicone/requests", "cost", 123_456_789, "expected the run's total_cost_nano"),
        ("helicone/requests", "cost", 123_456_789, "expected per session, the sum of total_cost"),
        ("helicone/requests", "latency", 1, "expected the run's duration in ms, found 1"),
    ],
)
def test_what_does_not_fit_together_is_told(
    bundle: Path,
    capsys: pytest.CaptureFixture[str],
    table: str,
    column: str,
    value: object,
    expected: str,
) -> None:
    changed(bundle, table, 30, lambda row: row.update({column: value}))
    told = [fault for fault in found(capsys) if fault.startswith(f"tiny: {table}: ")]
    assert any(f": {column}: {expected}" in fault for fault in told), told


def test_a_missing_row_is_told(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = bundle / "tiny" / "langsmith" / "feedback.jsonl"
    first, *rest = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(rest), encoding="utf-8")
    place = f"{bundle}/tiny: langsmith/feedback: {json.loads(first)['id']}"
    assert found(capsys) == [f"{place}: expected a row, found no row"]


def test_a_recipe_that_gives_other_rows_than_the_manifest_says_is_told(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = bundle / "recipes" / "tiny.yaml"
    text = recipe.read_text(encoding="utf-8")
    recipe.write_text(text.replace("seed: 113", "seed: 114"), encoding="utf-8")
    told = found(capsys)
    assert told[0] == "tiny: manifest.json: seed: expected 114, found 113"
    assert any(fault.startswith("tiny: manifest.json: logical_hash: expected ") for fault in told)


def test_a_claim_that_does_not_hold_is_told(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (bundle / "recipes" / "tiny.yaml").open("a", encoding="utf-8") as recipe:
        recipe.write(
            "claims:\n"
            "  - {claim: many runs, select: SELECT count(*) FROM langsmith_runs, at_least: 251}\n"
            "  - {claim: few runs, select: SELECT count(*) FROM langsmith_runs, at_most: 250}\n"
            "  - {claim: no longest name, select: SELECT max(1) FROM keys WHERE false, equals: 1}\n"
        )
    assert found(capsys) == [
        "tiny: many runs: expected at least 251, found 250",
        "tiny: no longest name: expected 1, found None",
    ]


def test_a_claim_reads_no_other_file(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (bundle / "recipes" / "tiny.yaml").open("a", encoding="utf-8") as recipe:
        select = f"SELECT count(*) FROM read_text('{bundle}/README.md')"
        recipe.write(f'claims: [{{claim: reads, select: "{select}", equals: 1}}]\n')
    assert main(["fixtures", "check"]) == 2
    error, fix = capsys.readouterr().err.splitlines()
    assert error.startswith("error: the claim 'reads' of tiny: ")
    assert fix == f"fix: mend its select; {resources.DATA_DICTIONARY} has the columns"


def test_a_column_that_is_not_described_is_told(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = bundle / "README.md"
    text = readme.read_text(encoding="utf-8")
    readme.write_text(text.replace("| `data_type` |", "| `kind` |"), encoding="utf-8")
    assert [str(fault) for fault in checks.dictionary(TABLES)] == [
        "fixtures/README.md: langsmith/datasets: data_type: expected text, found nothing",
        "fixtures/README.md: langsmith/datasets: kind: expected no such column, found text",
    ]
    assert len(found(capsys)) == 2


@pytest.mark.parametrize("name", ["no-such", "fixtures/recipes/tiny.yaml"])
def test_a_name_that_is_none_is_status_2(capsys: pytest.CaptureFixture[str], name: str) -> None:
    """A recipe's file is none either: it has no committed dataset to be compared with."""
    assert main(["fixtures", "check", name]) == 2
    error, fix = capsys.readouterr().err.splitlines()
    assert error == f"error: no dataset {name!r}: neither a bundled name nor a folder"
    assert fix.startswith("fix: name one of all-errors, all-pending, default, ")


def test_a_mistyped_name_is_told_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fixtures", "check", "Outrage"]) == 2
    error, _ = capsys.readouterr().err.splitlines()
    assert error == (
        "error: no dataset 'Outrage': neither a bundled name nor a folder; did you mean outage?"
    )


def test_a_name_given_twice_is_checked_once(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bundle / "tiny" / "extra").touch()
    assert main(["fixtures", "check", "tiny", "tiny"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "tiny: extra: expected no such file, found one",
        "1 differences in 1 datasets",
    ]


def test_a_missing_dataset_is_told(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(bundle / "tiny")
    assert found(capsys) == ["tiny: expected a folder, found nothing"]


def test_a_dataset_without_a_recipe_is_told(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bundle / "recipes" / "tiny.yaml").unlink()
    assert found(capsys) == ["tiny: expected a recipe, recipes/tiny.yaml, found nothing"]


def test_missing_and_unknown_files_are_told(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = bundle / "tiny" / "langsmith" / "runs.jsonl"
    runs.rename(runs.with_name("extra.jsonl"))
    (bundle / "tiny" / "manifest.json").unlink()
    assert found(capsys) == [
        "tiny: langsmith/extra.jsonl: expected no such file, found one",
        "tiny: langsmith/runs.jsonl: expected a file, found nothing",
        "tiny: manifest.json: expected a file, found nothing",
    ]


def test_tables_made_on_first_use_are_checked_where_they_are(
    bundle: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The folder has the manifest alone then, and is at fault if it has more."""
    monkeypatch.setenv("LOCUM_CACHE", str(tmp_path_factory.mktemp("cache")))
    with (bundle / "recipes" / "tiny.yaml").open("a", encoding="utf-8") as recipe:
        recipe.write("committed: false\n")
    for part in ("helicone", "langsmith"):
        shutil.rmtree(bundle / "tiny" / part)
    keys = bundle / "tiny" / "keys.jsonl"
    assert found(capsys) == ["tiny: keys.jsonl: expected no such file, found one"]
    keys.unlink()
    assert main(["fixtures", "check"]) == 0
    capsys.readouterr()
    made = cache.folder("tiny", TABLES, PROVIDERS)
    (made / "keys.jsonl").unlink()
    assert found(capsys) == [f"{made}: keys.jsonl: expected a file, found nothing"]


def test_a_manifest_that_says_something_else_is_told(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = bundle / "tiny" / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    manifest |= {"now": "2027-06-30T12:00:00.000000Z", "more": 1, "seed": 5}
    manifest["rows"]["langsmith/runs"] = 7
    file.write_text(json.dumps(manifest), encoding="utf-8")
    told = "tiny: manifest.json: "
    assert found(capsys) == [
        f"{told}seed: expected 113, found 5",
        f"{told}now: expected 2026-06-30T12:00:00.000000Z, found 2027-06-30T12:00:00.000000Z",
        f"{told}rows: langsmith/runs: expected 250, found 7",
        f"{told}more: expected nothing, found 1",
    ]


def test_an_empty_manifest_lacks_every_field(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bundle / "tiny" / "manifest.json").write_text("{}", encoding="utf-8")
    told = found(capsys)
    assert told[0] == "tiny: manifest.json: name: expected tiny, found nothing"
    assert len(told) == len(
        ("name", "description", "seed", "generator_version", "now", "rows", "logical_hash")
    )


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("manifest.json", "nonsense", "manifest.json is not JSON: "),
        ("keys.jsonl", "nonsense", "keys.jsonl:1: not JSON: "),
        ("langsmith/feedback.jsonl", '{"id": 5}', "feedback.jsonl:1: id is 5, not text"),
        ("langsmith/feedback.jsonl", '{"created_at": "soon"}', ":1: created_at is 'soon'"),
    ],
)
def test_what_cannot_be_read_is_told(
    bundle: Path, capsys: pytest.CaptureFixture[str], file: str, text: str, told: str
) -> None:
    (bundle / "tiny" / file).write_text(text, encoding="utf-8")
    last = found(capsys)[-1]
    assert last.startswith("tiny: expected a dataset that can be read, found ")
    assert told in last


def test_a_parquet_file_that_cannot_be_read_is_told(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (bundle / "recipes" / "tiny.yaml").open("a", encoding="utf-8") as recipe:
        recipe.write("format: parquet\n")
    for file in bundle.glob("tiny/*/*.jsonl"):
        file.rename(file.with_suffix(".parquet"))
    (fault,) = found(capsys)
    assert fault.startswith("tiny: expected a dataset that can be read, found Invalid Input Error")


def test_a_row_that_comes_twice_is_told(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = bundle / "tiny" / "langsmith" / "examples.jsonl"
    first, *rest = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join((first, first, *rest)), encoding="utf-8")
    place = f"{bundle}/tiny: langsmith/examples: {json.loads(first)['id']}"
    assert f"{place}: expected one row, found several" in found(capsys)


@pytest.mark.parametrize(
    ("hash_seed", "zone"),
    [
        ("1", "Europe/Berlin"),
        pytest.param("2", "America/New_York", marks=pytest.mark.long),  # `scripts/check` is another
    ],
)
def test_another_process_finds_every_dataset_as_it_is_committed(hash_seed: str, zone: str) -> None:
    """The manifests hold the hashes that each process, and each version of Python, must meet."""
    done = subprocess.run(
        [sys.executable, "-m", "locum", "fixtures", "check"],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stdout == f"0 differences in {len(datasets.names())} datasets\n"
    assert done.returncode == 0
