"""The start of our server: seconds and memory to the first answer, and what its imports take."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from benchmark.servers import first_answer, locum, running
from benchmark.workloads import Requests, check, facts

_IMPORT = re.compile(r"import time: +(\d+) \| +(\d+) \| ( *)(\S+)")
SHOWN = 20


def first_answers(dataset: Path, rounds: int) -> list[tuple[float, float]]:
    """Of each of so many starts: seconds to the first answer, which must be right, and resident MB
    then."""
    about = facts(dataset)
    request = Requests(about).repeated
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        with running(locum(dataset)) as server:
            answer = first_answer(server, request)
            seconds = time.perf_counter() - began
            check(answer, about)
            found.append((seconds, server.resident_bytes() / 1e6))
    return found


def imports() -> str:
    """What `serve` imports until it listens, by top-level package and by module: milliseconds of a
    package's own modules, and of a module with all that it imports first."""
    serve = ["-X", "importtime", "-m", "locum", "serve", "--port", "0"]
    with subprocess.Popen(
        [sys.executable, *serve], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        if server.stdout is None:
            raise RuntimeError("no output to read")
        server.stdout.readline()  # all is imported when it says where it listens
        server.terminate()
        _, told = server.communicate(timeout=30)
    packages: Counter[str] = Counter()
    modules: Counter[str] = Counter()
    for own, cumulative, _, name in _IMPORT.findall(told):
        packages[name.partition(".")[0]] += int(own)
        modules[name] = int(cumulative)
    lines = [f"{packages.total() / 1000:.0f} ms in {len(modules)} modules"]
    for title, times in (("packages, own ms", packages), ("modules, cumulative ms", modules)):
        lines += ["", title]
        lines += [f"{micros / 1000:7.1f}  {name}" for name, micros in times.most_common(SHOWN)]
    return "\n".join(lines)
