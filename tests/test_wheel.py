"""The wheel is all that a user needs: installed alone and run elsewhere, it answers the same."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
import venv
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.conftest import ROOT
from tests.oracles.requests_of_tiny import OPERATIONS, request


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment that holds the wheel and what it requires, nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    build: list[str | Path] = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        folder,
        ROOT,
    ]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("locum-*.whl")
    venv.create(folder / "venv", with_pip=True)
    pip: list[str | Path] = [folder / "venv/bin/python", "-m", "pip", "install", "--quiet", wheel]
    subprocess.run(pip, check=True, capture_output=True)
    return folder / "venv" / "bin" / "locum"


def test_wheel_serves_the_same_answers(
    installed: Path, client: TestClient, world: dict[str, str], tmp_path: Path
) -> None:
    """Run from an empty folder, with an empty environment."""
    command: list[str | Path] = [installed, "serve", "--port", "0", "--data", "tiny"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env={}
    ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1]
            for operation in OPERATIONS:
                asked = client.build_request(**request(operation, world))
                sent = urllib.request.Request(
                    url + asked.url.raw_path.decode(),
                    asked.read() or None,
                    dict(asked.headers) | {"host": "localhost"},
                    method=asked.method,
                )
                with urllib.request.urlopen(sent, timeout=10) as answer:
                    body = answer.read()
                assert json.loads(body), operation
                assert body == client.send(asked).content, operation
        finally:
            process.terminate()


def test_wheel_installs_no_test_tool(installed: Path) -> None:
    """Nor what the check, or the bench, is made with."""
    listing = subprocess.run(
        [installed.parent / "python", "-m", "pip", "list", "--format", "json"],
        check=True,
        capture_output=True,
    )
    names = {package["name"].lower() for package in json.loads(listing.stdout)}
    assert "connexion" in names
    assert not names & {
        "pytest",
        "schemathesis",
        "openapi-core",
        "pyarrow",
        "mypy",
    }


def test_wheel_generates_what_it_does_not_carry(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [installed, "fixtures", "check", "spike", "empty"],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"LOCUM_CACHE": str(tmp_path / "cache")},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "0 differences in 2 datasets\n"
    assert [path.name for path in (tmp_path / "cache").glob("*/*")] == ["spike"]


def test_wheel_says_where_the_project_is(installed: Path) -> None:
    """As the package index shows it."""
    code = (
        "import importlib.metadata, json; found = importlib.metadata.metadata('locum'); "
        "print(json.dumps([found['Author'], found.get_all('Project-URL'), found.get_payload()]))"
    )
    done = subprocess.run(
        [installed.parent / "python", "-c", code], check=True, capture_output=True, text=True
    )
    author, urls, description = json.loads(done.stdout)
    assert author == "The Locum developers"
    names = ["Homepage", "Documentation", "Changelog", "Issues", "Source"]
    assert [url.partition(",")[0] for url in urls] == names
    assert all(", https://github.com/locum-server/locum" in url for url in urls)
    assert description.strip() == (ROOT / "README.md").read_text(encoding="utf-8").strip()
