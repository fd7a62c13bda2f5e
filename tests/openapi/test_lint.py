"""`locum lint`: every fault of a document or overlay, with the line it stands in."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from locum.cli.main import main
from tests.conftest import ROOT

SPECS = ROOT / "specs"
TOLERATED = ("API Key", "Tenant ID", "Bearer Auth")


def line_of(path: Path, text: str, after: str = "") -> int:
    """Where the text stands for the first time after another, found by reading the file."""
    lines = list(enumerate(path.read_text(encoding="utf-8").splitlines(), 1))
    start = next(number for number, line in lines if after in line)
    return next(number for number, line in lines if number >= start and text in line)


def copied(folder: Path, name: str) -> tuple[Path, Path]:
    for file in (f"{name}.yaml", f"{name}.overlay.yaml"):
        shutil.copy(SPECS / file, folder)
    return folder / f"{name}.yaml", folder / f"{name}.overlay.yaml"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_bundled_documents_have_three_tolerated_names_and_no_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    langsmith = SPECS / "langsmith.yaml"
    assert main(["lint", str(langsmith), str(SPECS / "helicone.yaml")]) == 0
    *findings, summary = capsys.readouterr().out.splitlines()
    assert summary == "0 errors, 3 warnings in 2 documents"
    assert {finding.split(": ")[0] for finding in findings} == {
        f"{langsmith}:{line_of(langsmith, f'    {name}:', after='securitySchemes:')}"
        for name in TOLERATED
    }
    assert all(": warning: " in finding for finding in findings)


def test_every_fault_of_a_document_is_found_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document, _ = copied(tmp_path, "langsmith")
    edit(document, "required: true", "required: 5")
    edit(document, "type: http", "type: htp")
    edit(document, "in: query", "in: nowhere")
    assert main(["lint", str(document)]) == 1
    out = capsys.readouterr().out
    for text in ("required: 5", "in: nowhere"):
        assert f"{document}:{line_of(document, text)}: error: " in out
    scheme = line_of(document, "Bearer Auth:", after="securitySchemes:")
    assert f"{document}:{scheme}: error: #/components/securitySchemes/Bearer Auth" in out


def test_malformed_schemas_are_told_at_their_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document, _ = copied(tmp_path, "langsmith")
    edit(document, "minimum: 1", "minimum: one")
    edit(document, "format: uuid", "format: 5")
    assert main(["lint", str(document)]) == 1
    out = capsys.readouterr().out
    assert f"{document}:{line_of(document, 'minimum: one')}: error: " in out
    assert f"{document}:{line_of(document, 'format: 5')}: error: " in out


def test_a_fault_that_the_overlay_brings_is_told_at_its_action(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document, overlay = copied(tmp_path, "helicone")
    edit(overlay, "description: Too many requests.", "descriptio: Too many requests.")
    assert main(["lint", str(document)]) == 1
    action = line_of(overlay, "- target: $.paths")
    assert f"{overlay}:{action}: error: in effect, #/paths/" in capsys.readouterr().out


def test_a_target_that_is_not_there_is_told_at_its_action(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document, overlay = copied(tmp_path, "langsmith")
    edit(overlay, "$.components.schemas.RunStatsGroupBy", "$.components.schemas.Nothing")
    assert main(["lint", str(document)]) == 1
    out = capsys.readouterr().out
    assert f"{overlay}:{line_of(overlay, 'schemas.Nothing')}: error: " in out


def test_what_is_no_yaml_is_told_at_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "broken.yaml"
    document.write_text("openapi: 3.1.0\ninfo: {\n", encoding="utf-8")
    assert main(["lint", str(document)]) == 1
    assert capsys.readouterr().out.startswith(f"{document}:3: error: line 3, column 1")


def test_a_file_that_is_not_there_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "no-such.yaml"]) == 2
    error, fix = capsys.readouterr().err.splitlines()
    assert error == "error: no-such.yaml: No such file or directory"
    assert fix.startswith("fix: ")


def test_no_document_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint"]) == 2
    assert "SPEC" in capsys.readouterr().err


def test_without_the_validator_the_fix_is_its_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "openapi_spec_validator", None)
    assert main(["lint", str(SPECS / "helicone.yaml")]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "error: lint needs openapi-spec-validator, which is not installed",
        "fix: pip install 'locum[lint]'",
    ]
