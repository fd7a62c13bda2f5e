"""Rows of a dataset as the vendors export them, written by hand after their schemas.

Runs and feedback have the fields of `model_dump_json()` of the LangSmith SDK's Run and Feedback
(0.15), with what the API's own answers add; requests are as Helicone's API and its ClickHouse table
give them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from locum.cli.main import main
from tests.conftest import rows_of_tiny
from tests.oracles.bare_rows import rows_of

Row = dict[str, Any]

# The least that a row must have.
ID = "aaaaaaaa-0000-4000-8000-00000000000{}"
RUN: Row = {
    "id": ID.format(1),
    "session_id": ID.format(9),
    "name": "n",
    "run_type": "llm",
    "start_time": "2026-01-02T03:04:05Z",
}
REQUEST: Row = {
    "request_id": ID.format(1),
    "request_created_at": "2026-01-02T03:04:05Z",
    "response_status": 200,
}
FEEDBACK: Row = {
    "id": ID.format(1),
    "run_id": ID.format(2),
    "key": "k",
    "created_at": "2026-01-02T03:04:05Z",
}


def usd(nano: int | None) -> str | None:
    """Nano-USD as a decimal text in USD."""
    return None if nano is None else f"{nano // 10**9}.{nano % 10**9:09d}"


def run(row: Row, **more: Any) -> Row:
    """A run as the SDK gives it; `more` are fields of the API's answers."""
    details = {
        f"{kind}_cost_details": costs and {key: usd(nano) for key, nano in costs.items()}
        for kind in ("prompt", "completion")
        for costs in [row[f"{kind}_cost_details_nano"]]
    }
    copied = (
        "id name run_type status error tags inputs outputs reference_example_id parent_run_id "
        "session_id trace_id start_time end_time prompt_tokens completion_tokens total_tokens "
        "prompt_token_details completion_token_details"
    )
    return {
        **{name: row[name] for name in copied.split()},
        # The SDK leaves this time without a zone where the API does.
        "first_token_time": row["first_token_time"] and row["first_token_time"].rstrip("Z"),
        "extra": {"metadata": row["metadata"], "runtime": row["runtime"]},
        "serialized": None,
        "events": row["events"] or [],
        "attachments": {},
        "child_run_ids": None,
        "child_runs": None,
        "feedback_stats": None,
        "app_path": f"/o/x/projects/p/{row['session_id']}/r/{row['id']}",
        "manifest_id": None,
        "prompt_cost": usd(row["prompt_cost_nano"]),
        "completion_cost": usd(row["completion_cost_nano"]),
        "total_cost": usd(row["total_cost_nano"]),
        **details,
        "parent_run_ids": None,
        "dotted_order": "",
        "in_dataset": None,
        **more,
    }


def feedback(row: Row) -> Row:
    """Feedback as the SDK gives it."""
    return {
        **{name: value for name, value in row.items() if name != "source"},
        "feedback_source": {"metadata": {}, "user_id": None, "user_name": None, **row["source"]},
        "trace_id": None,
        "start_time": None,
        "comparative_experiment_id": None,
        "feedback_group_id": None,
        "extra": None,
    }


def request(row: Row) -> Row:
    """A request as `POST /v1/request/query-clickhouse` answers, and the export tool writes it."""
    copied = (
        "request_id request_created_at response_created_at provider time_to_first_token "
        "prompt_tokens completion_tokens prompt_cache_read_tokens prompt_cache_write_tokens "
        "country_code scores properties target_url cache_reference_id cache_enabled "
        "request_referrer prompt_id prompt_version"
    )
    return {
        **{name: row[name] for name in copied.split()},
        "response_id": row["request_id"],
        "response_status": row["status"],
        "request_model": row["model"],
        "request_user_id": row["user_id"],
        "request_properties": row["properties"],
        "request_body": {"helicone_message": "fetching body"},
        "response_body": {"helicone_message": "fetching body"},
        "delay_ms": row["latency"],
        "total_tokens": (row["prompt_tokens"] or 0) + (row["completion_tokens"] or 0),
        "cost": row["cost"] / 1e9,  # a double, as ClickHouse's division gives it
        "asset_ids": [],
        "updated_at": row["request_created_at"],
        "storage_location": "s3",
    }


def table_row(row: Row) -> Row:
    """A request as ClickHouse exports the table's columns: JSONEachRow."""
    quoted = {
        name: str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        for name, value in row.items()
    }
    times = {
        name: row[name] and row[name][:23].replace("T", " ")
        for name in ("request_created_at", "response_created_at")
    }
    return quoted | times | {"cache_enabled": int(row["cache_enabled"])}


def known(row: Row, *left_out: str) -> Row:
    """A row without its nulls, and without some of its columns."""
    return {k: v for k, v in row.items() if v is not None and k not in left_out}


def lines(path: Path, rows: Iterable[Row]) -> str:
    """The path of a JSONL file with these rows."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def tiny(folder: Path) -> list[str]:
    """The files of `tiny`, exported into the folder, as the APIs answer: with tenants and with the
    projects' names and datasets."""
    projects = {row["id"]: row for row in rows_of_tiny("langsmith/sessions")}
    runs = [
        run(
            row,
            tenant_id=row["tenant_id"],
            session_name=projects[row["session_id"]]["name"],
            reference_dataset_id=projects[row["session_id"]]["reference_dataset_id"],
        )
        for row in rows_of_tiny("langsmith/runs")
    ]
    requests = [
        request(row) | {"organization_id": row["organization_id"]}
        for row in rows_of_tiny("helicone/requests")
    ]
    array = folder / "requests.json"
    array.write_text(json.dumps({"data": requests, "error": None}, indent=1), encoding="utf-8")
    given = map(feedback, rows_of_tiny("langsmith/feedback"))
    return [
        lines(folder / "runs.jsonl", runs),
        lines(folder / "feedback.jsonl", given),
        str(array),
    ]


def text_of(base: Row, **changed: Any) -> bytes:
    """The JSON text of a row with other values in some fields."""
    return json.dumps(base | changed).encode()


def refusal(folder: Path, capsys: pytest.CaptureFixture[str], base: Row, changed: Row) -> str:
    """What the command says of a row with other values in some fields, which comes after a good
    one; a check that nothing is written."""
    file = folder / "file"
    file.write_bytes(text_of(base) + b"\n" + text_of(base, **changed))
    assert main(["fixtures", "import", str(file), "--out", str(folder / "out")]) == 2
    assert not (folder / "out").exists()
    first = capsys.readouterr().err.splitlines()[0]
    assert first.startswith(f"{file}:2: ")
    return first.removeprefix(f"{file}:2: ")


def imported(out: Path, *arguments: str) -> Any:
    """What reads the tables of the dataset that the command makes of these arguments."""
    assert main(["fixtures", "import", *arguments, "--out", str(out)]) == 0
    return lambda table: rows_of(out)(table) if (out / f"{table}.jsonl").exists() else []


SECRET = "open sesame"  # noqa: S105 - hides nothing real


def stand_in(text: str) -> str:
    """What the data dictionary says stands for a text."""
    digest = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    if len(text) == 36 and text.count("-") == 4:
        return str(UUID(hex=digest[:32], version=4))
    return f"anon-{digest[:16]}"


def plain_and_hidden(folder: Path) -> tuple[Path, Path]:
    """`tiny`, exported and imported into folders of this one: as it is, and anonymised."""
    files = tiny(folder)
    imported(folder / "plain", *files)
    imported(folder / "hidden", *files, "--anonymise", "--secret", SECRET)
    return folder / "plain", folder / "hidden"
