"""The application as a whole: it serves both documents on one port, or does not start."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from locum.cli.main import main
from locum.http import operation as dispatch
from tests.conftest import ROOT, application_over
from tests.oracles.requests_of_tiny import OPERATIONS, request

LANGSMITH, HELICONE = ROOT / "specs" / "langsmith.yaml", ROOT / "specs" / "helicone.yaml"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_operation_answers(client: TestClient, world: dict[str, str], operation: str) -> None:
    answer = client.request(**request(operation, world))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_same_request_same_bytes(client: TestClient, world: dict[str, str], operation: str) -> None:
    first, second = (client.request(**request(operation, world)).content for _ in range(2))
    assert first == second


@pytest.mark.parametrize("more", [{}, {"If-None-Match": "*"}, {"Origin": "http://a.test"}])
def test_the_very_same_request_goes_the_whole_way_twice(
    world: dict[str, str], monkeypatch: pytest.MonkeyPatch, more: dict[str, str]
) -> None:
    """From then on it is answered at once, with the same headers but the time."""
    ways: list[str] = []
    whole_way = dispatch.Operation.__call__

    async def watched(self: dispatch.Operation, *arguments: Any) -> None:
        ways.append(self.name)
        await whole_way(self, *arguments)

    monkeypatch.setattr(dispatch.Operation, "__call__", watched)
    asked = request("group_stats", world)
    asked["headers"] = asked["headers"] | more
    with TestClient(application_over("tiny")) as client:
        answers = [client.request(**asked) for _ in range(4)]
    assert ways == ["POST /api/v1/runs/group/stats"] * 2
    assert len({(a.status_code, a.content, str(a.headers)) for a in answers}) == 1


def edited(folder: Path, source: Path, edit: Callable[[str], str]) -> str:
    """A copy of a document, with its overlay, after an edit of its text."""
    text = source.read_text(encoding="utf-8")
    changed = edit(text)
    assert changed != text, "the edit changes nothing"
    path = folder / source.name
    path.write_text(changed, encoding="utf-8")
    shutil.copy(source.with_suffix(".overlay.yaml"), folder)
    return str(path)


FAULTS: dict[str, tuple[Path, Callable[[str], str], tuple[str, ...]]] = {
    "missing handler": (
        HELICONE,
        lambda text: text.replace("operationId: GetMetrics", "operationId: GetOthers"),
        ("helicone.yaml", "POST /v1/session/metrics/query", "GetOthers"),
    ),
    "duplicate id": (
        LANGSMITH,
        lambda text: text.replace(
            "read_examples_with_runs_grouped_api_v1_datasets__dataset_id__group_runs_post",
            "stats_group_runs_api_v1_runs_group_stats_post",
        ),
        ("langsmith.yaml", "stats_group_runs_api_v1_runs_group_stats_post"),
    ),
    "unknown schema keyword": (
        LANGSMITH,
        lambda text: text.replace("minimum: 0", "minimun: 0", 1),
        ("langsmith.yaml", "minimun"),
    ),
    "unknown version": (
        HELICONE,
        lambda text: text.replace("openapi: 3.0.0", "openapi: 4.0.0"),
        ("helicone.yaml", "4.0.0"),
    ),
    "cookie parameter": (
        LANGSMITH,
        lambda text: text.replace("in: query", "in: cookie", 1),
        ("langsmith.yaml", "cookie"),
    ),
    "no YAML": (HELICONE, lambda text: text + "\n\t- {", ("helicone.yaml",)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_document_at_fault_stops_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    """One clear line that names document and fault, one that says how to mend it, exit code 2."""
    source, edit, words = FAULTS[fault]
    status = main(["serve", "--port", "0", "--data", "tiny", edited(tmp_path, source, edit)])
    error, fix = capsys.readouterr().err.splitlines()
    assert status == 2
    assert error.startswith("error: ")
    assert fix.startswith("fix: ")
    assert all(word in error for word in words), error


def test_colliding_paths_stop_the_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two documents with the same path, whatever its parameter is called and the id is."""
    other = tmp_path / "other.yaml"
    shutil.copy(HELICONE, other)
    status = main(["serve", "--port", "0", "--data", "tiny", str(HELICONE), str(other)])
    error = capsys.readouterr().err.splitlines()[0]
    assert status == 2
    assert "collides" in error
    assert "helicone.yaml" in error
    assert "other.yaml" in error
