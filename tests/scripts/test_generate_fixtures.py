"""The script that generates the bundled datasets again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.oracles.bundled import find

SCRIPT = Path(__file__).parents[2] / "scripts" / "generate_fixtures.py"


def test_the_script_prints_what_it_wrote(tmp_path: Path) -> None:
    printed = subprocess.run(
        [sys.executable, str(SCRIPT), "tiny", "--runs", "100", "--out", str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    manifest = find(str(tmp_path / "tiny")).manifest
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
    assert done.stderr.startswith("error: recipe tiny: runs: 3 are too few")
    assert not list(tmp_path.iterdir())
