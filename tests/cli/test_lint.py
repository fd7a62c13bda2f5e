"""`locum lint`: a line for each finding, and the exit status."""

from __future__ import annotations

import json
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
    document = tmp_path / "one.yaml"
    document.write_text(
        "openapi: 3.1.0\ninfo: {title: One, version: '1'}\npaths:\n  /a:\n    get: 5\n"
    )
    assert main(["lint", str(document)]) == 1
    first, last = capsys.readouterr().out.splitlines()
    assert first == (
        f"{document}:5: error: #/paths/~1a/get: found 5, expected an object [structure]"
    )
    assert last == "1 errors, 0 warnings in 1 documents"


WARNED = """\
openapi: 3.1.0
info: {title: One, version: '1'}
paths:
  /a:
    fetch: {}
"""


@pytest.mark.parametrize(
    ("flags", "level", "status"), [([], "warning", 0), (["--strict"], "error", 1)]
)
def test_a_foreign_field_is_a_warning_and_refused_where_it_is_strict(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    flags: list[str],
    level: str,
    status: int,
) -> None:
    document = tmp_path / "one.yaml"
    document.write_text(WARNED)
    assert main(["lint", *flags, str(document)]) == status
    first, last = capsys.readouterr().out.splitlines()
    assert first == (
        f"{document}:4: {level}: #/paths/~1a: found the unknown field 'fetch', "
        "expected a field that OpenAPI has here [meta-schema]"
    )
    assert last == f"{status} errors, {1 - status} warnings in 1 documents"


def test_a_wrong_example_is_a_warning_and_strictly_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "one.yaml"
    document.write_text(
        "openapi: 3.1.0\ninfo: {title: One, version: '1'}\npaths: {}\n"
        "components: {schemas: {S: {type: string, example: 5}}}\n"
    )
    statuses = [main(["lint", *flags, str(document)]) for flags in ([], ["--strict"])]
    assert statuses == [0, 1]
    out = capsys.readouterr().out
    for level in ("warning", "error"):
        assert out.count(f":4: {level}: #/components/schemas/S/example: 5 is no") == 1


def test_what_cannot_be_read_is_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The other document is looked at all the same."""
    good, broken = tmp_path / "good.yaml", tmp_path / "broken.yaml"
    good.write_text(WARNED)
    broken.write_text("a: [")
    assert main(["lint", str(broken), str(good)]) == 2
    assert capsys.readouterr().out.splitlines()[-1] == "1 errors, 1 warnings in 2 documents"


def test_json_has_a_finding_as_an_object(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "one.yaml"
    document.write_text(WARNED)
    assert main(["lint", "--format", "json", str(document)]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "errors": 0,
        "warnings": 1,
        "notes": 0,
        "findings": [
            {
                "file": str(document),
                "line": 4,
                "column": 3,
                "pointer": "#/paths/~1a",
                "level": "warning",
                "rule": "meta-schema",
                "message": (
                    "found the unknown field 'fetch', expected a field that OpenAPI has here"
                ),
            }
        ],
    }


def test_sarif_is_a_log_of_one_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = tmp_path / "one.yaml"
    document.write_text(WARNED)
    assert main(["lint", "--format", "sarif", str(document)]) == 0
    log = json.loads(capsys.readouterr().out)
    assert log["version"] == "2.1.0"
    assert [result["ruleId"] for run in log["runs"] for result in run["results"]] == ["meta-schema"]


def test_another_format_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "--format", "xml", str(LANGSMITH)]) == 2
    assert "sarif" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "nowhere.yaml"]) == 2
    assert capsys.readouterr().err.startswith("error: nowhere.yaml: ")
