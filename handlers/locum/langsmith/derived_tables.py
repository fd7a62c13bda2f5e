"""What is derived from a dataset's tables (statements in DuckDB's dialect).

Many runs share a document (their name, their tags, their trace's metadata): each distinct one is
laid out once, as one row per entry, so that a filter is a comparison of plain columns and a million
runs are loaded in seconds.
"""

from __future__ import annotations

# The condition of entries that have a value: objects and arrays are made of other entries.
LEAF = "type NOT IN ('OBJECT', 'ARRAY')"


def _entries(owner: str, documents: str) -> str:
    """The statement of one row per entry of JSON documents, which the statement `documents` gives:
    the columns named by `owner`, kind and document_text.

    `key` is the path of object keys joined by dots (arrays add nothing to it; NULL where there are
    none), `type` its JSON type in DuckDB's words, `value` its text without quotes (NULL for JSON
    null), `number` its number where it is one.
    """
    # Lists that are unnested side by side: a join with json_each would hash and compare all texts.
    return f"""
    SELECT {owner}, kind, key, type, value,
           if(type IN ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE'),
              CAST(value AS DOUBLE), NULL) AS number
    FROM (
        WITH RECURSIVE entry({owner}, kind, key, json, type) AS (
            SELECT {owner}, kind, CAST(NULL AS VARCHAR), CAST(document_text AS JSON),
                   json_type(document_text)
            FROM ({documents}) WHERE document_text IS NOT NULL
            UNION ALL
            SELECT {owner}, kind, if(own IS NULL, key, concat_ws('.', key, own)), json,
                   json_type(json)
            FROM (
                SELECT {owner}, kind, key, unnest(json_keys(json)) AS own,
                       unnest(if(type = 'OBJECT', json_extract(json, '$.*'),
                                 json_extract(json, '$[*]'))) AS json
                FROM entry WHERE type IN ('OBJECT', 'ARRAY')
            )
        )
        SELECT *, json ->> '$' AS value FROM entry WHERE key IS NOT NULL OR {LEAF}
    )
    """


# The documents of a run, each with the column that holds it.
DOCUMENTS = {
    "name": "name",
    "run_type": "run_type",
    "status": "status",
    "tag": "CAST(to_json(tags) AS VARCHAR)",
    "metadata": "CAST(metadata AS VARCHAR)",
}
_DETAILS = (
    "prompt_token_details",
    "completion_token_details",
    "prompt_cost_details_nano",
    "completion_cost_details_nano",
)

# What every start needs beside the tables of the files. The documents themselves are dropped.
DERIVED = (
    # Each distinct document once, numbered from 1.
    "CREATE TABLE documents AS "
    "SELECT CAST(row_number() OVER () AS INTEGER) AS document, kind, text FROM ("
    + " UNION ALL ".join(
        f"SELECT DISTINCT '{kind}' AS kind, {text} AS text FROM runs"
        for kind, text in DOCUMENTS.items()
    )
    + ") WHERE text IS NOT NULL",
    "CREATE TABLE run_documents AS SELECT run, "
    + ", ".join(f"of_{kind}.document AS {kind}" for kind in DOCUMENTS)
    + " FROM runs "
    + " ".join(
        f"LEFT JOIN documents of_{kind} ON of_{kind}.kind = '{kind}' AND of_{kind}.text = {text}"
        for kind, text in DOCUMENTS.items()
    ),
    "CREATE TABLE entries AS "
    + _entries(
        "document",
        "SELECT document, kind, text AS document_text FROM documents WHERE kind = 'metadata'",
    )
    + """
    UNION ALL
    SELECT document, kind, '', 'VARCHAR', tag, NULL
    FROM (
        SELECT DISTINCT document, kind, unnest(from_json(CAST(text AS JSON), '["VARCHAR"]')) AS tag
        FROM documents WHERE kind = 'tag'
    )
    UNION ALL
    SELECT document, kind, '', 'VARCHAR', text, NULL FROM documents
    WHERE kind IN ('name', 'run_type', 'status')
    """,
    "DROP TABLE documents",
    # The entries of each run's metadata and tags.
    "CREATE VIEW run_entries AS "
    + " UNION ALL ".join(
        f"SELECT run_documents.run, '{kind}' AS kind, key, type, value, number "
        f"FROM run_documents JOIN entries ON entries.document = run_documents.{kind} "
        f"AND entries.kind = '{kind}'"
        for kind in ("metadata", "tag")
    ),
)

# What only some filters need, by table: made when one first asks for it.
DEFERRED = {
    # 1 is the root, its descendants follow by start (our choice: the API does not say).
    "run_orders": """
    CREATE TABLE run_orders AS
    SELECT run, CASE WHEN parent_run_id IS NULL THEN 1 ELSE 1 + row_number() OVER (
        PARTITION BY tenant_id, trace_id, parent_run_id IS NULL ORDER BY start_us, id
    ) END AS execution_order
    FROM runs
    """,
    "run_contents": "CREATE TABLE run_contents AS "
    + _entries(
        "run",
        " UNION ALL ".join(
            f"SELECT run, '{kind}' AS kind, {column} AS document_text FROM runs"
            for kind, column in (("input", "inputs"), ("output", "outputs"))
        ),
    ),
    # All that a run says, in lower case, a line each for its name, error, and every key, value and
    # tag of its documents: what a search for words looks through.
    "run_texts": f"""
    CREATE TABLE run_texts AS
    WITH entry AS (
        SELECT run, key, value, type FROM run_entries UNION ALL
        SELECT run, key, value, type FROM run_contents
    )
    SELECT run, lower(string_agg(line, chr(10))) AS text
    FROM (
        SELECT run, name AS line FROM runs UNION ALL
        SELECT run, error FROM runs UNION ALL
        SELECT run, key FROM entry UNION ALL
        SELECT run, value FROM entry WHERE {LEAF}
    )
    GROUP BY run
    """,
}

# What statistics are computed from: read once, into memory. What is ranked stands side by side, and
# so does what is summed.
MEASURES = """
    SELECT end_us, start_us, latency_us, first_token_latency_us,
           total_tokens, prompt_tokens, completion_tokens, total_cost_nano,
           prompt_cost_nano, completion_cost_nano,
           coalesce(status = 'error', false) AS is_error,
           end_us IS NOT NULL AS is_finished,
           end_us IS NOT NULL AND first_token_us IS NOT NULL AS is_streamed,
           coalesce(trace, 0) AS trace, coalesce(thread, 0) AS thread
    FROM runs
    LEFT JOIN (SELECT tenant_id, trace_id, row_number() OVER () AS trace FROM (
        SELECT DISTINCT tenant_id, trace_id FROM runs)) USING (tenant_id, trace_id)
    LEFT JOIN (SELECT thread_id, row_number() OVER () AS thread FROM (
        SELECT DISTINCT thread_id FROM runs)) USING (thread_id)
    ORDER BY run
"""
# Each run with each of its ancestors. Ids are compared once, numbers at each step.
ANCESTORS = """
    WITH RECURSIVE parents AS MATERIALIZED (
        SELECT child.run, parent.run AS parent
        FROM runs child JOIN runs parent ON child.parent_run_id = parent.id
    ),
    climb(run, ancestor) AS (
        SELECT run, parent FROM parents
        UNION
        SELECT climb.run, parents.parent FROM climb JOIN parents ON parents.run = climb.ancestor
    )
    SELECT run, ancestor FROM climb ORDER BY run
"""
# Token and cost details by category, each (kind, category) numbered from 0.
_DETAIL_ENTRIES = " UNION ALL ".join(
    f"SELECT run, '{kind}' AS kind, entry.key AS category, entry.value AS amount "
    f"FROM (SELECT run, unnest(map_entries({kind})) AS entry FROM runs) "
    "WHERE entry.value IS NOT NULL"
    for kind in _DETAILS
)
DETAILS = f"""
    SELECT run, dense_rank() OVER (ORDER BY kind, category) - 1 AS detail, amount
    FROM ({_DETAIL_ENTRIES}) ORDER BY run
"""
CATEGORIES = f"SELECT DISTINCT kind, category FROM ({_DETAIL_ENTRIES}) ORDER BY kind, category"
# What runs are counted by: each (kind, key, value) once, numbered from 0, and by document. `key` is
# that of a metadata entry, else ''. An object or array is left out: what is in it counts.
_VALUES = f"(SELECT * FROM entries WHERE key IS NOT NULL AND value IS NOT NULL AND {LEAF})"
_KINDS = f"[{', '.join(repr(kind) for kind in DOCUMENTS)}]"
FACETS = f"""
    CREATE TABLE facets AS
    SELECT CAST(row_number() OVER (ORDER BY list_position({_KINDS}, kind), key, value) - 1
                AS INTEGER) AS facet, kind, key, value
    FROM (SELECT DISTINCT kind, key, value FROM {_VALUES})
"""
DOCUMENT_FACETS = f"""
    SELECT DISTINCT document, facet
    FROM {_VALUES} JOIN facets USING (kind, key, value) ORDER BY document
"""

# The number of each facet's (kind, key), and each run's documents, numbered from 1.
FACET_KEYS = f"""
    SELECT dense_rank() OVER (ORDER BY list_position({_KINDS}, kind), key) AS key
    FROM facets ORDER BY facet
"""
RUN_DOCUMENTS = (
    f"SELECT {', '.join(f'coalesce({kind}, 0) AS {kind}' for kind in DOCUMENTS)} "
    "FROM run_documents ORDER BY run"
)

# Feedback is numbered from 0 by time already, and so are opinions; comments by key and time.
_COMMENTED = """
    SELECT *, if(comment <> '', row_number() OVER (
        PARTITION BY comment <> '' ORDER BY key, feedback) - 1, NULL) AS commented
    FROM feedback
"""
RUN_OPINIONS = "SELECT run, opinion FROM feedback WHERE run IS NOT NULL ORDER BY run"
RUN_COMMENTS = f"""
    SELECT run, commented AS comment FROM ({_COMMENTED})
    WHERE run IS NOT NULL AND commented IS NOT NULL ORDER BY run
"""
PROJECT_FEEDBACK = f"""
    SELECT session_id, list(opinion), list(commented) FILTER (commented IS NOT NULL)
    FROM ({_COMMENTED}) WHERE run IS NULL AND run_id IS NULL GROUP BY session_id
"""
# How many opinions and comments there are.
SIZES = """
    SELECT (SELECT count(DISTINCT opinion) FROM feedback),
           (SELECT count(*) FROM feedback WHERE comment <> '')
"""
OPINIONS = """
    SELECT DISTINCT ON (opinion) key, label, score_nano, CAST(source AS VARCHAR)
    FROM feedback ORDER BY opinion
"""
COMMENTS = "SELECT key, comment FROM feedback WHERE comment <> '' ORDER BY key, feedback"
