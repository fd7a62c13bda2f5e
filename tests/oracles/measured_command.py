"""The command `locum` as a process of its own, with what it takes."""

from __future__ import annotations

import subprocess
import sys

from attrs import frozen

# Its peak of memory is told by Linux alone; that of `getrusage` begins with what a parent has.
_MEASURED = """
import os, resource, signal, sys, threading, time
from pathlib import Path
from locum.cli.main import main

def interrupt_when_up(file):
    while not file.exists():
        time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGINT)

arguments = sys.argv[1:]
if "--port-file" in arguments:
    file = Path(arguments[arguments.index("--port-file") + 1])
    threading.Thread(target=interrupt_when_up, args=(file,), daemon=True).start()
status = main(arguments)
used = resource.getrusage(resource.RUSAGE_SELF)
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(status, used.ru_utime + used.ru_stime, int(peak) * 1024)
"""


@frozen
class Measured:
    """The lines that a command has printed, its exit status, the seconds of processor time that it
    took and the most bytes of memory. Of one that ended otherwise than with a status, such as with
    a traceback, the status is -1."""

    printed: list[str]
    status: int
    seconds: float
    peak_bytes: int


def measure(*arguments: str) -> Measured:
    """Run the command, which must end by itself, or be a server that tells its port in a file; that
    one is interrupted as soon as it is up."""
    asked = [sys.executable, "-c", _MEASURED, *arguments]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=120, check=False)
    lines = [*done.stdout.splitlines(), *done.stderr.splitlines()]
    if done.returncode != 0:
        return Measured(lines, -1, 0, 0)
    *printed, last = done.stdout.splitlines()
    status, seconds, peak = last.split()
    return Measured([*printed, *done.stderr.splitlines()], int(status), float(seconds), int(peak))
