"""Generated datasets on disk: the same from the same recipe, and never half of one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from attrs import evolve

from locum.datasets import logical_hash
from locum.exceptions import DatasetError
from locum.generator import recipe_loader, writer
from locum.generator.recipe import VERSION, Recipe
from tests.oracles.bundled import TABLES, find
from tests.oracles.drawn import TINY, Rows, drawn
from tests.oracles.fixture_rows import is_whole

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "generate_fixtures.py"


def written(recipe: Recipe, out: Path, **changed: Any) -> Mapping[str, Any]:
    return writer.write(recipe, drawn(recipe) | changed, out, TABLES)


@pytest.mark.parametrize("name", ["tiny", "default"])
def test_generating_again_gives_the_committed_rows(name: str, tmp_path: Path) -> None:
    recipe = recipe_loader.find(name)
    manifest = written(recipe, tmp_path)
    assert manifest == find(name).manifest


def test_generating_again_gives_the_same_bytes_of_jsonl(tmp_path: Path) -> None:
    written(TINY, tmp_path)
    committed = find("tiny")
    for table, file in find(str(tmp_path / "tiny")).files.items():
        assert file.read_bytes() == committed.files[table].read_bytes()


@pytest.mark.parametrize(
    ("hash_seed", "zone"), [("0", "Pacific/Auckland"), ("4711", "America/St_Johns")]
)
def test_another_process_generates_the_same(hash_seed: str, zone: str, tmp_path: Path) -> None:
    """With other hashes of strings, in other time zones."""
    subprocess.run(
        [sys.executable, str(SCRIPT), "tiny", "--out", str(tmp_path)],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone},
        check=True,
        capture_output=True,
    )
    generated = orjson.loads((tmp_path / "tiny" / "manifest.json").read_bytes())
    assert generated == find("tiny").manifest


def test_parquet_and_jsonl_of_the_same_rows_have_the_same_hash(tmp_path: Path) -> None:
    written(evolve(TINY, format="parquet"), tmp_path)
    stored = find(str(tmp_path / "tiny"))
    assert stored.files["langsmith/runs"].suffix == ".parquet"
    assert logical_hash.of_dataset(stored) == find("tiny").manifest["logical_hash"]


def test_a_failure_while_writing_leaves_the_old_dataset(tmp_path: Path) -> None:
    manifest = written(TINY, tmp_path)

    def broken() -> Iterator[dict[str, Any]]:
        yield {"id": "a run"}
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - raised above, it has no message
        written(TINY, tmp_path, **{"langsmith/runs": broken()})
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]
    assert find(str(tmp_path / "tiny")).manifest == manifest


def test_a_kill_leaves_a_whole_dataset(tmp_path: Path) -> None:
    """Killed before it ends (else the new dataset is whole): the hash fits the files."""
    written(TINY, tmp_path)
    command = [sys.executable, str(SCRIPT), "tiny", "--runs", "50000", "--out", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as writing:
        while writing.poll() is None and not list(
            tmp_path.glob(".unfinished-*/new/tiny/*/runs.jsonl")
        ):
            time.sleep(0.01)
        writing.kill()
    assert is_whole(tmp_path / "tiny")


def test_the_manifest_alone_is_written(tmp_path: Path) -> None:
    manifest = writer.write(TINY, drawn(), tmp_path, TABLES, manifest_only=True)
    assert manifest == find("tiny").manifest
    assert [path.name for path in (tmp_path / "tiny").iterdir()] == ["manifest.json"]


def test_what_is_described_is_not_written(tmp_path: Path) -> None:
    """The tables are those that have rows given, in the order in which they are given."""
    rows: Rows = {"keys": [{"key": "a", "access": None}, {"key": "b"}], "acme/widgets": []}
    assert writer.describe(TINY, rows, {}) == {
        "name": "tiny",
        "description": TINY.description,
        "seed": 113,
        "generator_version": VERSION,
        "now": "2026-06-30T12:00:00.000000Z",
        "rows": {"keys": 2, "acme/widgets": 0},
        # printf 'keys\n{"key":"a"}\n{"key":"b"}\n' | sha256sum
        "logical_hash": "7c1fa242136a6503c56ee28ac97754791879fdfdf80238304ac9c53ca1095987",
    }


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_keys_are_jsonl_whatever_the_others_are(kind: str) -> None:
    assert writer.names(evolve(TINY, format=kind), ["keys", "acme/widgets"]) == {
        "manifest.json",
        "keys.jsonl",
        f"acme/widgets.{kind}",
    }


def test_a_folder_with_a_table_that_nobody_declares_is_left_alone(tmp_path: Path) -> None:
    """It may be somebody's, whose provider is not here."""
    widgets = tmp_path / "tiny" / "acme" / "widgets.jsonl"
    widgets.parent.mkdir(parents=True)
    widgets.touch()
    with pytest.raises(DatasetError, match=r"holds acme/widgets.jsonl, which no dataset does"):
        written(TINY, tmp_path)
    writer.write(TINY, drawn(), tmp_path, {**TABLES, "acme/widgets": {}})
    assert is_whole(tmp_path / "tiny")
    assert not widgets.exists()
