"""Documents that mean harm are served, linted or refused: no traceback, and within bounds of time
and memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from locum.exceptions import DocumentError
from locum.http.connexion_app import ServedDocument
from locum.openapi import documents
from locum.openapi.lint import ERROR, lint
from locum.provider import Provider
from tests.conftest import ROOT
from tests.openapi.hostile_documents import CASES, tower, with_schemas
from tests.oracles.small_api import client_of

# What takes long is for `scripts/hostile`.
LARGE = {name for name in CASES if "0000" in name or "laughs" in name or "long" in name}
SECONDS = 5
MOST_BYTES = 500 * 2**20


def written(folder: Path, name: str) -> Path:
    files = CASES[name]()
    for file, content in files.items():
        (folder / file).write_bytes(content)
    return folder / next(iter(files))


@pytest.mark.parametrize("name", sorted(CASES.keys() - LARGE))
def test_what_serve_refuses_lint_names_and_neither_stumbles(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, name)
    try:
        documents.load(path)
    except DocumentError as error:
        refused = True
        assert error.fix
        assert "\n" not in str(error)
    else:
        refused = False
    try:
        found = lint(path)
    except DocumentError as error:  # unreadable
        assert refused
        assert error.fix
    else:
        assert not refused or any(finding.severity == ERROR for finding in found)
