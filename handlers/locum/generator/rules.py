"""What holds of every generated dataset: references, ranges, and that both providers agree.

Each rule is a statement over the tables of `plain_tables` that gives the rows which break it: the
row's id, and what was found there.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class Rule:
    """`select` gives (row id, found) of each row of `table` in which `column` is not `expected`.
    Parameter: $now, the end of the dataset's time."""

    table: str
    column: str
    expected: str
    select: str


def _refers(table: str, column: str, to: str, key: str = "id", name: str = "id") -> Rule:
    """A value of the column, if any, is one of the other table's."""
    here, there = table.replace("/", "_"), to.replace("/", "_")
    where = f"{column} IS NOT NULL AND {column} NOT IN (SELECT {key} FROM {there})"
    select = f"SELECT {name}, {column} FROM {here} WHERE {where}"
    return Rule(table, column, f"a {key} of {to}", select)


def _in_range(table: str, column: str, expected: str, broken: str, name: str = "id") -> Rule:
    here = table.replace("/", "_")
    return Rule(table, column, expected, f"SELECT {name}, {column} FROM {here} WHERE {broken}")


_RUNS, _REQUESTS = "langsmith/runs", "helicone/requests"
_USAGE = ("prompt_tokens", "completion_tokens", "prompt_cost_nano", "completion_cost_nano")

REFERENCES = (
    _refers("langsmith/sessions", "reference_dataset_id", "langsmith/datasets"),
    _refers("langsmith/examples", "dataset_id", "langsmith/datasets"),
    _refers("langsmith/examples", "source_run_id", _RUNS),
    _refers(_RUNS, "session_id", "langsmith/sessions"),
    _refers(_RUNS, "tenant_id", "langsmith/sessions", "tenant_id"),
    _refers(_RUNS, "trace_id", _RUNS),
    _refers(_RUNS, "parent_run_id", _RUNS),
    _refers(_RUNS, "reference_example_id", "langsmith/examples"),
    _refers("langsmith/feedback", "run_id", _RUNS),
    _refers("langsmith/feedback", "session_id", "langsmith/sessions"),
    _refers(_REQUESTS, "request_id", _RUNS, name="request_id"),
    Rule(
        _REQUESTS,
        "cache_reference_id",
        "an earlier request that was answered",
        """SELECT q.request_id, q.cache_reference_id FROM helicone_requests q
        LEFT JOIN helicone_requests o ON o.request_id = q.cache_reference_id
        WHERE q.cache_reference_id != '00000000-0000-0000-0000-000000000000'
          AND (o.status = 200 AND o.request_created_at < q.request_created_at) IS NOT TRUE""",
    ),
    Rule(
        "langsmith/feedback",
        "session_id",
        "its run's project",
        """SELECT f.id, f.session_id FROM langsmith_feedback f JOIN langsmith_runs r
        ON r.id = f.run_id WHERE r.session_id != f.session_id""",
    ),
    Rule(
        _RUNS,
        "trace_id",
        "its parent's",
        """SELECT r.id, r.trace_id FROM langsmith_runs r JOIN langsmith_runs p
        ON p.id = r.parent_run_id WHERE (r.trace_id, r.session_id) != (p.trace_id, p.session_id)""",
    ),
)
RANGES = (
    *(_in_range(_RUNS, column, "0 or more", f"{column} < 0") for column in _USAGE),
    _in_range(
        _RUNS,
        "total_tokens",
        "prompt_tokens + completion_tokens",
        "total_tokens IS DISTINCT FROM prompt_tokens + completion_tokens",
    ),
    _in_range(
        _RUNS,
        "total_cost_nano",
        "prompt_cost_nano + completion_cost_nano",
        "total_cost_nano IS DISTINCT FROM prompt_cost_nano + completion_cost_nano",
    ),
    _in_range(_RUNS, "end_time", "null where pending", "(end_time IS NULL) != (status='pending')"),
    _in_range(_RUNS, "end_time", "after start_time", "end_time <= start_time"),
    _in_range(_RUNS, "end_time", "not after now", "end_time > $now"),
    _in_range(_RUNS, "start_time", "before now", "start_time >= $now"),
    _in_range(
        _RUNS,
        "first_token_time",
        "between start_time and end_time",
        "first_token_time <= start_time OR first_token_time >= coalesce(end_time, $now)",
    ),
    _in_range(
        "langsmith/feedback",
        "modified_at",
        "from created_at to now",
        "modified_at NOT BETWEEN created_at AND $now",
    ),
    _in_range(_REQUESTS, "latency", "0 or more", "latency < 0", "request_id"),
)
AGREEMENT = (
    Rule(
        _RUNS,
        "id",
        "a request where a model is called, and nowhere else",
        """SELECT r.id, coalesce(q.request_id, 'no request') FROM langsmith_runs r
        LEFT JOIN helicone_requests q ON q.request_id = r.id
        WHERE (r.run_type = 'llm') != (q.request_id IS NOT NULL)""",
    ),
    *(
        Rule(
            _REQUESTS,
            there,
            f"the run's {here}",
            f"""SELECT request_id, q.{there} FROM helicone_requests q JOIN langsmith_runs r
            ON r.id = q.request_id WHERE q.{there} IS DISTINCT FROM {value}""",
        )
        for there, here, value in (
            ("organization_id", "tenant_id", "r.tenant_id"),
            ("request_created_at", "start_time", "r.start_time"),
            ("response_created_at", "end_time", "r.end_time"),
            ("prompt_tokens", "prompt_tokens", "r.prompt_tokens"),
            ("completion_tokens", "completion_tokens", "r.completion_tokens"),
            ("cost", "total_cost_nano", "coalesce(r.total_cost_nano, 0)"),
            ("latency", "duration in ms", "epoch_us(r.end_time - r.start_time) / 1000"),
        )
    ),
    *(
        Rule(
            _REQUESTS,
            there,
            f"per session, the sum of {here} of the thread's root runs",
            f"""
            WITH session AS (
                SELECT organization_id AS tenant, properties['Helicone-Session-Id'] AS thread,
                       sum(coalesce({there}, 0)) AS total
                FROM helicone_requests GROUP BY ALL
            ), thread AS (
                SELECT tenant_id AS tenant, sum(coalesce({here}, 0)) AS total,
                       coalesce(metadata->>'thread_id', metadata->>'session_id',
                                metadata->>'conversation_id') AS thread
                FROM langsmith_runs WHERE parent_run_id IS NULL GROUP BY ALL
            )
            SELECT thread, concat(session.total, ' and ', thread.total)
            FROM session FULL JOIN thread USING (tenant, thread)
            WHERE thread IS NOT NULL
              AND coalesce(session.total, 0) != coalesce(thread.total, 0)""",
        )
        for there, here in (
            ("cost", "total_cost_nano"),
            ("prompt_tokens", "prompt_tokens"),
            ("completion_tokens", "completion_tokens"),
        )
    ),
)
RULES = (*REFERENCES, *RANGES, *AGREEMENT)
