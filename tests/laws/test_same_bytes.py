"""The same request has the same bytes for an answer: in another process, whatever the hash seed,
the engine's threads and the version of Python.

`data/langsmith_answers.sha256` holds the digests; each version's run of the tests compares.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
RECORDED = (TESTS / "data" / "langsmith_answers.sha256").read_text(encoding="utf-8")


@pytest.mark.parametrize(("hash_seed", "threads"), [("0", "1"), ("1", "2"), ("4294967295", "8")])
def test_answers_are_the_recorded_bytes(hash_seed: str, threads: str) -> None:
    program = [sys.executable, "-m", "tests.oracles.recorded_answers", threads]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(program, check=True, capture_output=True, text=True, env=environment)
    assert done.stdout.splitlines() == RECORDED.splitlines()


def test_the_recorded_answers_are_of_every_operation() -> None:
    lines = RECORDED.splitlines()
    assert len(lines) == 60
    assert len({line.split()[-1] for line in lines}) > 45
    assert {line.split()[0] for line in lines} == {
        "group_stats",
        "shared_stats",
        "group_runs",
        "thread_stats",
    }
