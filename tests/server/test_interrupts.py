"""An interrupt before the server serves ends the process, whatever it does then."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import Any

import pytest

from locum.server.interrupts import INTERRUPTED, ending_at_once

# All of its time goes into what is called when an object is freed, where exceptions are forgotten.
_FREEING = """
import signal, time, weakref
from contextlib import nullcontext
from locum.server.interrupts import ending_at_once

class Freed: pass

def forget(reference):
    until = time.monotonic() + 0.1
    while time.monotonic() < until: pass

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell has put aside
with {context}():
    print("ready", flush=True)
    until = time.monotonic() + {seconds}
    while time.monotonic() < until:
        freed = Freed()
        reference = weakref.ref(freed, forget)
        del freed
print("went on")
"""


@pytest.mark.parametrize(
    ("context", "seconds", "ended"),
    [("ending_at_once", 30, (INTERRUPTED, "")), ("nullcontext", 1, (0, "went on\n"))],
)
def test_it_ends_while_objects_are_freed(
    context: str, seconds: int, ended: tuple[int, str]
) -> None:
    """Where the interrupt is raised, it is lost there."""
    with subprocess.Popen(
        [sys.executable, "-c", _FREEING.format(context=context, seconds=seconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=60)
        assert (process.returncode, printed) == ended


@pytest.mark.parametrize("before", [signal.default_int_handler, signal.SIG_IGN])
def test_the_handler_is_that_of_before_afterwards(before: Any) -> None:
    """And where the interrupt is ignored it stays so."""
    found = signal.signal(signal.SIGINT, before)
    try:
        with ending_at_once():
            is_kept = signal.getsignal(signal.SIGINT) is before
            assert is_kept == (before is signal.SIG_IGN)
        assert signal.getsignal(signal.SIGINT) is before
    finally:
        signal.signal(signal.SIGINT, found)
