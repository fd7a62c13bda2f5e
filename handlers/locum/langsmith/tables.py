"""LangSmith's tables: their columns, and how the engine holds them (DuckDB's dialect).

Times are in microseconds in the engine, money in nano-USD, feedback scores in 1e-9 (`score_nano`).
"""

from __future__ import annotations

from locum.datasets.columns import INTEGER, INTEGER_MAP, JSON, TEXT, TEXTS, TIME
from locum.datasets.constraints import Constraints, Reference, Tree, Value
from locum.engine.tables import Joined, Table

# The metadata keys that name a run's thread; of several, the first counts.
THREAD_KEYS = ("thread_id", "session_id", "conversation_id")
RUN_TYPES = ("tool", "chain", "llm", "retriever", "embedding", "prompt", "parser")
SUCCESS, FAILED, PENDING = STATUSES = ("success", "error", "pending")

_SESSIONS = {
    "id": TEXT,
    "tenant_id": TEXT,
    "name": TEXT,
    "description": TEXT,
    "start_time": TIME,
    "end_time": TIME,
    "reference_dataset_id": TEXT,
    "extra": JSON,
}
_DATASETS = {
    "id": TEXT,
    "tenant_id": TEXT,
    "name": TEXT,
    "description": TEXT,
    "data_type": TEXT,
    "share_token": TEXT,
    "metadata": JSON,
    "created_at": TIME,
    "modified_at": TIME,
}
_EXAMPLES = {
    "id": TEXT,
    "dataset_id": TEXT,
    "name": TEXT,
    "inputs": JSON,
    "outputs": JSON,
    "metadata": JSON,
    "source_run_id": TEXT,
    "created_at": TIME,
    "modified_at": TIME,
}
_RUNS = {
    "id": TEXT,
    "tenant_id": TEXT,
    "session_id": TEXT,
    "trace_id": TEXT,
    "parent_run_id": TEXT,
    "name": TEXT,
    "run_type": TEXT,
    "status": TEXT,
    "start_time": TIME,
    "first_token_time": TIME,
    "end_time": TIME,
    "error": TEXT,
    "tags": TEXTS,
    "metadata": JSON,
    "inputs": JSON,
    "outputs": JSON,
    "reference_example_id": TEXT,
    "prompt_tokens": INTEGER,
    "completion_tokens": INTEGER,
    "total_tokens": INTEGER,
    "prompt_cost_nano": INTEGER,
    "completion_cost_nano": INTEGER,
    "total_cost_nano": INTEGER,
    "prompt_token_details": INTEGER_MAP,
    "completion_token_details": INTEGER_MAP,
    "prompt_cost_details_nano": INTEGER_MAP,
    "completion_cost_details_nano": INTEGER_MAP,
    "events": JSON,
    "runtime": JSON,
    "share_token": TEXT,
    # Of runs that were taken in; no generated dataset has them.
    "extra": JSON,
    "serialized": JSON,
    "attachments": JSON,
    "dotted_order": TEXT,
    "usage": JSON,
    "received": JSON,
}
# What a run reports, and the maps of it by category.
USAGE = (
    *("prompt_tokens", "completion_tokens", "total_tokens"),
    *("prompt_cost_nano", "completion_cost_nano", "total_cost_nano"),
)
USAGE_DETAILS = (
    *("prompt_token_details", "completion_token_details"),
    *("prompt_cost_details_nano", "completion_cost_details_nano"),
)
TAKEN_IN = ("extra", "serialized", "attachments", "dotted_order", "usage", "received")
"""The columns of runs that were taken in: a run of a generated dataset has none of them."""

_FEEDBACK = {
    "id": TEXT,
    "run_id": TEXT,
    "session_id": TEXT,
    "key": TEXT,
    "score": JSON,
    "value": JSON,
    "comment": TEXT,
    "correction": JSON,
    "source": JSON,
    "created_at": TIME,
    "modified_at": TIME,
}

_ATTACHMENTS = {"run_id": TEXT, "name": TEXT, "mime_type": TEXT, "content": TEXT}

_AFTER_US = 253_402_300_800_000_000  # the end of the year 9999
# Ids of tenants are UUIDs, which compare in any letter case.
_OF_TENANT = "SELECT * REPLACE (lower(tenant_id) AS tenant_id) FROM rows"
_THREAD_PATHS = ", ".join(f"'$.{key}'" for key in THREAD_KEYS)
# What happened in a run is as much later as the run itself; what is no time stays as it is.
_TIME_OF_EVENT = """
    CASE WHEN regexp_full_match(
             event ->> '$.time',
             '\\d{4}-\\d\\d-\\d\\d[Tt ]\\d\\d:\\d\\d:\\d\\d([.]\\d+)?([Zz]|[+-]\\d\\d:\\d\\d)?'
         )
         THEN epoch_us(TRY_CAST(event ->> '$.time' AS TIMESTAMPTZ)) + CAST($later_us AS BIGINT)
    END
"""
_LATER_EVENTS = f"""
    CASE WHEN CAST($later_us AS BIGINT) = 0 OR json_type(events) <> 'ARRAY' THEN events
         ELSE to_json(list_transform(CAST(events AS JSON[]), lambda event:
             CASE WHEN json_type(event, '$.time') = 'VARCHAR'
                       AND {_TIME_OF_EVENT} < {_AFTER_US}
                  THEN json_merge_patch(event, json_object(
                      'time', strftime(make_timestamp({_TIME_OF_EVENT}), '%Y-%m-%dT%H:%M:%S.%fZ')
                  ))
                  ELSE event
             END
         ))
    END
"""
_NUMBERED_RUNS = f"""
    SELECT row - 1 AS run,
           * EXCLUDE (row)
           REPLACE (lower(tenant_id) AS tenant_id, {_LATER_EVENTS} AS events),
           parent_run_id IS NULL AS is_root,
           end_us - start_us AS latency_us,
           first_token_us - start_us AS first_token_latency_us,
           list_first(list_filter(
               json_extract_string(metadata, [{_THREAD_PATHS}]),
               lambda thread: thread IS NOT NULL
           )) AS thread_id
    FROM rows
"""
# A score that is true or false counts as 1 or 0; a value that is no text has no label.
_SCORED_FEEDBACK = """
    SELECT rows.* EXCLUDE (score), runs.run AS run,
           CAST(rows.score AS VARCHAR) AS score,
           CASE json_type(rows.score)
                WHEN 'BOOLEAN' THEN if(CAST(rows.score AS BOOLEAN), 1000000000, 0)
                WHEN 'NULL' THEN NULL
                ELSE CAST(round(CAST(rows.score AS DECIMAL(28, 10)) * 1000000000) AS BIGINT)
           END AS score_nano,
           if(json_type(rows.value) = 'VARCHAR', rows.value ->> '$', NULL) AS label
    FROM rows LEFT JOIN runs ON rows.run_id = runs.id
"""

# Feedback may come before its run.
_RUN_OF_FEEDBACK = Joined(
    "langsmith/runs",
    "run",
    "(SELECT run FROM changed WHERE changed.id = feedback.run_id)",
    "run IS NULL AND run_id IN (SELECT id FROM changed)",
    waits="run IS NULL AND run_id IS NOT NULL",
)

_PROJECT, _DATASET = "langsmith/sessions", "langsmith/datasets"
_EXAMPLE, _RUN = "langsmith/examples", "langsmith/runs"
_OF_SESSIONS = Constraints(
    required=("id",),
    unique=(("id", "tenant_id"),),
    expected=("tenant_id",),
    references=(Reference("reference_dataset_id", _DATASET),),
    tenant="tenant_id",
    order=(("start_time", "end_time"),),
    objects=("extra",),
)
_OF_DATASETS = Constraints(
    required=("id",),
    unique=(("id",), ("share_token",)),
    expected=("tenant_id",),
    secret=("share_token",),
    tenant="tenant_id",
    order=(("created_at", "modified_at"),),
    objects=("metadata",),
)
_OF_EXAMPLES = Constraints(
    required=("id",),
    unique=(("id",),),
    expected=("dataset_id", "created_at"),
    references=(Reference("dataset_id", _DATASET), Reference("source_run_id", _RUN)),
    order=(("created_at", "modified_at"),),
    objects=("inputs", "outputs", "metadata"),
)
_OF_RUNS = Constraints(
    required=("id",),
    unique=(("id",), ("share_token",)),
    secret=("share_token",),
    tree=Tree("id", "parent_run_id", "trace_id", same=("session_id",)),
    expected=("tenant_id", "session_id", "trace_id", "run_type", "status", "start_time"),
    references=(
        Reference("session_id", _PROJECT, same=("tenant_id",)),
        Reference("reference_example_id", _EXAMPLE),
    ),
    known={"run_type": RUN_TYPES, "status": STATUSES},
    amounts=tuple(name for name, kind in _RUNS.items() if kind in (INTEGER, INTEGER_MAP)),
    order=(
        ("start_time", "end_time"),
        ("start_time", "first_token_time"),
        ("first_token_time", "end_time"),
    ),
    objects=("metadata", "inputs", "outputs", "runtime", "extra", "serialized", "attachments"),
)
# As the SDK names who gives feedback.
SOURCES = ("api", "app", "model", "auto_eval")
_OF_FEEDBACK = Constraints(
    required=("id", "key"),
    unique=(("id",),),
    readable=(
        Value(
            "score",
            "a number of 9,000,000,000 at most, true, false or null",
            "json_type(score) IN ('BOOLEAN', 'NULL') OR "
            "abs(TRY_CAST(score AS DECIMAL(28, 10))) <= 9000000000",
        ),
    ),
    expected=("created_at",),
    references=(
        Reference("run_id", _RUN, same=("session_id",)),
        Reference("session_id", _PROJECT),
    ),
    order=(("created_at", "modified_at"),),
    objects=("source",),
    values=(
        Value(
            "session_id",
            "a project where there is no run",
            "session_id IS NOT NULL OR run_id IS NOT NULL",
        ),
        Value(
            "source",
            f"one whose type is one of {', '.join(SOURCES)}",
            f"coalesce(source ->> '$.type', 'api') IN {SOURCES}",
        ),
    ),
)

_OF_ATTACHMENTS = Constraints(
    required=("run_id", "name"),
    unique=(("run_id", "name"),),
    references=(Reference("run_id", _RUN),),
    expected=("mime_type", "content"),
)

TABLES = {
    _PROJECT: Table(_SESSIONS, _OF_TENANT, constraints=_OF_SESSIONS),
    _DATASET: Table(_DATASETS, _OF_TENANT, constraints=_OF_DATASETS),
    _EXAMPLE: Table(_EXAMPLES, constraints=_OF_EXAMPLES),
    _RUN: Table(_RUNS, _NUMBERED_RUNS, "runs", constraints=_OF_RUNS, counter="run", first=0),
    "langsmith/feedback": Table(
        _FEEDBACK,
        _SCORED_FEEDBACK,
        "feedback",
        after=(_RUN,),
        constraints=_OF_FEEDBACK,
        joined=(_RUN_OF_FEEDBACK,),
    ),
    "langsmith/attachments": Table(_ATTACHMENTS, constraints=_OF_ATTACHMENTS),
}
