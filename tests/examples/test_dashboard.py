"""The web page of examples/dashboard in Chromium: its own tests, as its README runs them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

DASHBOARD = ROOT / "examples" / "dashboard"
BROWSER = os.environ.get("CHROMIUM", "chromium")
MISSING = [name for name in ("node", "npm", BROWSER) if shutil.which(name) is None]


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
def test_the_page_shows_every_bundled_dataset_and_every_failure(tmp_path: Path) -> None:
    """Playwright starts `locum serve` and four browsers; each test passes the first time."""
    folder, report = tmp_path / "dashboard", tmp_path / "report.json"
    made = shutil.ignore_patterns("node_modules", "test-results")
    shutil.copytree(DASHBOARD, folder, ignore=made)
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "CHROMIUM": str(shutil.which(BROWSER)),
        "PLAYWRIGHT_JSON_OUTPUT_FILE": str(report),
    }
    for command in (
        ["npm", "ci", "--prefer-offline", "--no-audit", "--no-fund"],
        ["npm", "test", "--", "--reporter=line,json"],
    ):
        ran = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
    found = json.loads(report.read_text(encoding="utf-8"))
    titles = {spec["title"] for suite in found["suites"] for spec in suite["specs"]}
    outcomes = {name: found["stats"][name] for name in ("expected", "skipped", "flaky")}
    assert outcomes == {"expected": len(titles), "skipped": 0, "flaky": 0}
    recipes = {path.stem for path in (ROOT / "fixtures" / "recipes").glob("*.yaml")}
    assert len(recipes) == 15
    assert {f"shows the numbers of {name}" for name in recipes} <= titles
