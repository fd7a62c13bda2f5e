"""`locum fixtures generate` and `list` as a user meets them."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from locum.cli.main import main
from locum.datasets import dataset as datasets
from locum.datasets import logical_hash
from locum.generator import world
from locum.generator.recipe import Recipe
from tests.oracles.bare_rows import rows_of
from tests.oracles.bundled import find

TINY = find("tiny").manifest


def test_generate_prints_where_and_what(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fixtures", "generate", "tiny", "--out", str(tmp_path)]) == 0
    first, *tables = capsys.readouterr().out.splitlines()
    assert first == f"{tmp_path / 'tiny'}  {TINY['logical_hash']}"
    assert "        250  langsmith/runs" in tables
    assert find(str(tmp_path / "tiny")).manifest == TINY


def test_generate_writes_into_this_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["fixtures", "generate", "tiny"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_the_last_line_of_json_is_the_manifest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fixtures", "generate", "tiny", "--out", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == TINY


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_a_dry_run_tells_the_same_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: list[str]
) -> None:
    out = tmp_path / "new"
    assert main(["fixtures", "generate", "tiny", "--out", str(out), "--dry-run", *flags]) == 0
    assert TINY["logical_hash"] in capsys.readouterr().out
    assert not out.exists()


def test_options_change_the_recipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another time of day, in another zone; the dataset ends there and is as long as before."""
    options = ["--seed", "5", "--runs", "200", "--now", "2027-01-02T03:04:05+02:00"]
    options += ["--format", "parquet", "--json", "--out", str(tmp_path)]
    assert main(["fixtures", "generate", "tiny", *options]) == 0
    manifest = json.loads(capsys.readouterr().out)
    assert (manifest["seed"], manifest["rows"]["langsmith/runs"]) == (5, 200)
    assert manifest["now"] == "2027-01-02T01:04:05.000000Z"
    stored = find(str(tmp_path / "tiny"))
    assert stored.files["langsmith/runs"].suffix == ".parquet"
    table = "langsmith/runs"
    rows = logical_hash.stored(stored.files[table], table, stored.tables[table])
    starts = sorted(run["start_time"] for run in rows)
    assert starts[0] > "2026-12-30T00:00:00"
    assert starts[-1] < manifest["now"]


def test_generate_takes_a_recipe_of_ones_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "mine.yaml"
    recipe.write_text("description: My own\nruns: 700\n", encoding="utf-8")
    assert main(["fixtures", "generate", str(recipe), "--out", str(tmp_path), "--json"]) == 0
    manifest = json.loads(capsys.readouterr().out)
    assert (manifest["name"], manifest["description"]) == ("mine", "My own")
    assert find(str(tmp_path / "mine")).manifest == manifest


def test_a_recipe_of_20_runs_is_a_dataset_that_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without experiments and the other tenant, but with the bundled datasets' shared dataset."""
    recipe = tmp_path / "small.yaml"
    recipe.write_text(
        "description: Small\nruns: 20\nexperiments: false\nprojects: {notes-app: null}\n",
        encoding="utf-8",
    )
    assert main(["fixtures", "generate", str(recipe), "--out", str(tmp_path), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert (rows["langsmith/runs"], rows["langsmith/sessions"], rows["keys"]) == (20, 4, 4)
    assert main(["fixtures", "check", str(tmp_path / "small")]) == 0
    assert capsys.readouterr().out == "0 differences in 1 datasets\n"
    bundled, small = (
        [
            {name: value for name, value in row.items() if not name.endswith("_at")}
            for row in rows_of(folder)("langsmith/datasets")
        ]
        for folder in (find("tiny").folder, tmp_path / "small")
    )
    assert small == bundled[:2]  # as old as its own examples


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["no-such"], "no recipe 'no-such'"),
        (["tiny", "--now", "yesterday"], "now: found 'yesterday'"),
        (["tiny", "--runs", "3"], "recipe tiny: runs: 3 are too few"),
        (["tiny", "--seed", "-1"], "seed: found -1"),
        (["tiny", "--runs", "99999999999999999999"], "runs: found 99999999999999999999, expected"),
    ],
)
def test_what_cannot_be_generated_is_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], error: str
) -> None:
    assert main(["fixtures", "generate", *arguments, "--out", str(tmp_path)]) == 2
    told, fix = capsys.readouterr().err.splitlines()
    assert told.startswith(f"error: {error}")
    assert fix.startswith("fix: ")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert main(["fixtures", "generate", "tiny", "--out", str(tmp_path / "file" / "x")]) == 2
    assert "error: cannot write" in capsys.readouterr().err


def test_a_folder_that_is_no_dataset_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The recipe's name is the file's, which a folder beside it may have as well."""
    thesis = tmp_path / "proj" / "thesis.txt"
    thesis.parent.mkdir()
    thesis.write_text("mine", encoding="utf-8")
    recipe = tmp_path / "proj.yaml"
    recipe.write_text("description: My own\nruns: 700\n", encoding="utf-8")
    assert main(["fixtures", "generate", str(recipe), "--out", str(tmp_path)]) == 2
    error, fix = capsys.readouterr().err.splitlines()
    assert error == f"error: {tmp_path}/proj holds thesis.txt, which no dataset does"
    assert fix == "fix: choose another --out, or move it away"
    assert {path.name for path in tmp_path.iterdir()} == {"proj", "proj.yaml"}
    assert thesis.read_text(encoding="utf-8") == "mine"


def test_a_file_at_the_place_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tiny").write_text("mine", encoding="utf-8")
    assert main(["fixtures", "generate", "tiny", "--out", str(tmp_path)]) == 2
    error = capsys.readouterr().err.splitlines()[0]
    assert error == f"error: {tmp_path}/tiny is a file, expected a dataset or nothing"
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]
    (tmp_path / "tiny").unlink()
    assert main(["fixtures", "generate", "tiny", "--out", str(tmp_path)]) == 0


def test_a_link_at_the_place_is_replaced_where_it_leads_to_a_dataset(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    for folder in (out, other):
        folder.mkdir()
    (out / "tiny").symlink_to("../other")
    (other / "keep.txt").write_text("mine", encoding="utf-8")
    generate = ["fixtures", "generate", "tiny", "--out", str(out)]
    assert main(generate) == 2
    told = f"error: {other} holds keep.txt, which no dataset does"
    assert capsys.readouterr().err.splitlines()[0] == told
    (other / "keep.txt").unlink()
    assert main(generate) == 0
    assert (out / "tiny").readlink() == Path("../other")
    assert find(str(other)).manifest == TINY
    assert {path.name for path in tmp_path.iterdir()} == {"out", "other"}


def test_a_link_that_leads_to_itself_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tiny").symlink_to("tiny")
    assert main(["fixtures", "generate", "tiny", "--out", str(tmp_path)]) == 2
    told = f"error: {tmp_path}/tiny is a link, expected a dataset or nothing"
    assert capsys.readouterr().err.splitlines()[0] == told


def test_too_little_memory_is_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def build(_: Recipe) -> NoReturn:
        raise MemoryError

    monkeypatch.setattr(world, "build", build)
    assert main(["fixtures", "generate", "tiny", "--runs", "90000000", "--out", str(tmp_path)]) == 2
    error, fix = capsys.readouterr().err.splitlines()
    assert error == "error: tiny with 90,000,000 runs needs more memory than there is"
    assert fix == "fix: ask for fewer runs: a million takes 2.6 GB"


def test_list_tells_every_dataset_with_its_claims(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fixtures", "list"]) == 0
    printed = capsys.readouterr().out
    for name in datasets.names():
        assert f"): {find(name).manifest['description']}\n" in printed
    assert "\nmany-groups (10,200 runs, generated on first use): Ten thousand threads" in printed
    assert "  threads of one project: at least 10,000\n" in printed


def test_a_progress_bar_is_for_terminals(tmp_path: Path) -> None:
    """On stderr, so that stdout is still one line of JSON."""
    command = [sys.executable, "-m", "locum", "fixtures", "generate", "tiny", "--json"]
    command += ["--runs", "5000", "--out", str(tmp_path)]
    plain = subprocess.run(command, check=True, capture_output=True)
    assert plain.stderr == b""
    terminal, child = pty.openpty()
    shown = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=child)
    os.close(child)
    assert b"tiny  [" in os.read(terminal, 10_000)
    os.close(terminal)
    assert shown.stdout == plain.stdout


@pytest.mark.parametrize(
    ("program", "modules"),
    [
        ("from locum.cli import main", {"numpy", "faker", "duckdb", "locum.generator"}),
        (
            (
                "from locum import providers; from locum.generator import catalog; "
                "found = providers.installed(); "
                "catalog.find('tiny', providers.columns(found), found)"
            ),
            {"faker", "filelock", "locum.generator.world", "locum.langsmith.fixtures"},
        ),
    ],
    ids=["the command line", "a committed dataset"],
)
def test_no_generator_is_loaded_before_it_is_needed(program: str, modules: set[str]) -> None:
    """The server starts without Faker where its dataset is there."""
    program = f"import sys; {program}; print(sorted({modules!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout == "[]\n"
