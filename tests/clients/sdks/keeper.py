"""A provider that takes the runs that SDKs write, and keeps them as payloads: what there is to be
merged and stored, before it is.

`KEEPER_FLAGS` are the `instance_flags` of its GET /info, which decide how SDKs send what they send,
and `use_multipart_endpoint`, as JSON.
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

from attrs import asdict

from locum import Answer, Provider
from locum.langsmith.ingestion.multipart import multipart
from locum.langsmith.ingestion.payloads import Batch, batch, created, updated
from locum.provider import RawBody

FLAGS = json.loads(os.environ.get("KEEPER_FLAGS", "{}"))
KEPT: list[dict[str, Any]] = []
MOST_BYTES = 20_971_520


def info(_data: Any, _tenant: Any) -> Any:
    """What decides how SDKs send."""
    return {
        "version": "0.13.0",
        "batch_ingest_config": {
            "use_multipart_endpoint": FLAGS.get("use_multipart_endpoint", True),
            "scale_up_qsize_trigger": 1000,
            "scale_up_nthreads_limit": 16,
            "scale_down_nempty_trigger": 4,
            "size_limit": 100,
            "size_limit_bytes": MOST_BYTES,
        },
        "instance_flags": FLAGS,
    }


def _kept(how: str, body: RawBody, found: Batch) -> Answer:
    attachments = [
        asdict(each) | {"content": base64.b64encode(each.content).decode()}
        for each in found.attachments
    ]
    KEPT.append(
        {
            "how": how,
            "coding": body.headers.get("content-encoding"),
            "payloads": [asdict(each) for each in found.payloads],
            "feedback": found.feedback,
            "attachments": attachments,
        }
    )
    return Answer(202, {})


PROVIDER = Provider(
    name="keeper",
    documents=(Path(__file__).parent / "keeper.yaml",),
    handlers={
        "GET /info": info,
        "GET /kept": lambda *_: KEPT,
        "POST /feedback": lambda *_: {},
        "POST /runs": lambda *_, body: _kept("run", body, created(body)),
        "PATCH /runs/{run_id}": lambda *_, body, run_id: _kept("run", body, updated(run_id, body)),
        "POST /runs/batch": lambda *_, body: _kept("batch", body, batch(body)),
        "POST /runs/multipart": lambda *_, body: _kept("multipart", body, multipart(body)),
    },
    raw=("POST /runs", "PATCH /runs/{run_id}", "POST /runs/batch", "POST /runs/multipart"),
    body_limits={"POST /runs/batch": MOST_BYTES, "POST /runs/multipart": MOST_BYTES},
    uncached=("GET /kept",),
)
