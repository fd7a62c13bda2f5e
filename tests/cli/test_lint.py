"""`locum lint`: a line for each finding, and the exit status."""

from __future__ import annotations

from pathlib import Path

import pytest

from locum.cli.main import main
from tests.conftest import ROOT

LANGSMITH, HELICONE = ROOT / "specs" / "langsmith.yaml", ROOT / "specs" / "helicone.yaml"


def test_the_bundled_documents_have_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", str(LANGSMITH), str(HELICONE)]) == 0
    *findings, last = capsys.readouterr().out.splitlines()
    assert last.endswith("warnings in 2 documents")
    assert last.startswith("0 errors, ")
    assert all(": warning: " in finding for finding in findings)


def test_an_error_is_status_1_with_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The fifth line has a method that OpenAPI does not know."""
    document = tmp_path / "one.yaml"
    document.write_text(
        "openapi: 3.1.0\ninfo: {title: One, version: '1'}\npaths:\n  /a:\n    fetch: {}\n"
    )
    assert main(["lint", str(document)]) == 1
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{document}:")
    assert ": error: " in first
    assert last == "1 errors, 0 warnings in 1 documents"


def test_a_file_that_is_not_there_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "nowhere.yaml"]) == 2
    assert capsys.readouterr().err.startswith("error: nowhere.yaml: ")
