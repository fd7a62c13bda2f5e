"""Small datasets of LangSmith's rows, written where a test needs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from locum.engine.data import Data
from tests.oracles.bundled import data_of, find

TENANT, PROJECT, DATASET = "tenant", "project", "dataset"
Row = dict[str, Any]


def at(seconds: float) -> str:
    """A time, seconds after noon of the first of June 2026."""
    whole = round(seconds * 1_000_000)
    minutes, micros = divmod(whole, 60_000_000)
    return f"2026-06-01T12:{minutes:02}:{micros // 1_000_000:02}.{micros % 1_000_000:06}Z"


def run(id_: str, parent: Row | None = None, **columns: Any) -> Row:
    """A run of a second, successful, at noon; a root run unless it has a parent."""
    return {
        "id": id_,
        "tenant_id": TENANT,
        "session_id": PROJECT,
        "trace_id": parent["trace_id"] if parent else id_,
        "parent_run_id": parent["id"] if parent else None,
        "name": "agent",
        "run_type": "chain",
        "status": "success",
        "start_time": at(0),
        "end_time": at(1),
        **columns,
    }


def session(id_: str = PROJECT, **columns: Any) -> Row:
    return {"id": id_, "tenant_id": TENANT, "name": id_, "start_time": at(0), **columns}


def feedback(on: Row | None, key: str, **columns: Any) -> Row:
    """Feedback on a run, or on the project as a whole."""
    target = {"run_id": on["id"], "session_id": on["session_id"]} if on else {"session_id": PROJECT}
    id_ = f"{key} {columns.get('created_at')} {columns}"
    return {"id": id_, "key": key, "created_at": at(5), **target, **columns}


def load(folder: Path, **tables: list[Row]) -> Data:
    """An engine over the tables, given as langsmith/… without the folder's name."""
    (folder / "langsmith").mkdir()
    for name, rows in tables.items():
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / "langsmith" / f"{name}.jsonl").write_text(text, encoding="utf-8")
    return data_of(find(str(folder)))
