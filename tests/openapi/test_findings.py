"""Faults as findings and as refusals."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from locum.exceptions import DocumentError
from locum.openapi import findings
from locum.openapi.findings import ERROR, RULES, Fault, Finding, finding, raise_first, refusal

PACKAGE = Path(findings.__file__).parent
FAULT = Fault(("paths", "/a"), "5", "an object", "structure", ERROR)


def test_finding_is_a_line_with_its_file_line_level_pointer_and_rule() -> None:
    found = Finding(Path("d.yaml"), "scopes", "warning", "found x", ("security", 0), 7, 3)
    assert str(found) == "d.yaml:7: warning: #/security/0: found x [scopes]"


def test_finding_without_a_place_is_about_the_file() -> None:
    assert str(Finding(Path("d.yaml"), "info", "error", "m")) == "d.yaml: error: m [info]"


def test_fault_becomes_a_finding_of_the_document() -> None:
    assert finding(FAULT, Path("d.yaml")) == Finding(
        Path("d.yaml"), "structure", "error", "found 5, expected an object", ("paths", "/a")
    )


def test_refusal_tells_place_found_expected_and_fix() -> None:
    error = refusal(FAULT, Path("d.yaml"))
    assert str(error) == "d.yaml#/paths/~1a: found 5, expected an object"
    assert (error.pointer, error.found, error.expected) == (("paths", "/a"), "5", "an object")
    assert error.fix == (
        "mend the document, or change it with an action of d.overlay.yaml beside it"
    )


def test_a_fault_may_bring_a_fix_of_its_own() -> None:
    fault = Fault((), "a", "b", "structure", ERROR, fix="do this")
    assert refusal(fault, Path("d.yaml")).fix == "do this"


def test_the_first_fault_is_raised_and_none_where_there_is_none() -> None:
    raise_first([], Path("d.yaml"))
    with pytest.raises(DocumentError, match="found 5"):
        raise_first([FAULT, Fault((), "6", "7")], Path("d.yaml"))


def named_rules() -> set[str]:
    """The texts of the package that are names of rules by their place: a value of `rule`, or the
    fourth argument of Fault."""
    found: set[str] = set()
    for file in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            function = node.func if isinstance(node, ast.Call) else None
            name = getattr(function, "id", getattr(function, "attr", ""))
            place = {"Fault": 3, "_Rule": 4, "_warn": 3, "_error": 3, "_drop": 4}.get(name)
            if isinstance(node, ast.Call):
                arguments = [each.value for each in node.keywords if each.arg == "rule"]
                if place is not None:
                    arguments += node.args[place : place + 1]
                found |= {str(each.value) for each in arguments if isinstance(each, ast.Constant)}
    return found


def test_every_rule_that_is_told_of_is_described() -> None:
    assert {"reference", "keyword", "same-shape", "webhooks"} <= named_rules() <= RULES.keys()
