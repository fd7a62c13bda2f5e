"""The generator: the same seed gives the same rows, and a column's draws are its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from attrs import evolve

from locum.datasets import dataset as datasets
from locum.datasets import logical_hash as fingerprint
from locum.exceptions import DatasetError
from locum.generator import recipe_files
from locum.generator import writer as files
from locum.generator.random_streams import Streams, weighted
from locum.generator.shapes import Shapes
from locum.generator.tables import rows
from locum.generator.world import build, ids
from locum.resources import bundled

TINY = recipe_files.find("tiny")
SCRIPT = bundled("fixtures").parent / "scripts" / "generate_fixtures.py"

Rows = dict[str, list[dict[str, Any]]]


class Salted(Streams):
    """Streams of which one column's are other than the seed's."""

    def __init__(self, seed: int, salted: tuple[str, str]) -> None:
        super().__init__(seed)
        self.salted = salted

    def of(self, table: str, column: str) -> np.random.Generator:
        """Another column's stream for the salted one."""
        return super().of(table, f"{column}, salted" if (table, column) == self.salted else column)


class Recording(Streams):
    """Streams that draw from a new column beside each, and remember what they were asked for."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.asked: list[tuple[str, str]] = []

    def of(self, table: str, column: str) -> np.random.Generator:
        """The column's stream, after use of another."""
        self.asked.append((table, column))
        super().of(table, f"a column after {column}").random(7)
        return super().of(table, column)


def tiny(streams: Streams | None = None) -> Rows:
    return {table: list(found) for table, found in rows(build(TINY, streams)).items()}


@pytest.mark.parametrize("name", ["tiny", "default"])
def test_generating_again_gives_the_committed_rows(name: str, tmp_path: Path) -> None:
    recipe = recipe_files.find(name)
    manifest = files.write(recipe, rows(build(recipe)), tmp_path)
    assert manifest == datasets.find(name).manifest


def test_generating_again_gives_the_same_bytes_of_jsonl(tmp_path: Path) -> None:
    files.write(TINY, rows(build(TINY)), tmp_path)
    committed = datasets.find("tiny")
    for table, file in datasets.find(str(tmp_path / "tiny")).files.items():
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
    assert generated == datasets.find("tiny").manifest


@pytest.mark.parametrize(("hash_seed", "zone"), [("1", "Europe/Berlin"), ("2", "America/New_York")])
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


def test_another_seed_gives_other_rows() -> None:
    other = evolve(TINY, seed=TINY.seed + 1)
    first = [run["start_time"] for run in rows(build(TINY))["langsmith/runs"]]
    assert first != [run["start_time"] for run in rows(build(other))["langsmith/runs"]]


def test_a_new_column_changes_no_old_one() -> None:
    streams = Recording(TINY.seed)
    assert tiny(streams) == tiny()
    assert len(streams.asked) > 40


def test_no_two_columns_share_a_stream() -> None:
    streams = Recording(TINY.seed)
    tiny(streams)
    assert len(set(streams.asked)) == len(streams.asked)


@pytest.mark.parametrize(
    ("salted", "changed"),
    [
        (("users", "country"), {("helicone/requests", "country_code")}),
        (("requests", "threat"), {("helicone/requests", "threat")}),
        (("runs", "first_tag"), {("langsmith/runs", "tags")}),
        (("runs", "found"), {("langsmith/runs", "outputs")}),
        (("traces", "shots"), {("langsmith/runs", "metadata")}),
        (("requests", "prompt_version"), {("helicone/requests", "prompt_version")}),
        (("feedback", "comment"), {("langsmith/feedback", "comment")}),
        (
            ("runs", "cache_read_share"),
            {
                ("langsmith/runs", f"{part}_{of}")
                for part, of in (
                    ("prompt", "cost_nano"),
                    ("total", "cost_nano"),
                    ("prompt", "token_details"),
                    ("prompt", "cost_details_nano"),
                )
            }
            | {
                ("helicone/requests", column)
                for column in ("cost", "prompt_cache_read_tokens", "prompt_cache_write_tokens")
            },
        ),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else "",
)
def test_a_column_drawn_anew_changes_only_what_depends_on_it(
    salted: tuple[str, str], changed: set[tuple[str, str]]
) -> None:
    before, after = tiny(), tiny(Salted(TINY.seed, salted))
    different = {
        (table, column)
        for table, columns in datasets.TABLES.items()
        for column in columns
        if [row[column] for row in before[table]] != [row[column] for row in after[table]]
    }
    assert different == changed


@pytest.mark.parametrize("count", [100, 333, 1000])
def test_a_dataset_has_exactly_the_runs_that_were_asked_for(count: int) -> None:
    assert len(list(rows(build(evolve(TINY, runs=count)))["langsmith/runs"])) == count


def test_too_few_runs_are_refused_with_a_number_that_is_enough() -> None:
    with pytest.raises(DatasetError) as refused:
        rows(build(evolve(TINY, runs=10)))
    enough = int(refused.value.fix.split()[-2])
    assert len(list(rows(build(evolve(TINY, runs=enough)))["langsmith/runs"])) == enough


def test_parquet_and_jsonl_of_the_same_rows_have_the_same_hash(tmp_path: Path) -> None:
    files.write(evolve(TINY, format="parquet"), rows(build(TINY)), tmp_path)
    stored = datasets.find(str(tmp_path / "tiny"))
    assert stored.files["langsmith/runs"].suffix == ".parquet"
    assert fingerprint.of_dataset(stored) == datasets.find("tiny").manifest["logical_hash"]


def test_the_hash_is_that_of_the_documented_bytes(tmp_path: Path) -> None:
    """Computed with sha256sum from the bytes as the data dictionary describes them:

    printf 'keys\\n{"access":"r","key":"a"}\\n{"access":"rw","key":"\\303\\244"}\\n' | sha256sum
    """
    text = '{"key":"ä","access":"rw","tenant_id":null}\n{"access":"r","key":"a"}\n'
    (tmp_path / "keys.jsonl").write_text(text, encoding="utf-8")
    expected = "adfa9cc0c843b3071b0ffcc68976ade1267bc255439399414ea6394c5ff27852"
    assert fingerprint.of_dataset(datasets.find(str(tmp_path))) == expected


def test_a_failure_while_writing_leaves_the_old_dataset(tmp_path: Path) -> None:
    manifest = files.write(TINY, rows(build(TINY)), tmp_path)

    def broken() -> Iterator[dict[str, Any]]:
        yield {"id": "a run"}
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - raised above, it has no message
        files.write(TINY, rows(build(TINY)) | {"langsmith/runs": broken()}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]
    assert datasets.find(str(tmp_path / "tiny")).manifest == manifest


def test_a_kill_leaves_a_whole_dataset(tmp_path: Path) -> None:
    """Killed before it ends (else the new dataset is whole): the hash fits the files."""
    files.write(TINY, rows(build(TINY)), tmp_path)
    command = [sys.executable, str(SCRIPT), "tiny", "--runs", "50000", "--out", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as writing:
        while writing.poll() is None and not list(
            tmp_path.glob(".unfinished-*/new/tiny/*/runs.jsonl")
        ):
            time.sleep(0.01)
        writing.kill()
    stored = datasets.find(str(tmp_path / "tiny"))
    assert fingerprint.of_dataset(stored) == stored.manifest["logical_hash"]


def test_uniform_numbers_fall_one_into_each_part() -> None:
    numbers = Streams(1).uniform("table", "column", 1000)
    assert sorted((numbers * 1000).astype(int).tolist()) == list(range(1000))


def test_weighted_numbers_take_their_share() -> None:
    """Weights 1, 0, 3 over [0, 1): below 0.25 the first, then the third."""
    numbers = np.array([0.0, 0.249, 0.25, 0.5, 0.999])
    assert weighted(numbers, (1, 0, 3)).tolist() == [0, 0, 2, 2, 2]


def test_log_normal_numbers_have_their_median() -> None:
    numbers = Streams(1).log_normal("table", "column", 100.0, 0.5, 10_001)
    assert np.median(numbers) == pytest.approx(100.0, rel=0.03)


def test_ids_are_version_5_uuids_of_the_row_numbers() -> None:
    """With the standard library's uuid5; 2,000 ids meet every digit in every place."""
    root = uuid.UUID("6d1f1c0e-6d3b-5b8e-9f63-2f3f7a1c9d10")
    namespace = uuid.uuid5(root, "tiny/langsmith/runs")
    expected = [str(uuid.uuid5(namespace, str(number))) for number in range(2000)]
    assert ids(TINY, "langsmith/runs", 2000) == expected


def test_a_shape_is_read_as_a_tree() -> None:
    """support-order: the second call stands in compose-answer, which is the fourth run."""
    shapes = Shapes(TINY.shapes)
    order = shapes.names.index("support-order")
    nodes = shapes.of[order]
    assert [node.parent for node in nodes] == [-1, 0, 0, 0, 3, 3, 3]
    assert [node.depth for node in nodes] == [0, 1, 1, 1, 2, 2, 2]
    assert nodes[5].path == "/support-agent/compose-answer/reply"
    assert shapes.leaves(order) == [1, 2, 4, 5, 6]


def test_the_script_prints_what_it_wrote(tmp_path: Path) -> None:
    printed = subprocess.run(
        [sys.executable, str(SCRIPT), "tiny", "--runs", "100", "--out", str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    manifest = datasets.find(str(tmp_path / "tiny")).manifest
    assert manifest["logical_hash"] in printed
    assert "100  langsmith/runs" in printed


def test_the_script_refuses_too_few_runs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "tiny", "--runs", "3", "--out", str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: 3 runs are too few")
    assert not list(tmp_path.iterdir())
