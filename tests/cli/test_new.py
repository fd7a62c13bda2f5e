"""`locum new provider`: it writes what works, and replaces nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from locum.cli.main import main

DOCUMENT = """\
openapi: 3.1.0
info: {title: Shop, version: '1'}
paths:
  /v1/stats:
    get:
      operationId: getStats
      responses:
        '200':
          description: ok
          content: {application/json: {schema: {type: object, required: [count],
            properties: {count: {type: integer}}}}}
"""
FILES = [
    "data/measurements.jsonl",
    "data/tables.yaml",
    "handlers/my_shop.py",
    "locum.toml",
    "my-shop.yaml",
    "test_contract.py",
]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.yaml").write_text(DOCUMENT)
    return tmp_path


def written(folder: Path) -> list[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if "__pycache__" not in path)


def test_it_writes_a_folder_whose_test_is_green(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three rows: the count is 3."""
    assert main(["new", "provider", "my-shop", "shop.yaml"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert sorted(printed[:6]) == [f"wrote my-shop/{name}" for name in FILES]
    assert printed[6:] == [
        "computed: GET /v1/stats by get_stats; all others are generated",
        "no recipe: recipes draw the world of the bundled providers alone",
        "next: cd my-shop && python test_contract.py && locum serve",
    ]
    assert written(here / "my-shop") == FILES
    done = subprocess.run(
        [sys.executable, "my-shop/test_contract.py"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "test_numbers_are_computed_of_the_rows passed",
        "test_every_request_is_answered passed",
    ]
    assert "expected = {'count': 3}" in (here / "my-shop" / "test_contract.py").read_text()


def test_its_test_is_red_where_what_is_computed_is_another(here: Path) -> None:
    assert main(["new", "provider", "my-shop", "shop.yaml"]) == 0
    handlers = here / "my-shop" / "handlers" / "my_shop.py"
    handlers.write_text(handlers.read_text().replace("len(values)", "4"))
    done = subprocess.run(
        [sys.executable, "my-shop/test_contract.py"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "AssertionError" in done.stderr


def test_nothing_is_replaced(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor is anything written then."""
    (here / "mine").mkdir()
    (here / "mine" / "locum.toml").write_text("port = 1\n")
    assert main(["new", "provider", "my-shop", "shop.yaml", "--into", "mine"]) == 2
    error, fix = capsys.readouterr().err.splitlines()
    assert error == "error: mine/locum.toml is there already"
    assert fix == "fix: name another folder with --into, or move what is there away"
    assert written(here / "mine") == ["locum.toml"]
    assert (here / "mine" / "locum.toml").read_text() == "port = 1\n"


@pytest.mark.parametrize("name", ["", "Shop", "my_shop", "../shop", "a--b", "-a", "1a"])
def test_a_name_is_that_of_a_folder_and_a_module(
    here: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", "provider", "--", name, "shop.yaml"]) == 2
    assert "is no name of a provider" in capsys.readouterr().err
    assert written(here) == ["shop.yaml"]


def test_a_document_that_cannot_be_served_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "shop.yaml").write_text("openapi: 3.1.0\n[")
    assert main(["new", "provider", "my-shop", "shop.yaml"]) == 2
    assert capsys.readouterr().err.startswith("error: shop.yaml")
    assert not (here / "my-shop").exists()


def test_where_it_cannot_write_it_says_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "mine").mkdir()
    (here / "mine" / "data").write_text("a file")
    assert main(["new", "provider", "my-shop", "shop.yaml", "--into", "mine"]) == 2
    assert capsys.readouterr().err.startswith("error: cannot write into mine: ")
