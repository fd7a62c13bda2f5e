"""The drawings of docs/architecture.md are the walks as they are, and the request's is short."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from tests.conftest import ROOT

MOST_FILES, MOST_CHANGES = 20, 70  # of a request with a filter that was not asked for before


def draw(option: str) -> str:
    command = [sys.executable, "-W", "ignore", "scripts/draw_walks.py", option]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def walks() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(draw("--json"))
    return found


def test_the_page_shows_the_walks() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = re.findall(r"<!-- drawn by .*?<!-- end of \w+ -->\n", draw("--print"), re.DOTALL)
    assert len(drawn) == 2
    assert [each in page for each in drawn] == [True, True], "run scripts/draw_walks.py"


def test_a_request_passes_few_files(walks: dict[str, Any]) -> None:
    """And changes from one to another seldom: a reader can follow it."""
    assert len(walks["request"]["files"]) <= MOST_FILES
    assert walks["request"]["changes"] <= MOST_CHANGES


def test_a_request_of_one_vendor_enters_no_other(walks: dict[str, Any]) -> None:
    files = walks["request"]["files"]
    assert any(file.startswith("langsmith/") for file in files)
    assert not any(file.startswith(("helicone/", "generator/", "importer/")) for file in files)
