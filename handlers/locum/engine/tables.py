"""The statements that turn a dataset's files into the engine's tables (DuckDB's dialect).

Every measure is an integer: times and durations in microseconds (`_us`), money in nano-USD
(`_nano`), feedback scores in 1e-9 (`score_nano`). Sums of integers are exact and the same in any
order.
"""

from __future__ import annotations

from pathlib import Path

from locum.datasets import dataset as datasets

_FILE_TYPES = {
    datasets.TEXT: "VARCHAR",
    datasets.INTEGER: "BIGINT",
    datasets.BOOLEAN: "BOOLEAN",
    datasets.TIME: "VARCHAR",
    datasets.JSON: "JSON",
    datasets.TEXTS: "VARCHAR[]",
    datasets.TEXT_MAP: "MAP(VARCHAR, VARCHAR)",
    datasets.INTEGER_MAP: "MAP(VARCHAR, BIGINT)",
}


# Ids of tenants are UUIDs, which the vendors compare in any letter case.
_OWNERS = ("tenant_id", "organization_id")


_DAY_US = 86_400_000_000


def microseconds(column: str) -> str:
    """The engine's name of a time column: start_time is start_us, created_at is created_us."""
    return column.removesuffix("_time").removesuffix("_at") + "_us"


def _column(name: str, kind: str) -> str:
    if name in _OWNERS:
        return f"lower({name}) AS {name}"
    if kind == datasets.TIME:
        later = f"epoch_us(CAST({name} AS TIMESTAMPTZ)) + CAST($later_us AS BIGINT)"
        return f"{later} AS {microseconds(name)}"
    if kind == datasets.JSON:
        return f"CAST({name} AS JSON) AS {name}"
    if kind == datasets.TEXTS:
        return f"coalesce({name}, []) AS {name}"
    if kind in (datasets.TEXT_MAP, datasets.INTEGER_MAP):
        return f"coalesce({name}, MAP {{}}) AS {name}"
    return name


# The two tables of runs have the plain name.
_NAMES = {"langsmith/runs": "runs", "langsmith/feedback": "feedback"}


def table(name: str) -> str:
    """The engine's name of a dataset's table: helicone/requests is helicone_requests."""
    return _NAMES.get(name, name.replace("/", "_"))


def file_types(name: str) -> str:
    """The columns of a table's file with their types in DuckDB, as read_json wants them."""
    columns = datasets.TABLES[name].items()
    return ", ".join(f"{column}: '{_FILE_TYPES[kind]}'" for column, kind in columns)


def load(name: str, file: Path | None, days: int = 0) -> tuple[str, dict[str, str | int]]:
    """The statement that makes the engine's table from the file, or an empty one, and its
    parameters. `row` numbers the rows from 1 in file order; times are so many days later."""
    columns = datasets.TABLES[name]
    parameters: dict[str, str | int] = {}
    number = "row_number() OVER ()"
    if datasets.TIME in columns.values():
        parameters["later_us"] = days * _DAY_US
    chosen = ", ".join(_column(column, kind) for column, kind in columns.items())
    if file is None:
        empty = ", ".join(f"NULL::{_FILE_TYPES[kind]} AS {col}" for col, kind in columns.items())
        source = f"(SELECT {empty} LIMIT 0)"
    else:
        parameters["file"] = str(file)
        if file.suffix == ".jsonl":
            source = f"read_json($file, format='newline_delimited', columns={{{file_types(name)}}})"
        else:  # rows that have numbers already are read by several threads
            source, number = "read_parquet($file, file_row_number = true)", "file_row_number + 1"
    rows = f"SELECT CAST({number} AS INTEGER) AS row, {chosen} FROM {source}"
    shaped = _SHAPES.get(name, "SELECT * FROM rows")
    return f"CREATE TABLE {table(name)} AS WITH rows AS ({rows}) {shaped}", parameters


ZERO_UUID = "00000000-0000-0000-0000-000000000000"
_NO_TEXT, _NONE = "''", "0"
_UUIDS = ("request_id", "organization_id", "cache_reference_id")
_UNSET = (
    dict.fromkeys(_UUIDS, f"'{ZERO_UUID}'")
    | dict.fromkeys(("provider", "model", "user_id", "request_body", "response_body"), _NO_TEXT)
    | dict.fromkeys(("prompt_id", "prompt_version", "request_referrer"), _NO_TEXT)
    | dict.fromkeys(("status", "cost"), _NONE)
    | dict.fromkeys(("prompt_cache_read_tokens", "prompt_cache_write_tokens"), _NONE)
    | dict.fromkeys(("cache_enabled", "is_passthrough_billing"), "false")
)


def _uniform(column: str) -> str:
    """A UUID is written in one way, however the file writes it; what is none stays as it is."""
    uniform = f"coalesce(CAST(TRY_CAST({column} AS UUID) AS VARCHAR), {column})"
    return uniform if column in _UUIDS else column


# Tables that are more than their files' rows. They are loaded after the others, in this order.
_SHAPES = {
    "langsmith/runs": """
    SELECT row - 1 AS run, * EXCLUDE (row),
           parent_run_id IS NULL AS is_root,
           end_us - start_us AS latency_us,
           first_token_us - start_us AS first_token_latency_us,
           -- a run's thread is the metadata key thread_id, else session_id, else conversation_id
           list_first(list_filter(
               json_extract_string(metadata, ['$.thread_id', '$.session_id', '$.conversation_id']),
               lambda thread: thread IS NOT NULL
           )) AS thread_id
    FROM rows
    """,
    # A score that is true or false counts as 1 or 0; a value that is no text has no label. Feedback
    # is numbered by time from 0. What it says is numbered too: an opinion is a key, label, score
    # and source.
    "langsmith/feedback": """
    SELECT *, CAST(row_number() OVER (ORDER BY created_us, id) - 1 AS INTEGER) AS feedback,
           CAST(dense_rank() OVER (ORDER BY key, label, score_nano, CAST(source AS VARCHAR)) - 1
                AS INTEGER) AS opinion
    FROM (
        SELECT rows.* EXCLUDE (row, score), runs.run AS run,
               CAST(rows.score AS VARCHAR) AS score,
               CASE json_type(rows.score)
                    WHEN 'BOOLEAN' THEN if(CAST(rows.score AS BOOLEAN), 1000000000, 0)
                    WHEN 'NULL' THEN NULL
                    ELSE CAST(round(CAST(rows.score AS DECIMAL(28, 10)) * 1000000000) AS BIGINT)
               END AS score_nano,
               if(json_type(rows.value) = 'VARCHAR', rows.value ->> '$', NULL) AS label
        FROM rows LEFT JOIN runs ON rows.run_id = runs.id
    )
    """,
    # What a request leaves out reads as ClickHouse's default for the column's type, save where the
    # vendor's column is nullable; its times have milliseconds, and what is finer is cut off. A
    # request without a session id belongs to the session '', one without a name to the name ''.
    # The tags of its session stand beside it: a tree of many tags reads no table twice.
    "helicone/requests": f"""
    SELECT requests.*, coalesce(tagged.tags, []) AS session_tags
    FROM (
        SELECT * REPLACE (
            {", ".join(f"coalesce({_uniform(c)}, {value}) AS {c}" for c, value in _UNSET.items())},
            coalesce(request_created_us // 1000 * 1000, 0) AS request_created_us,
            response_created_us // 1000 * 1000 AS response_created_us
        ),
        coalesce(properties['Helicone-Session-Id'], '') AS session_id,
        coalesce(properties['Helicone-Session-Name'], '') AS session_name
        FROM rows
    ) requests LEFT JOIN (
        SELECT organization_id, entity_id, list(DISTINCT tag ORDER BY tag) AS tags
        FROM helicone_session_tags WHERE entity_type = 'session'
        GROUP BY organization_id, entity_id
    ) tagged
    ON tagged.organization_id = requests.organization_id AND tagged.entity_id = requests.session_id
    """,
}
ORDER = [name for name in datasets.TABLES if name not in _SHAPES] + list(_SHAPES)
