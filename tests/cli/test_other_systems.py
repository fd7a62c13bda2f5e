"""What runs where Python has neither `fcntl` nor `uvloop`, as on Windows."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.oracles.exported import RUN, lines
from tests.oracles.fixture_rows import is_whole

KILLS = int(os.environ.get("LOCUM_KILLS", "3"))
# None in sys.modules is what Python takes for a module that is not there. filelock warns then.
PROGRAM = """
import sys, warnings
sys.modules.update(fcntl=None, uvloop=None)
warnings.simplefilter("ignore")
from locum.cli.main import run
run()
"""


def locum(*arguments: str) -> list[str]:
    return [sys.executable, "-c", PROGRAM, *arguments]


@pytest.mark.parametrize("module", ["fcntl", "uvloop"])
def test_the_modules_are_not_there(module: str) -> None:
    program = PROGRAM.replace("from locum.cli.main import run\nrun()", f"import {module}")
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)
    assert b"ModuleNotFoundError" in done.stderr


def test_a_dataset_is_generated(tmp_path: Path) -> None:
    done = subprocess.run(
        locum("fixtures", "generate", "tiny", "--out", str(tmp_path)),
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    assert is_whole(tmp_path / "tiny")
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_an_export_is_imported(tmp_path: Path) -> None:
    file, out = lines(tmp_path / "runs.jsonl", [RUN]), tmp_path / "out"
    subprocess.run(locum("fixtures", "import", file, "--out", str(out)), check=True)
    assert is_whole(out)
    assert {path.name for path in tmp_path.iterdir()} == {"runs.jsonl", "out"}


def test_a_dataset_that_is_generated_on_first_use_is_served(tmp_path: Path) -> None:
    command = locum("serve", "--data", "spike", "--port", "0")
    environment = {**os.environ, "LOCUM_CACHE": str(tmp_path)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as server:
        assert server.stdout is not None
        url = server.stdout.readline().split()[-1]
        try:
            with urllib.request.urlopen(f"{url}/__locum/health", timeout=10) as answer:
                assert answer.status == 200
        finally:
            server.terminate()
        assert server.stderr is not None
        assert server.stderr.read() == ""
    assert [path.name for path in tmp_path.glob("*/*")] == ["spike"]


def test_a_killed_process_is_in_nobodys_way(tmp_path: Path) -> None:
    """The lock is a file then, which stays when its process dies: the next one takes it over."""
    slow = locum("fixtures", "generate", "tiny", "--runs", "5000", "--out", str(tmp_path))
    for _ in range(KILLS):
        with subprocess.Popen(slow, stdout=subprocess.DEVNULL) as killed:
            while not list(tmp_path.glob(".unfinished-*")):
                assert killed.poll() is None
                time.sleep(0.002)
            killed.kill()
        assert (tmp_path / ".locum.lock").exists()
        assert not (tmp_path / "tiny").exists()
    subprocess.run(slow, check=True, stdout=subprocess.DEVNULL, timeout=60)
    assert is_whole(tmp_path / "tiny")
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]
