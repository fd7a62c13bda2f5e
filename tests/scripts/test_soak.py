"""Good and hostile requests, many at once: a small version of `scripts/soak`."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.oracles.soaking import Outcome, Sample

PNG = b"\x89PNG\r\n"


def soak(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "soak"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize(
    ("length", "told"),
    [(("--requests", "1000"), r"1000 requests in \d+ s"), (("--seconds", "1"), r"\d+ .* in [1-9]")],
)
def test_mixed_requests_leave_the_server_as_it_was(
    length: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    """The script's own verdict is its exit status. So few requests say little of memory, of which
    a fresh server still takes more; the statuses and the log are judged here."""
    plot = tmp_path / "plots" / "soak.png"
    done = soak(*length, "--plot", str(plot))
    assert done.stderr == ""
    assert re.search(f"^{told}", done.stdout, re.MULTILINE), done.stdout
    assert "\n0 unexpected, 0 tracebacks\n" in done.stdout
    assert plot.read_bytes().startswith(PNG)


def test_memory_is_compared_with_that_after_the_first_tenth() -> None:
    """Of 100 requests, 10 are a tenth: 220 kB at the end are a tenth more than the 200 kB then."""
    memory = [(0, 0, 100), (5, 9, 150), (7, 10, 200), (9, 11, 300), (50, 50, 900), (90, 100, 220)]
    outcome = Outcome(Counter(), [], [Sample(*each) for each in memory])
    assert outcome.settled() == Sample(7, 10, 200)
    assert outcome.growth() == pytest.approx(0.1)


def test_both_lengths_are_wrong_usage() -> None:
    done = soak("--requests", "1", "--seconds", "1")
    assert done.returncode == 2
    assert "not allowed with" in done.stderr
