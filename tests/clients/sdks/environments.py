"""Where clients are installed: outside of the tree, once for each state of their pins.

An environment is a folder of the cache (`LOCUM_CLIENTS`, else `locum-clients` in `XDG_CACHE_HOME`
or `~/.cache`), named by a digest of the pins and of what they are installed with. It is made beside
its place and moved there when it is whole, so a half one is never found.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from attrs import frozen
from filelock import FileLock

PINS = Path(__file__).parent / "pins"


@frozen
class Unavailable(Exception):
    """A client cannot be installed on this machine."""

    client: str
    reason: str

    def __str__(self) -> str:
        return f"{self.client}: {self.reason}"


def python(name: str, pins: Path = PINS) -> Path:
    """The interpreter of an environment with what `<name>.txt` pins. Raises Unavailable."""
    wanted = pins / f"{name}.txt"

    def make(folder: Path) -> None:
        # This interpreter's own pip installs there: an environment with one takes seconds more.
        _run(name, [sys.executable, "-m", "venv", "--without-pip", str(folder)], folder)
        install = ["install", "--quiet", "--no-deps", "--no-compile", "--requirement", str(wanted)]
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(folder)]
        _run(name, [*pip, *install], folder)

    made_with = f"{sys.version} {platform.platform()}"
    return _environment(name, [wanted.read_bytes(), made_with.encode()], make) / "bin" / "python"


def node(pins: Path = PINS) -> Path:
    """A folder whose `node_modules` has what `npm/package-lock.json` pins. Raises Unavailable."""
    missing = [command for command in ("node", "npm") if shutil.which(command) is None]
    if missing:
        raise Unavailable("npm", f"not installed: {', '.join(missing)}")
    wanted = [pins / "npm" / file for file in ("package.json", "package-lock.json")]

    def make(folder: Path) -> None:
        for file in wanted:
            shutil.copy(file, folder)
        quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"]
        _run("npm", ["npm", "ci", *quiet], folder)

    return _environment("npm", [file.read_bytes() for file in wanted], make)


def version(package: str, pins: Path = PINS, name: str | None = None) -> str:
    """The version of a package that `<name>.txt` pins, or that npm's package.json does."""
    if name is None:
        text = (pins / "npm" / "package.json").read_text(encoding="utf-8")
        found = re.search(rf'"{re.escape(package)}": "([^"]+)"', text)
    else:
        text = (pins / f"{name}.txt").read_text(encoding="utf-8")
        found = re.search(rf"^{re.escape(package)}==(\S+)$", text, re.MULTILINE)
    assert found is not None, f"{package} is not pinned"
    return found[1]


def _environment(name: str, pins: list[bytes], make: Callable[[Path], None]) -> Path:
    digest = hashlib.sha256(b"\0".join(pins)).hexdigest()[:16]
    cache = _cache()
    cache.mkdir(parents=True, exist_ok=True)
    place = cache / f"{name}-{digest}"
    with FileLock(cache / f"{name}.lock"):
        if not place.exists():
            with tempfile.TemporaryDirectory(dir=cache) as unfinished:
                folder = Path(unfinished) / name
                folder.mkdir()
                make(folder)
                folder.rename(place)
    return place


def _cache() -> Path:
    named = os.environ.get("LOCUM_CLIENTS")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "locum-clients"


def _run(client: str, command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        told = next(
            (line for line in reversed(lines) if "error" in line.lower()), "no reason given"
        )
        raise Unavailable(client, f"{Path(command[0]).name} failed: {told}")
