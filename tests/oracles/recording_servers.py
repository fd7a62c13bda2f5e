"""Servers of `tiny` in this process that record into a folder, one after the other."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.testclient import TestClient

from locum.cli import recordings
from locum.http.control import OwnControl
from locum.http.sandboxes import Sandboxes
from locum.recording.recorder import Recorder
from tests.oracles import bundled

KEY = "locum-demo-key"


@contextmanager
def recording(folder: Path) -> Iterator[TestClient]:
    """A client of a server that goes on from what the one before recorded, and ends as one that is
    killed does: nothing is saved."""
    scenarios = bundled.scenarios_of([bundled.find("tiny")])
    scenarios.load_chosen()
    with Recorder.into(folder) as recorder:
        sandboxes = Sandboxes(recorder=recorder)
        application = bundled.application_of(scenarios, control=OwnControl(sandboxes))
        recordings.take_up(recorder, scenarios, sandboxes)
        headers = {"X-API-Key": KEY, "Authorization": f"Bearer {KEY}"}
        with TestClient(application, raise_server_exceptions=False, headers=headers) as client:
            yield client


def incomplete(client: TestClient) -> dict[str, int]:
    """What a saved dataset would tell to be incomplete, by name."""
    answer = client.get("/__locum/datasets/tiny/export")
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        told = json.loads(packed.read("manifest.json")).get("incomplete", [])
    return {each["name"]: each["count"] for each in told}
