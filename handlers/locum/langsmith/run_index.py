"""The runs of a dataset in memory, as they are loaded: what statistics are computed from.

A run is its number in the engine's table `runs`, from 0. The statements are in DuckDB's dialect.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from attrs import frozen

from locum.engine.data import Data
from locum.langsmith.derived_tables import DOCUMENTS, FEEDBACK_NUMBERS, LEAF
from locum.stats.column_store import (
    HAS_ANCESTOR,
    Ancestors,
    Columns,
    Details,
    FacetIndex,
    FeedbackScores,
    FlagSets,
    Ints,
    Measures,
    RaggedOffsets,
    sums_fit_int64,
)
from locum.stats.summary import items_of_lists, marked

NO_SOURCE = ""  # which no JSON text is


@frozen(eq=False)
class FeedbackIndex:
    """The distinct feedback values and the comments, as the facet index numbers them.

    A value is an index into `labels`, `sources` and `scores` (in 1e-9); `comments` are those that
    are not empty. Both are sorted by key, an index into `keys`; values without a label are a key's
    last. `of_projects` are the values and comments of the feedback on each project as a whole,
    which names no run.
    """

    labels: list[str | None]
    sources: list[str]
    scores: FeedbackScores
    keys: list[str]
    comments: list[str]
    of_projects: dict[str, tuple[list[int], list[int] | None]]


@frozen(eq=False)
class RunIndex:
    """The runs as columns, what they are counted by, and the feedback on them."""

    columns: Columns
    facets: FacetIndex
    feedback: FeedbackIndex


def run_index(data: Data) -> RunIndex:
    """Read the index of a dataset; ask for it by `data.once(run_index)`."""
    data.table(FEEDBACK_NUMBERS)
    if data.is_small:
        return RunIndex(_columns(data), _facets(data), _feedback(data))
    with ThreadPoolExecutor(3) as pool:
        columns, facets = pool.submit(_columns, data), pool.submit(_facets, data)
        feedback = pool.submit(_feedback, data)
        return RunIndex(columns.result(), facets.result(), feedback.result())


# What is ranked stands side by side, and so does what is summed.
_RUNS = """
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
_FLAGS = ("is_error", "is_finished", "is_streamed")
_IDS = ("trace", "thread")
# Each run with each of its ancestors. Ids are compared once, numbers at each step.
_ANCESTORS = """
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
_AMOUNTS = " UNION ALL ".join(
    f"SELECT run, '{kind}' AS kind, entry.key AS category, entry.value AS amount "
    f"FROM (SELECT run, unnest(map_entries({kind})) AS entry FROM runs) "
    "WHERE entry.value IS NOT NULL"
    for kind in (
        "prompt_token_details",
        "completion_token_details",
        "prompt_cost_details_nano",
        "completion_cost_details_nano",
    )
)
_DETAILS = f"""
    SELECT run, dense_rank() OVER (ORDER BY kind, category) - 1 AS category, amount
    FROM ({_AMOUNTS}) ORDER BY run
"""
_CATEGORIES = f"SELECT DISTINCT kind, category FROM ({_AMOUNTS}) ORDER BY kind, category"


def _columns(data: Data) -> Columns:
    runs = data.columns(_RUNS)
    true_of = {name: runs.pop(name)[0] for name in _FLAGS}
    ids = {name: runs.pop(name)[0] for name in _IDS}
    size = len(ids["trace"])
    has_failed = marked(ids["trace"][true_of["is_error"]], size + 1)
    has_failed[0] = False  # which is no trace
    true_of["is_of_failed_trace"] = true_of["is_error"] | has_failed[ids["trace"]]
    for name, (_, is_known) in runs.items():
        true_of[name] = np.ones(size, dtype=np.bool_) if is_known is None else is_known
    measures = Measures.of(runs, size)
    del runs  # which is large, before more is read
    ancestors = _values(data, _ANCESTORS)
    true_of[HAS_ANCESTOR] = marked(ancestors["run"], size)
    details = _values(data, _DETAILS)
    return Columns(
        measures=measures,
        flags=FlagSets.of(true_of),
        ids=ids,
        ancestors=Ancestors(RaggedOffsets.of_owners(ancestors["run"], size), ancestors["ancestor"]),
        details=Details(
            offsets=RaggedOffsets.of_owners(details["run"], size),
            category=details["category"],
            amount=details["amount"],
            fits_int64=sums_fit_int64(details["amount"]),
            categories=data.rows(_CATEGORIES),
        ),
    )


# What runs are counted by: each (kind, key, value) once, numbered from 0, and by document. A run is
# counted by its name, run_type and status, each of its tags, and the text of each value in its
# metadata that has a key: the path of object keys joined by dots, '' for what is no metadata. An
# object or array is left out: what is in it counts.
_VALUES = f"(SELECT * FROM entries WHERE key IS NOT NULL AND value IS NOT NULL AND {LEAF})"
_ORDER = f"list_position([{', '.join(repr(kind) for kind in DOCUMENTS)}], kind), key, value"
_DISTINCT = f"SELECT DISTINCT kind, key, value FROM {_VALUES}"
_FACETS = f"SELECT kind, key, value FROM ({_DISTINCT}) ORDER BY {_ORDER}"
# Text is compared once for each facet: ranking the values themselves takes twice as long.
_DOCUMENT_FACETS = f"""
    WITH facets AS MATERIALIZED (
        SELECT CAST(row_number() OVER (ORDER BY {_ORDER}) - 1 AS INTEGER) AS facet, *
        FROM ({_DISTINCT})
    )
    SELECT DISTINCT document, facet
    FROM {_VALUES} JOIN facets USING (kind, key, value) ORDER BY document
"""
# Each run's documents, numbered from 1.
_RUN_DOCUMENTS = (
    f"SELECT {', '.join(f'coalesce({kind}, 0) AS {kind}' for kind in DOCUMENTS)} "
    "FROM run_documents ORDER BY run"
)
# Feedback is numbered from 0 by time, and its distinct values by key; comments by key and time.
_NUMBERED = f"(SELECT * FROM feedback JOIN {FEEDBACK_NUMBERS} USING (row))"
_COMMENTED = f"""
    SELECT *, if(comment <> '', row_number() OVER (
        PARTITION BY comment <> '' ORDER BY key, feedback) - 1, NULL) AS commented
    FROM {_NUMBERED}
"""
_RUN_FEEDBACK = f"""
    SELECT run, feedback_value FROM {_NUMBERED} WHERE run IS NOT NULL ORDER BY run
"""
_RUN_COMMENTS = f"""
    SELECT run, commented AS comment FROM ({_COMMENTED})
    WHERE run IS NOT NULL AND commented IS NOT NULL ORDER BY run
"""
_SIZES = f"""
    SELECT (SELECT count(DISTINCT feedback_value) FROM {FEEDBACK_NUMBERS}),
           (SELECT count(*) FROM feedback WHERE comment <> '')
"""


def _facets(data: Data) -> FacetIndex:
    facets = data.rows(_FACETS)
    number: dict[tuple[str, str], int] = {}
    keys = [number.setdefault((kind, key), len(number)) for kind, key, _ in facets]
    of_document = _values(data, _DOCUMENT_FACETS)
    ((feedback_values, comments),) = data.rows(_SIZES)
    first_feedback_value = len(facets)
    first_comment = first_feedback_value + feedback_values
    documents = list(_values(data, _RUN_DOCUMENTS).values())
    runs = len(documents[0])
    count = max(int(np.max(column, initial=0)) for column in documents)
    # The feedback on a run is one more document of it, and so are the comments.
    feedback, commented = _values(data, _RUN_FEEDBACK), _values(data, _RUN_COMMENTS)
    documents.append(np.arange(count + 1, count + 1 + runs))
    documents.append(np.arange(count + 1 + runs, count + 1 + 2 * runs))
    offsets = RaggedOffsets.joined(
        RaggedOffsets.of_owners(of_document["document"], count + 1),
        RaggedOffsets.of_owners(feedback["run"], runs),
        RaggedOffsets.of_owners(commented["run"], runs),
    )
    codes = np.concatenate(
        (
            of_document["facet"],
            feedback["feedback_value"] + first_feedback_value,
            commented["comment"] + first_comment,
        )
    )
    of_runs, code = items_of_lists(documents, offsets, codes.astype(np.int32))
    return FacetIndex(
        offsets=of_runs,
        code=code,
        facets=facets,
        keys=np.array(keys, dtype=np.int64),
        first_feedback_value=first_feedback_value,
        first_comment=first_comment,
        size=first_comment + comments,
    )


def _values(data: Data, statement: str) -> dict[str, Ints]:
    return {name: values for name, (values, _) in data.columns(statement).items()}


_FEEDBACK_VALUES = f"""
    SELECT DISTINCT ON (feedback_value) key, label, score_nano, CAST(source AS VARCHAR)
    FROM {_NUMBERED} ORDER BY feedback_value
"""
_COMMENTS = f"SELECT key, comment FROM {_NUMBERED} WHERE comment <> '' ORDER BY key, feedback"
_PROJECT_FEEDBACK = f"""
    SELECT session_id, list(feedback_value), list(commented) FILTER (commented IS NOT NULL)
    FROM ({_COMMENTED}) WHERE run IS NULL AND run_id IS NULL GROUP BY session_id
"""


def _feedback(data: Data) -> FeedbackIndex:
    values = data.rows(_FEEDBACK_VALUES)
    keys = list(dict.fromkeys(key for key, *_ in values))
    number = {key: number for number, key in enumerate(keys)}
    comments = data.rows(_COMMENTS)
    return FeedbackIndex(
        labels=[label for _, label, _, _ in values],
        sources=[NO_SOURCE if source in (None, "null") else source for *_, source in values],
        scores=FeedbackScores.of(
            values=[(label is not None, score) for _, label, score, _ in values],
            keys=[number[key] for key, *_ in values],
            comment_keys=[number[key] for key, _ in comments],
        ),
        keys=keys,
        comments=[text for _, text in comments],
        of_projects={
            project: (found, commented)
            for project, found, commented in data.rows(_PROJECT_FEEDBACK)
        },
    )
