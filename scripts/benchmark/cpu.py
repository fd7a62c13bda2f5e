"""CPU time of a request in process: of this checkout, and of another one beside it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

from benchmark.servers import ServerError, own_environment
from benchmark.workloads import Requests, facts
from locum.exceptions import StartError

ROUND = Path(__file__).with_name("cpu_round.py")


def least(folders: Sequence[Path], dataset: Path, rounds: int) -> list[dict[str, float]]:
    """Return CPU µs a request of each checkout, by workload: of each part of the requests the least
    of any round, averaged over the parts.

    In a round each checkout in turn gets the same requests, in a new process of its own `.venv`.
    Raises StartError for a folder without one, and ServerError where a request fails.
    """
    pythons = [_python(folder) for folder in folders]
    supply = json.dumps(_requests(dataset))
    found: list[dict[str, list[float]]] = [{} for _ in folders]
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        turns = list(zip(found, pythons, strict=True))
        for best, python in turns if number % 2 == 0 else reversed(turns):
            for workload, parts in _round(python, dataset, supply).items():
                known = best.get(workload, parts)
                best[workload] = [min(pair) for pair in zip(parts, known, strict=True)]
    return [{workload: fmean(parts) for workload, parts in best.items()} for best in found]


def table(found: Sequence[Mapping[str, float]]) -> str:
    """Show the figures of this checkout, and of the other one and how many times as much this one
    takes, where there is another."""
    heads = ["this", "other", "ratio"] if len(found) > 1 else ["this"]
    lines = [f"{'CPU µs a request':16}" + "".join(f"{head:>9}" for head in heads)]
    for workload, micros in found[0].items():
        others = [each[workload] for each in found[1:]]
        shown = [f"{value:9.1f}" for value in (micros, *others)]
        shown += [f"{micros / other:9.3f}" for other in others]
        lines.append(f"{workload:16}{''.join(shown)}")
    return "\n".join(lines)


def _requests(dataset: Path) -> dict[str, list[str]]:
    requests = Requests(facts(dataset))
    return {
        workload: [request.decode() for request in supply]
        for workload, supply in {
            "repeated": [requests.repeated] * 4000,
            "distinct": requests.distinct(400),
            "unseen": requests.unseen(400),
            "one thread": requests.threads[:400],
        }.items()
    }


def _python(folder: Path) -> Path:
    python = folder.resolve() / ".venv" / "bin" / "python"
    if not python.exists():
        raise StartError(f"{folder} has no .venv to run it with", f"{folder}/scripts/setup")
    return python


def _round(python: Path, dataset: Path, supply: str) -> dict[str, list[float]]:
    # -P: the modules beside the script are not its own.
    command = [str(python), "-P", str(ROUND), str(dataset)]
    # Texts hash alike in every process: what is in a dictionary's way is in both checkouts'.
    environment = own_environment() | {"PYTHONHASHSEED": "0"}
    done = subprocess.run(
        command, cwd="/", env=environment, input=supply, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ServerError(f"{ROUND.name} with {python} ended with {done.returncode}: {done.stderr}")
    found: dict[str, list[float]] = json.loads(done.stdout)
    return found
