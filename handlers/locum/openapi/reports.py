"""Findings as reports: a summary, JSON, and SARIF for what shows them beside the lines of code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import orjson

from locum.openapi.findings import ERROR, NOTE, RULES, WARNING, Finding
from locum.openapi.walk import json_pointer
from locum.resources import __version__

_SARIF = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def summary(findings: Sequence[Finding], documents: int) -> str:
    """Return how many findings there are, in so many documents, as a sentence."""
    count = Counter(found.level for found in findings)
    notes = f", {count[NOTE]} notes" if count[NOTE] else ""
    return f"{count[ERROR]} errors, {count[WARNING]} warnings{notes} in {documents} documents"


def as_json(findings: Sequence[Finding]) -> str:
    """Return the findings as a JSON object with how many there are of each level. `pointer` is a
    JSON pointer after `#`, null where a file cannot be read; lines and columns count from 1."""
    count = Counter(found.level for found in findings)
    return _written(
        {
            "errors": count[ERROR],
            "warnings": count[WARNING],
            "notes": count[NOTE],
            "findings": [
                {
                    "file": str(found.path),
                    "line": found.line,
                    "column": found.column,
                    "pointer": _pointer(found),
                    "level": found.level,
                    "rule": found.rule,
                    "message": found.message,
                }
                for found in findings
            ],
        }
    )


def as_sarif(findings: Sequence[Finding]) -> str:
    """Return the findings as a log of SARIF 2.1.0
    (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html)."""
    rules = sorted({found.rule for found in findings})
    driver = {
        "name": "locum lint",
        "version": __version__,
        "rules": [{"id": rule, "shortDescription": {"text": RULES[rule]}} for rule in rules],
    }
    results = [_result(found, rules.index(found.rule)) for found in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return _written({"$schema": _SARIF, "version": "2.1.0", "runs": [run]})


def _result(found: Finding, index: int) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(found)}}
    if found.line is not None:
        column = {} if found.column is None else {"startColumn": found.column}
        place["region"] = {"startLine": found.line} | column
    location: dict[str, Any] = {"physicalLocation": place}
    pointer = _pointer(found)
    if pointer is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": pointer}]
    return {
        "ruleId": found.rule,
        "ruleIndex": index,
        "level": found.level,
        "message": {"text": found.text},
        "locations": [location],
    }


def _uri(found: Finding) -> str:
    return found.path.as_uri() if found.path.is_absolute() else quote(found.path.as_posix())


def _pointer(found: Finding) -> str | None:
    return None if found.pointer is None else json_pointer(found.pointer)


def _written(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
