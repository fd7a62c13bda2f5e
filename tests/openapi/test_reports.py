"""Findings as JSON and SARIF. The fields that SARIF requires are those of its specification:
https://docs.oasis-open.org/sarif/sarif/v2.1.0/, sections 3.13, 3.14, 3.18, 3.19, 3.27 to 3.30 and
3.33."""

from __future__ import annotations

import json
from pathlib import Path

from locum.openapi.findings import RULES, Finding
from locum.openapi.reports import as_json, as_sarif, summary

FINDINGS = [
    Finding(Path("a b.yaml"), "webhooks", "warning", "m", ("webhooks",), 7, 1),
    Finding(Path("/x/c.yaml"), "unreadable", "error", "no YAML", None, 3),
    Finding(Path("a b.yaml"), "scheme-name", "note", "n", ("components", "a/b"), 9, 2),
]


def test_summary_counts_levels() -> None:
    assert summary(FINDINGS, 2) == "1 errors, 1 warnings, 1 notes in 2 documents"
    assert summary([], 1) == "0 errors, 0 warnings in 1 documents"


def test_json_has_every_field_of_each_finding() -> None:
    report = json.loads(as_json(FINDINGS))
    assert [report[level] for level in ("errors", "warnings", "notes")] == [1, 1, 1]
    assert report["findings"][1] == {
        "file": "/x/c.yaml",
        "line": 3,
        "column": None,
        "pointer": None,
        "level": "error",
        "rule": "unreadable",
        "message": "no YAML",
    }
    assert report["findings"][2]["pointer"] == "#/components/a~1b"


def test_sarif_has_what_it_requires() -> None:
    log = json.loads(as_sarif(FINDINGS))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "locum lint"
    rules = {rule["id"]: rule["shortDescription"]["text"] for rule in driver["rules"]}
    assert rules == {name: RULES[name] for name in ("webhooks", "unreadable", "scheme-name")}
    assert [result["level"] for result in run["results"]] == ["warning", "error", "note"]
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"]


def test_sarif_places_are_uris_lines_and_columns() -> None:
    first, second, _ = json.loads(as_sarif(FINDINGS))["runs"][0]["results"]
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "a%20b.yaml"},
                "region": {"startLine": 7, "startColumn": 1},
            },
            "logicalLocations": [{"fullyQualifiedName": "#/webhooks"}],
        }
    ]
    assert second["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "file:///x/c.yaml"},
                "region": {"startLine": 3},
            }
        }
    ]


def test_no_finding_is_a_run_without_results() -> None:
    assert json.loads(as_sarif([]))["runs"][0]["results"] == []
