"""Clients in processes of their own, before a started server that knows nothing of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

ROOT = Path(__file__).parents[3]
KEY = "locum-demo-key"
_LONGEST = 300  # seconds that a client may take for all its calls


@contextmanager
def served(
    folder: Path, data: str | Path = "tiny", *options: str, **environment: str
) -> Iterator[str]:
    """The address of `locum serve` with that dataset, further options, and what is added to its
    environment; what it prints goes into the folder."""
    command = [sys.executable, "-m", "locum", "serve", "--data", str(data), "--port", "0", *options]
    greeting, log = folder / "greeting", folder / "log"
    with greeting.open("wb") as printed, log.open("wb") as errors:
        process = subprocess.Popen(
            command, stdout=printed, stderr=errors, env=os.environ | environment
        )
    try:
        deadline = time.monotonic() + 60
        while not greeting.read_text(encoding="utf-8").endswith("\n"):
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, "not ready after a minute"
            time.sleep(0.05)
        yield greeting.read_text(encoding="utf-8").splitlines()[0].split()[-1]
    finally:
        process.terminate()
        process.wait(timeout=10)


@frozen
class Told:
    """What became of one call: the line that a client's process has printed."""

    client: str  # the class that was called
    method: str
    expected: str
    seconds: float
    type: str
    value: Any
    error: str | None
    requests: list[dict[str, Any]]
    log: list[str]
    warnings: list[str]


def called(
    command: list[str], url: str, asked: dict[str, Any], prefix: str = ""
) -> tuple[list[str], list[Told]]:
    """The methods that the process's client has, and what it tells of its calls. Nothing of this
    process's own settings reaches it but the address, with the prefix at its end, and the key."""
    methods, *lines = map(json.loads, printed(command, url, json.dumps(asked), prefix))
    return methods, [Told(**line) for line in lines]


def _environment(url: str, prefix: str) -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {
        "LANGSMITH_ENDPOINT": url + prefix,
        "LANGSMITH_API_KEY": KEY,
        "LANGSMITH_TRACING": "true",
        "LOCUM_URL": url,
    }


@contextmanager
def speaking(
    command: list[str], url: str, prefix: str, **environment: str
) -> Iterator[Iterator[str]]:
    """The lines that a client's process prints, each as soon as it does; it is started as `called`
    does, with what is added to its environment, and has ended well afterwards."""
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as errors,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=_environment(url, prefix) | environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            yield process.stdout
            process.wait(timeout=_LONGEST)
        except StopIteration:  # of a line that has not come
            process.wait(timeout=_LONGEST)
            errors.seek(0)
            raise AssertionError(errors.read()) from None
        finally:
            process.kill()
        errors.seek(0)
        assert process.returncode == 0, errors.read()


def printed(command: list[str], url: str, given: str = "", prefix: str = "") -> list[str]:
    """The lines that a client's process prints, as `called` starts it."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=_environment(url, prefix),
        input=given,
        capture_output=True,
        text=True,
        timeout=_LONGEST,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
