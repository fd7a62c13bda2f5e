"""The statements that turn a dataset's files into the engine's tables (DuckDB's dialect).

Every measure is an integer: times and durations in microseconds (`_us`), money in nano-USD
(`_nano`), feedback scores in 1e-9 (`score_nano`). Sums of integers are exact and the same in any
order. Documents (metadata, inputs, outputs, tags, details) are also laid out as one row per entry
in `run_entries` and `run_contents`, so that a filter or a facet is a comparison of plain columns.
"""

from __future__ import annotations

from pathlib import Path

from understudy import datasets

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


def microseconds(column: str) -> str:
    """The engine's name of a time column: start_time is start_us, created_at is created_us."""
    return column.removesuffix("_time").removesuffix("_at") + "_us"


def _column(name: str, kind: str) -> str:
    if name in _OWNERS:
        return f"lower({name}) AS {name}"
    if kind == datasets.TIME:
        return f"epoch_us(CAST({name} AS TIMESTAMPTZ)) AS {microseconds(name)}"
    if kind == datasets.JSON:
        return f"CAST({name} AS JSON) AS {name}"
    if kind == datasets.TEXTS:
        return f"coalesce({name}, []) AS {name}"
    if kind in (datasets.TEXT_MAP, datasets.INTEGER_MAP):
        return f"coalesce({name}, MAP {{}}) AS {name}"
    return name


def table(name: str) -> str:
    """The engine's name of a dataset's table: langsmith/runs is langsmith_runs."""
    return name.replace("/", "_")


def file_types(name: str) -> str:
    """The columns of a table's file with their types in DuckDB, as read_json wants them."""
    columns = datasets.TABLES[name].items()
    return ", ".join(f"{column}: '{_FILE_TYPES[kind]}'" for column, kind in columns)


def load(name: str, file: Path | None) -> tuple[str, dict[str, str]]:
    """The statement that makes the engine's table from the file, or an empty one, and its
    parameters. `row` numbers the rows from 1 in file order."""
    columns = datasets.TABLES[name]
    chosen = ", ".join(_column(column, kind) for column, kind in columns.items())
    if file is None:
        empty = ", ".join(f"NULL::{_FILE_TYPES[kind]} AS {col}" for col, kind in columns.items())
        source, parameters = f"(SELECT {empty} LIMIT 0)", {}
    else:
        parameters = {"file": str(file)}
        if file.suffix == ".jsonl":
            source = f"read_json($file, format='newline_delimited', columns={{{file_types(name)}}})"
        else:
            source = "read_parquet($file)"
    statement = (
        f"CREATE TABLE {table(name)} AS SELECT CAST(row_number() OVER () AS INTEGER) AS row, "
        f"{chosen} FROM {source}"
    )
    return statement, parameters


# A run's thread is the metadata key thread_id, else session_id, else conversation_id.
_THREAD = (
    "coalesce("
    + ", ".join(
        f"json_extract_string(metadata, '$.{key}')"
        for key in ("thread_id", "session_id", "conversation_id")
    )
    + ")"
)

_DETAILS = (
    "prompt_token_details",
    "completion_token_details",
    "prompt_cost_details_nano",
    "completion_cost_details_nano",
)

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


def _entries(**documents: str) -> str:
    """The statement of one row per entry of a run's documents: each kind with its column of `runs`.

    `key` is the path of object keys joined by dots (arrays add nothing to it), `json` the entry's
    JSON text, `value` its text without quotes (NULL for JSON null), `number` its number where it
    is one.
    """
    first = " UNION ALL ".join(
        f"SELECT run, '{kind}', e.key, e.value FROM runs, json_each(runs.{column}) e"
        for kind, column in documents.items()
    )
    return f"""
    SELECT run, kind, key, CAST(json AS VARCHAR) AS json, json ->> '$' AS value,
           if(json_type(json) IN ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE'),
              CAST(json AS DOUBLE), NULL) AS number
    FROM (
        WITH RECURSIVE entry(run, kind, key, json) AS (
            {first}
            UNION ALL
            SELECT run, kind,
                   if(json_type(entry.json) = 'ARRAY', entry.key, entry.key || '.' || e.key),
                   e.value
            FROM entry, json_each(entry.json) e
            WHERE json_type(entry.json) IN ('OBJECT', 'ARRAY')
        )
        SELECT * FROM entry
    )
    """


# What every start needs.
DERIVED = (
    # What a request leaves out reads as ClickHouse's default for the column's type, save where the
    # vendor's column is nullable; its times have milliseconds, and what is finer is cut off. A
    # request without a session id belongs to the session '', one without a name to the name ''.
    f"""
    CREATE OR REPLACE TABLE helicone_requests AS
    SELECT * REPLACE (
        {", ".join(f"coalesce({_uniform(c)}, {value}) AS {c}" for c, value in _UNSET.items())},
        coalesce(request_created_us // 1000 * 1000, 0) AS request_created_us,
        response_created_us // 1000 * 1000 AS response_created_us
    ),
    coalesce(properties['Helicone-Session-Id'], '') AS session_id,
    coalesce(properties['Helicone-Session-Name'], '') AS session_name
    FROM helicone_requests
    """,
    # The tags of each request's session beside it: a tree of many tags reads no table twice.
    """
    CREATE OR REPLACE TABLE helicone_requests AS
    SELECT requests.*, coalesce(tagged.tags, []) AS session_tags
    FROM helicone_requests requests LEFT JOIN (
        SELECT organization_id, entity_id, list(DISTINCT tag ORDER BY tag) AS tags
        FROM helicone_session_tags WHERE entity_type = 'session'
        GROUP BY organization_id, entity_id
    ) tagged
    ON tagged.organization_id = requests.organization_id AND tagged.entity_id = requests.session_id
    """,
    f"""
    CREATE TABLE runs AS
    SELECT row AS run, * EXCLUDE (row),
           parent_run_id IS NULL AS is_root,
           -- 1 is the root, its descendants follow by start (our choice: the API does not say)
           CASE WHEN parent_run_id IS NULL THEN 1 ELSE 1 + row_number() OVER (
               PARTITION BY trace_id, parent_run_id IS NULL ORDER BY start_us, id
           ) END AS execution_order,
           end_us - start_us AS latency_us,
           first_token_us - start_us AS first_token_latency_us,
           {_THREAD} AS thread_id
    FROM langsmith_runs
    """,
    "DROP TABLE langsmith_runs",
    # Each run with each of its ancestors: "is an ancestor in the selection?" is then one join.
    """
    CREATE TABLE run_ancestors AS
    WITH RECURSIVE climb(run, ancestor, parent_run_id) AS (
        SELECT child.run, parent.run, parent.parent_run_id
        FROM runs child JOIN runs parent ON child.parent_run_id = parent.id
        UNION
        SELECT climb.run, parent.run, parent.parent_run_id
        FROM climb JOIN runs parent ON climb.parent_run_id = parent.id
    )
    SELECT run, ancestor FROM climb
    """,
    f"""
    CREATE TABLE run_entries AS
    {_entries(metadata="metadata")}
    UNION ALL
    SELECT run, 'tag', '', CAST(to_json(tag) AS VARCHAR), tag, NULL
    FROM (SELECT DISTINCT run, unnest(tags) AS tag FROM runs)
    """,
    # Token and cost details by category: each (kind, category) once, numbered in that order, so
    # that grouping compares integers.
    "CREATE TABLE detail_entries AS "
    + " UNION ALL ".join(
        f"SELECT run, '{kind}' AS kind, entry.key AS category, entry.value AS amount "
        f"FROM (SELECT run, unnest(map_entries({kind})) AS entry FROM runs)"
        for kind in _DETAILS
    ),
    """
    CREATE TABLE details AS
    SELECT CAST(row_number() OVER (ORDER BY kind, category) AS INTEGER) AS detail, kind, category
    FROM (SELECT DISTINCT kind, category FROM detail_entries WHERE amount IS NOT NULL)
    """,
    """
    CREATE TABLE run_details AS
    SELECT run, detail, amount FROM detail_entries JOIN details USING (kind, category)
    WHERE amount IS NOT NULL
    """,
    "DROP TABLE detail_entries",
    # A score that is true or false counts as 1 or 0; a value that is no text has no label. What
    # feedback says is numbered, so that counting compares integers: an opinion is a key, label,
    # score and source.
    """
    CREATE TABLE feedback AS
    SELECT *, CAST(dense_rank() OVER (ORDER BY key, label, score_nano, CAST(source AS VARCHAR))
                   AS INTEGER) AS opinion
    FROM (
        SELECT feedback.row AS feedback, feedback.* EXCLUDE (row, score), runs.run AS run,
               CAST(feedback.score AS VARCHAR) AS score,
               CASE json_type(feedback.score)
                    WHEN 'BOOLEAN' THEN if(CAST(feedback.score AS BOOLEAN), 1000000000, 0)
                    WHEN 'NULL' THEN NULL
                    ELSE CAST(round(CAST(feedback.score AS DECIMAL(28, 10)) * 1000000000)
                              AS BIGINT)
               END AS score_nano,
               if(json_type(feedback.value) = 'VARCHAR', feedback.value ->> '$', NULL) AS label
        FROM langsmith_feedback feedback LEFT JOIN runs ON feedback.run_id = runs.id
    )
    """,
    """
    CREATE TABLE opinions AS
    SELECT DISTINCT opinion, key, label, score_nano, CAST(source AS VARCHAR) AS source FROM feedback
    """,
    "DROP TABLE langsmith_feedback",
    # What runs are counted by: each (kind, key, value) once, numbered in that order, so that
    # counting and grouping compare integers. `key` is that of a metadata entry, else ''. A value
    # that reads like a JSON object or array is left out: it is a document, not a value.
    """
    CREATE TABLE facets AS
    SELECT CAST(row_number() OVER (ORDER BY kind, key, value) AS INTEGER) AS facet, kind, key, value
    FROM (
        SELECT 'name' AS kind, '' AS key, name AS value FROM runs
        UNION SELECT 'run_type', '', run_type FROM runs
        UNION SELECT 'status', '', status FROM runs
        UNION SELECT kind, key, value FROM run_entries WHERE kind IN ('metadata', 'tag')
    )
    WHERE value IS NOT NULL AND (kind <> 'metadata' OR left(value, 1) NOT IN ('{', '['))
    """,
    """
    CREATE TABLE run_facets AS
    SELECT run, facet FROM runs JOIN facets ON kind = 'name' AND value = name
    UNION ALL SELECT run, facet FROM runs JOIN facets ON kind = 'run_type' AND value = run_type
    UNION ALL SELECT run, facet FROM runs JOIN facets ON kind = 'status' AND value = status
    UNION ALL SELECT DISTINCT run, facet FROM run_entries JOIN facets USING (kind, key, value)
    """,
)

# What only some filters need, by table: made when one first asks for it.
DEFERRED = {
    "run_contents": f"""
    CREATE TABLE run_contents AS {_entries(input="inputs", output="outputs")}
    """,
    # All that a run says, in lower case, a line each for its name, error, and every key, value and
    # tag of its documents: what a search for words looks through.
    "run_texts": """
    CREATE TABLE run_texts AS
    WITH entry AS (
        SELECT run, key, value, json FROM run_entries UNION ALL
        SELECT run, key, value, json FROM run_contents
    )
    SELECT run, lower(string_agg(line, chr(10))) AS text
    FROM (
        SELECT run, name AS line FROM runs UNION ALL
        SELECT run, error FROM runs UNION ALL
        SELECT run, key FROM entry UNION ALL
        SELECT run, value FROM entry WHERE left(json, 1) NOT IN ('{', '[')
    )
    GROUP BY run
    """,
}
