"""Raise the versions of the SDKs that tests run: `scripts/clients`.

Asks the package indexes for the newest, writes the pins, tells which methods are new and which are
gone, runs all clients, and writes the tables of docs/clients.md anew. What no longer gives what the
rows say is told; the difference of the page shows which calls are others. `python-older` stays.
"""

from __future__ import annotations

import difflib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.clients.sdks import environments, page
from tests.clients.sdks.asked import asked
from tests.clients.sdks.expected import Expected
from tests.clients.sdks.judgement import faults
from tests.clients.sdks.methods import methods
from tests.clients.sdks.run import LANGCHAIN, NEWEST, NODE, run, title, world

RAISED = (NEWEST, NODE, LANGCHAIN)


def newest_pins(folder: Path) -> None:
    """Write what the indexes have as the newest into a folder like that of the pins."""
    shutil.copytree(environments.PINS, folder)
    frozen(folder, NEWEST, ["langsmith"])
    langsmith = environments.version("langsmith", folder, NEWEST)
    frozen(folder, LANGCHAIN, ["langchain-core", f"langsmith=={langsmith}"])
    exporter = ["opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"]
    frozen(folder, "otel", [*exporter, f"langsmith=={langsmith}"])
    locked = ["--package-lock-only", "--omit-lockfile-registry-resolved", "--save-exact"]
    quiet = ["--no-audit", "--no-fund"]
    newest = ["npm", "install", *locked, *quiet, "langsmith@latest"]
    subprocess.run(newest, cwd=folder / "npm", check=True, stdout=sys.stderr)


def frozen(folder: Path, name: str, packages: list[str]) -> None:
    """Pin what pip installs for the packages, below the comment that the file begins with."""
    file = folder / f"{name}.txt"
    comment = file.read_text(encoding="utf-8").splitlines()[0]
    with tempfile.TemporaryDirectory() as environment:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", environment]
        subprocess.run([*pip, "install", "--quiet", *packages], check=True)
        frozen = subprocess.run([*pip, "freeze"], check=True, capture_output=True, text=True)
    file.write_text(f"{comment}\n{frozen.stdout}", encoding="utf-8")


def changes(before: Iterable[str], after: Iterable[str]) -> Iterator[str]:
    """The methods that are new, and those that are gone, by name."""
    old, new = set(before), set(after)
    yield from (f"  new:  {name}" for name in sorted(new - old))
    yield from (f"  gone: {name}" for name in sorted(old - new))


def raised() -> Iterator[str]:
    """Raise the versions, and tell what that changed."""
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder) / "pins"
        newest_pins(pins)
        for client in RAISED:
            old, new = title(client), title(client, pins)
            yield f"{old}: the newest" if old == new else f"{old} → {new}"
            if client != LANGCHAIN:
                yield from changes(methods(client), methods(client, pins))
        shutil.copytree(pins, environments.PINS, dirs_exist_ok=True)
    found = run()
    yield from (f"not run: {reason}" for reason in found.unavailable.values())
    rows = world()
    expected = Expected(rows, asked(rows))
    for client, told in found.told.items():
        for one in told:
            for fault in faults(client, one, expected):
                yield f"{title(client)} {one.client}.{one.method} ({one.expected}): {fault}"
    if not found.unavailable:
        before, after = page.PAGE.read_text(encoding="utf-8"), page.written(found)
        page.PAGE.write_text(after, encoding="utf-8")
        yield from difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)


if __name__ == "__main__":
    for line in raised():
        sys.stdout.write(f"{line}\n")
