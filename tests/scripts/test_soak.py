"""Good and hostile requests, many at once: a small version of `scripts/soak`."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.conftest import ROOT


def test_a_thousand_mixed_requests_leave_the_server_as_it_was() -> None:
    """The script's own verdict is its exit status. So few requests say little of memory, of which
    a fresh server still takes more; the statuses and the log are judged here."""
    command = [sys.executable, str(ROOT / "scripts" / "soak"), "--requests", "1000"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.stderr == ""
    assert re.search(r"^1000 requests in \d+ s: ", done.stdout, re.MULTILINE), done.stdout
    assert "\n0 unexpected, 0 tracebacks\n" in done.stdout
