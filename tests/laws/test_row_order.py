"""In which order rows stand in a dataset's files tells nothing: the same rows in any order have the
same answers, byte for byte. What is written to a server comes in any order."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random

import pytest
from starlette.testclient import TestClient

from tests.conftest import ROOT
from tests.oracles.bare_rows import rows_of
from tests.oracles.bundled import application_of, find, scenarios_of
from tests.oracles.read_requests import ReadRequests

REQUESTS = 200
MOST_REFUSED = 0.1


def shuffled(name: str, folder: Path) -> Path:
    """A copy of a bundled dataset, each table's rows in another order; but for those of keys, of
    which the first tenant is a key's own, and of tags, of which the last counts."""
    found = shutil.copytree(ROOT / "fixtures" / name, folder / name)
    (found / "manifest.json").unlink()  # which has the hashes of the files
    manifest = json.loads((ROOT / "fixtures" / name / "manifest.json").read_text("utf-8"))
    random = Random(name)  # noqa: S311 - not for secrets
    for file in (*found.glob("langsmith/*.jsonl"), found / "helicone" / "requests.jsonl"):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        random.shuffle(lines)
        file.write_text("".join(lines), encoding="utf-8")
    kept = {key: value for key, value in manifest.items() if key == "now"}
    (found / "manifest.json").write_text(json.dumps(kept), encoding="utf-8")
    return found


def client_over(dataset: str) -> TestClient:
    scenarios = scenarios_of([find(dataset)])
    scenarios.load_chosen()
    return TestClient(application_of(scenarios), raise_server_exceptions=False)


@pytest.mark.parametrize("name", ["tiny", "time-edges"])
def test_rows_in_another_order_have_the_same_answers(tmp_path: Path, name: str) -> None:
    """`time-edges` has many rows of one time."""
    requests = ReadRequests(rows_of(ROOT / "fixtures" / name))
    refused = 0
    with (
        client_over(name) as as_they_are,
        client_over(str(shuffled(name, tmp_path))) as in_another_order,
    ):
        for seed in range(REQUESTS):
            call = requests.any(f"{name} {seed}")
            expected, found = as_they_are.request(**call), in_another_order.request(**call)
            assert (found.status_code, found.content) == (
                expected.status_code,
                expected.content,
            ), call
            refused += expected.status_code not in (200, 404)
    assert refused <= REQUESTS * MOST_REFUSED
