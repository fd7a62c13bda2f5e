"""Datasets that are being written when the process dies, the disk is full or another writes too."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from http import HTTPStatus
from pathlib import Path
from uuid import UUID

from benchmark.servers import Running, ServerError
from benchmark.workloads import KEY
from tests.chaos.admission import faults
from tests.chaos.scenario import Outcome, Scale, Scenario
from tests.chaos.servers import PYTHON_AND_LOCUM, Ended, run, said, serving, started
from tests.oracles import exported
from tests.oracles.chaos_clients import Reply, ask
from tests.oracles.hostile_clients import written

_GENERATED = "spike"  # no dataset of the repository: its files are made on first use
_PATIENCE_SECONDS = 30.0
_SMALL_DISK_BYTES = 204_800


def kill_generating(scale: Scale) -> Outcome:
    """kill -9 of a server that generates into its cache, later each time; then one that is left
    alone."""
    rounds = scale.of(5, 2)
    cache_folder = scale.folder / "killed cache"
    command = (*PYTHON_AND_LOCUM, "serve", "--port", "0", "--data", _GENERATED)
    killed, lost = 0, []
    for number in range(rounds):
        with started(*command, cache=cache_folder) as server:
            killed += _kill_when_writing(server, cache_folder, "*/.unfinished*", number)
        if list(cache_folder.glob(f"*/{_GENERATED}")):
            lost.append(f"round {number}: a dataset is there")
            shutil.rmtree(cache_folder)
    lost += _serves(cache_folder)
    lost += [f"left: {path.name}" for path in cache_folder.glob("*/.*")]
    return Outcome(f"{killed} of {rounds} killed while they wrote, then 1 more", lost)


def _kill_when_writing(process: Running, folder: Path, aside: str, files: int) -> bool:
    """Kill the process when more than so many files are where it writes them first, `aside`. False
    where it ended before."""
    left = set(folder.glob(aside))  # by those that were killed before
    until = time.monotonic() + _PATIENCE_SECONDS
    while process.process.poll() is None and time.monotonic() < until:
        places = set(folder.glob(aside)) - left
        if sum(len(names) for place in places for _, _, names in os.walk(place)) > files:
            process.process.kill()
            return True
        time.sleep(0.001)
    return False


def _serves(cache_folder: Path) -> list[str]:
    """What is wrong with the answer of a server over the generated dataset, and what it logs but
    that it makes the dataset again."""
    try:
        with serving(data=_GENERATED, cache=cache_folder) as server:
            lost = faults(_sessions(server.port), "its answer", HTTPStatus.OK)
            log = [line for line in said(server).splitlines() if "is made again" not in line]
            return lost + [f"in the log: {line}" for line in log]
    except ServerError as error:
        return [str(error)]


def _sessions(port: int, **headers: str) -> Reply:
    """The answer about all sessions of the dataset."""
    asked = {
        "method": "POST",
        "url": "/v1/session/metrics/query",
        "headers": {"Authorization": f"Bearer {KEY}", **headers},
        "json": {"nameContains": "", "timezoneDifference": 0},
    }
    return ask(port, written(asked))


def kill_import(scale: Scale) -> Outcome:
    """kill -9 of an import that is to replace a dataset; then one that is left alone."""
    rounds = scale.of(5, 2)
    out = scale.folder / "killed import" / "mine"
    file = _export(scale.folder / "export.jsonl", scale.of(20_000, 2_000))
    lost = _ended(run("fixtures", "import", file, "--out", str(out)), 0)
    before = _contents(out)
    killed = 0
    for number in range(rounds):
        with started(*PYTHON_AND_LOCUM, "fixtures", "import", file, "--out", str(out)) as command:
            killed += _kill_when_writing(command, out.parent, ".unfinished*", number % 3)
        if _contents(out) != before:
            lost.append(f"round {number}: {sorted(_contents(out))}")
    lost += _ended(run("fixtures", "import", file, "--out", str(out)), 0)
    lost += [f"left: {path.name}" for path in out.parent.iterdir() if path != out]
    if _contents(out) != before:
        lost.append(f"at last: {sorted(_contents(out))}")
    return Outcome(f"{killed} of {rounds} killed while they wrote, then 1 more", lost)


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _export(file: Path, runs: int) -> str:
    """The path of an export of so many runs."""
    rows = ({**exported.RUN, "id": str(UUID(int=number, version=4))} for number in range(runs))
    return exported.lines(file, rows)


def _ended(command: Ended, *statuses: int) -> list[str]:
    """In words, a command that ended otherwise, or that failed without saying how to go on."""
    lost = []
    if command.status not in statuses:
        lost.append(f"status {command.status}: {command.stderr[-200:]}")
    if command.status == 2 and "fix: " not in command.stderr:
        lost.append(f"no error and fix: {command.stderr[-200:]}")
    if "Traceback" in command.stderr:
        lost.append(f"traceback: {command.stderr[-200:]}")
    return lost


def disk_full(scale: Scale) -> Outcome:
    """A disk of 200 kB for what is generated and imported: a tmpfs in a mount namespace of the
    process's own, else a limit of its files' size."""
    disk = scale.folder / "small-disk"
    disk.mkdir()
    listing = scale.folder / "left on the small disk"
    before, kind = _small_disk(disk, listing)
    file = _export(scale.folder / "large export.jsonl", 5_000)
    serve = ("serve", "--port", "0", "--data", _GENERATED)
    generate = ("fixtures", "generate", _GENERATED, "--out", str(disk / "new"))
    imported = ("fixtures", "import", file, "--out", str(disk / "mine"))
    lost = []
    for arguments in (serve, generate, imported):
        ended = run(*arguments, before=before, cache=disk)
        lost += [f"{' '.join(arguments[:2])}: {each}" for each in _ended(ended, 2)]
        lost += [f"{' '.join(arguments[:2])} left {name}" for name in listing.read_text().split()]
    with serving(before=before, cache=disk) as server:
        refused = _sessions(server.port, Prefer=f"scenario={_GENERATED}")
        lost += faults(refused, "what is generated", HTTPStatus.SERVICE_UNAVAILABLE)
        lost += faults(_sessions(server.port), "another dataset then", HTTPStatus.OK)
    return Outcome(f"a cache, twice, generate and import on {kind}", lost)


def _small_disk(disk: Path, listing: Path) -> tuple[tuple[str, ...], str]:
    """A command that runs another with a small disk and then lists what is on it, and what kind of
    disk that is."""
    after = f'"$@"; status=$?; find "{disk}" -type f > "{listing}"; exit $status'
    mount = f'mount -t tmpfs -o size={_SMALL_DISK_BYTES} tmpfs "{disk}"'
    for unshare in (("unshare", "--mount"), ("unshare", "--mount", "--map-root-user")):
        if _succeeds(*unshare, "sh", "-c", mount):
            return (*unshare, "sh", "-c", f"{mount}; {after}", "sh"), "a tmpfs of 200 kB"
    blocks = _SMALL_DISK_BYTES // 512
    return ("sh", "-c", f"ulimit -f {blocks}; {after}", "sh"), "files of at most 200 kB"


@cache
def _succeeds(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def two_processes(scale: Scale) -> Outcome:
    """Two servers that begin at once with one cold cache."""
    rounds = scale.of(5, 1)
    lost = []
    for number in range(rounds):
        cold = scale.folder / f"cold cache {number}"
        with ThreadPoolExecutor(2) as pool:
            for found in pool.map(_serves, [cold, cold]):
                lost += found
        lost += [f"left: {path.name}" for path in cold.glob("*/.*")]
        if len(list(cold.glob("*/*"))) != 1:
            lost.append(f"datasets: {sorted(cold.glob('*/*'))}")
    return Outcome(f"2 servers, {rounds} times", lost)


def damaged_cache(scale: Scale) -> Outcome:
    """A generated dataset of which something is gone or cut off: it is made again."""
    whole = scale.folder / "whole cache"
    lost = _serves(whole)
    (place,) = whole.glob(f"*/{_GENERATED}")
    expected = _contents(place)
    files = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
    names = sorted(files)[:: scale.of(1, 8)]
    tried = 0
    for number, name in enumerate(names):
        for harm in (_cut, Path.unlink) if not scale.short else (_cut,):
            copy = scale.folder / f"damaged {number} {harm.__name__}"
            shutil.copytree(whole, copy)
            (damaged,) = copy.glob(f"*/{_GENERATED}")
            harm(damaged / name)
            tried += 1
            lost += [f"{name}, {harm.__name__}: {fault}" for fault in _serves(copy)]
            if _contents(damaged) != expected:
                lost.append(f"{name}, {harm.__name__}: not as it was")
    return Outcome(f"{tried} damaged caches", lost)


def _cut(file: Path) -> None:
    """Keep the first half."""
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])


SCENARIOS = [
    Scenario("kill-generating", "no leftovers, the next generates", kill_generating),
    Scenario("kill-import", "nothing half, the next imports", kill_import),
    Scenario("disk-full", "status 2 or 503, nothing half", disk_full),
    Scenario("two-on-one-cache", "both answer", two_processes),
    Scenario("damaged-cache", "made again", damaged_cache),
]
