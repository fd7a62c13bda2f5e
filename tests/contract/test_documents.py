"""Three documents that no provider knows, each served by one process: every operation answers its
valid request with what the document describes, and resources are kept. `scripts/documents` tries
all that there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.oracles.kept_resources import told
from tests.oracles.served_document import findings

OWN = ROOT / "tests" / "contract" / "documents"
NAMES = ("shop", "desk", "odds")


@pytest.mark.parametrize("name", NAMES)
def test_each_operation_answers_as_the_document_says(name: str, tmp_path: Path) -> None:
    found = findings(OWN / f"{name}.yaml", tmp_path / "log", optional=True)
    assert found.not_served == ""
    wrong = [f"{one.operation.label}: {one.reason}" for one in found.asked if one.kind != "valid"]
    assert wrong == []
    assert len(found.asked) >= 10


@pytest.mark.parametrize("name", ["shop", "desk"])
def test_resources_are_kept(name: str, tmp_path: Path) -> None:
    stories = told(OWN / f"{name}.yaml", tmp_path / "log")
    assert len(stories) == 3
    wrong = [
        f"{story.label}: {step}: {fault}"
        for story in stories
        for step, fault in story.steps.items()
        if fault
    ]
    assert wrong == []
    assert all({"POST", "GET", "equal", "list", "404", "reset"} <= s.steps.keys() for s in stories)
