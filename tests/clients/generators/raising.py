"""Raise the versions of the generators: `scripts/clients`. The tests say what no longer works."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.clients.generators.generated import HERE, PINS
from tests.clients.sdks.raising import frozen

PYTHON = "openapi-python-client"
# openapi-typescript and hey-api are programs on the compiler's modules, which TypeScript 7 has not.
KEPT = {"typescript": "5"}


def versions() -> dict[str, str]:
    """The versions that are pinned, by name; of an alias the version behind it."""
    package = json.loads((PINS / "npm" / "package.json").read_text(encoding="utf-8"))
    found = {name: text.rpartition("@")[2] for name, text in package["dependencies"].items()}
    pins = (PINS / f"{PYTHON}.txt").read_text(encoding="utf-8")
    of_python = re.search(rf"^{PYTHON}==(\S+)$", pins, re.MULTILINE)
    assert of_python is not None
    return found | {PYTHON: of_python[1]}


def raise_pins() -> None:
    """Write what the indexes have as the newest into the pins."""
    names = [name for name in versions() if name != PYTHON]
    wanted = [f"{name}@{KEPT.get(name, 'latest')}" for name in names if name != "typescript-newest"]
    locked = ["--package-lock-only", "--omit-lockfile-registry-resolved", "--save-exact"]
    install = ["npm", "install", *locked, "--no-audit", "--no-fund", *wanted]
    newest = "typescript-newest@npm:typescript@latest"
    subprocess.run([*install, newest], cwd=PINS / "npm", check=True, stdout=sys.stderr)
    frozen(PINS, PYTHON, [PYTHON])


def changed(before: dict[str, str], after: dict[str, str]) -> Iterator[str]:
    """A line for each generator: what it was, and is."""
    for name, version in after.items():
        same = f"{name} {version}: the newest"
        yield same if before[name] == version else f"{name} {before[name]} → {version}"


if __name__ == "__main__":
    old = versions()
    raise_pins()
    for line in changed(old, versions()):
        sys.stdout.write(f"{line}\n")
    sys.exit(pytest.main(["-q", str(HERE)]))
