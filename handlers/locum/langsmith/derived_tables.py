"""What is derived from the tables of runs, feedback and examples (statements in DuckDB's dialect).

Many runs share a document (their name, their tags, their trace's metadata): each distinct one is
laid out once, as one row per entry, so that a filter is a comparison of plain columns and a million
runs are loaded in seconds.
"""

from __future__ import annotations

from locum.engine.tables import Derived

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

# A document of which nothing is laid out has no number: the next one after those of the entries
# would be its own again.
_IS_LAID_OUT = (
    "text IS NOT NULL AND "
    r"(kind NOT IN ('tag', 'metadata') OR NOT regexp_full_match(text, '[\[\]{}\s,]*'))"
)
# Each distinct document once, numbered from 1.
_DOCUMENTS = (
    "SELECT CAST(row_number() OVER () AS INTEGER) AS document, kind, text FROM ("
    + " UNION ALL ".join(
        f"SELECT DISTINCT '{kind}' AS kind, {text} AS text FROM runs"
        for kind, text in DOCUMENTS.items()
    )
    + f") WHERE {_IS_LAID_OUT}"
)
# Of runs that come later, each document of these is a new one. Few are planned sooner so.
_MORE_DOCUMENTS = f"""
    SELECT CAST(
        row_number() OVER () + (SELECT coalesce(max(document), 0) FROM entries) AS INTEGER
    ) AS document, kind, text
    FROM (SELECT DISTINCT kind, text FROM (
        SELECT unnest([{", ".join(f"'{kind}'" for kind in DOCUMENTS)}]) AS kind,
               unnest([{", ".join(DOCUMENTS.values())}]) AS text
        FROM runs
    ) WHERE {_IS_LAID_OUT})
"""
_RUN_DOCUMENTS = (
    "SELECT run, "
    + ", ".join(f"of_{kind}.document AS {kind}" for kind in DOCUMENTS)
    + " FROM runs "
    + " ".join(
        f"LEFT JOIN documents of_{kind} ON of_{kind}.kind = '{kind}' AND of_{kind}.text = {text}"
        for kind, text in DOCUMENTS.items()
    )
)
_METADATA = "SELECT document, kind, text AS document_text FROM documents WHERE kind = 'metadata'"
_ENTRIES = f"""
    {_entries("document", _METADATA)}
    UNION ALL
    SELECT document, kind, '', 'VARCHAR', tag, NULL
    FROM (
        SELECT DISTINCT document, kind, unnest(from_json(CAST(text AS JSON), '["VARCHAR"]')) AS tag
        FROM documents WHERE kind = 'tag'
    )
    UNION ALL
    SELECT document, kind, '', 'VARCHAR', text, NULL FROM documents
    WHERE kind IN ('name', 'run_type', 'status')
"""
# The entries of each run's metadata and tags.
_RUN_ENTRIES = " UNION ALL ".join(
    f"SELECT run_documents.run, '{kind}' AS kind, key, type, value, number "
    f"FROM run_documents JOIN entries ON entries.document = run_documents.{kind} "
    f"AND entries.kind = '{kind}'"
    for kind in ("metadata", "tag")
)
# 1 is the root, its descendants follow by start (our choice: the API does not say).
_RUN_ORDERS = """
    SELECT run, CASE WHEN parent_run_id IS NULL THEN 1 ELSE 1 + row_number() OVER (
        PARTITION BY tenant_id, trace_id, parent_run_id IS NULL ORDER BY start_us, id
    ) END AS execution_order
    FROM runs
"""
_RUN_CONTENTS = _entries(
    "run",
    " UNION ALL ".join(
        f"SELECT run, '{kind}' AS kind, {column} AS document_text FROM runs"
        for kind, column in (("input", "inputs"), ("output", "outputs"))
    ),
)
# All that a run says, in lower case, a line each for its name, error, and every key, value and
# tag of its documents: what a search for words looks through.
_RUN_TEXTS = f"""
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
"""
_EXAMPLE_ENTRIES = _entries(
    "row",
    " UNION ALL ".join(
        f"SELECT row, '{kind}' AS kind, CAST({column} AS VARCHAR) AS document_text "
        "FROM langsmith_examples"
        for kind, column in (("input", "inputs"), ("output", "outputs"), ("metadata", "metadata"))
    ),
)
DERIVED = (
    Derived("documents", _DOCUMENTS, temporary=True, of="runs", more=_MORE_DOCUMENTS),
    Derived("run_documents", _RUN_DOCUMENTS, of="runs", row="run"),
    Derived("entries", _ENTRIES, of="runs"),
    Derived("run_entries", _RUN_ENTRIES, view=True, of="runs", row="run"),
    # Only some filters read these.
    Derived("run_orders", _RUN_ORDERS, lazy=True),
    Derived("run_contents", _RUN_CONTENTS, lazy=True, of="runs", row="run"),
    Derived("run_texts", _RUN_TEXTS, lazy=True, needs=("run_contents",), of="runs", row="run"),
    Derived("example_entries", _EXAMPLE_ENTRIES, lazy=True, of="langsmith_examples", row="row"),
)
