"""The statistics of a selection of runs: one definition each, for every operation that reports it.

Everything is counted, summed and ranked as integers (microseconds, nano-USD, tokens); the division
to the reported unit comes last and is exact, so that one question has one answer. Percentiles are
linear interpolations at q·(n-1) of the sorted values (our choice; ClickHouse's `quantile` and
NumPy's default say the same). Of n values below 2**44 (203 days, 17,592 USD) they are right to the
last bit where the two around it differ by less than 2**44 / n; beyond, to twelve digits.

A run's reported tokens, cost and details include those of its descendants. A sum therefore leaves
a run out where one of its ancestors is in the same group of the selection (our choice): each model
call counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from attrs import frozen

from understudy.engine import DuckDB, distinct, quantiles
from understudy.stats import facets, feedback, times
from understudy.stats.selection import Selection

NANO = 10**9

_WIDEST = 2**63

# What a sum's text says where the condition goes under which a run counts in it.
_COUNTED = "{counted}"


@frozen
class _Measure:
    """A field that is computed from aggregates over the runs of a group.

    `columns` are the aggregates' SQL texts, `read` makes the reported value of their values, and
    `empty` is what each of them is where a group has no run.
    """

    columns: tuple[str, ...]
    read: Callable[..., Any]
    empty: int | None = None


def _percentile(column: str, which: int, unit: Callable[[int], float]) -> _Measure:
    def read(pair: list[float | None] | None) -> float | None:
        value = pair[which] if pair else None
        return None if value is None else unit(round(value * 100))

    return _Measure((quantiles(f"runs.{column}"),), read)


def _seconds(hundredths_of_microseconds: int) -> float:
    return hundredths_of_microseconds / 10**8


def _usd(hundredths_of_nano_usd: int) -> float:
    return hundredths_of_nano_usd / (100 * NANO)


def _half_to_even(hundredths: int) -> int:
    whole, rest = divmod(hundredths, 100)
    return whole + (rest > 50 or (rest == 50 and whole % 2))  # noqa: PLR2004 - half of a hundred


def _count(total: int) -> float:
    """The integer; beyond 64 bits, which no JSON writer here can write, the nearest double."""
    return int(total) if abs(total) < _WIDEST else float(total)


def _sum(column: str, read: Callable[[int], Any] = int) -> _Measure:
    counted = f"CASE WHEN {_COUNTED} THEN runs.{column} END"
    return _Measure((f"coalesce(sum({counted}), 0)",), read, 0)


def _cost(column: str) -> _Measure:
    return _sum(column, lambda nano: int(nano) / NANO)


def _rate(of: str, among: str) -> _Measure:
    """`of` divided by `among`, from 0 to 1; null where there is nothing to divide by."""
    counts = (f"count(CASE WHEN {of} THEN 1 END)", f"count(CASE WHEN {among} THEN 1 END)")
    return _Measure(counts, lambda some, every: some / every if every else None, 0)


_TIME_FIELDS = {
    "first_start_time": _Measure(("min(runs.start_us)",), times.text),
    "last_run_start_time": _Measure(("max(runs.start_us)",), times.text),
    "last_end_time": _Measure(("max(runs.end_us)",), times.text),
}
_MEASURES = _TIME_FIELDS | {
    "run_count": _Measure(("count(*)",), int, 0),
    "trace_count": _Measure((distinct("runs.trace_id"),), int, 0),
    "thread_count": _Measure((distinct("runs.thread_id"),), int, 0),
    "latency_p50": _percentile("latency_us", 0, _seconds),
    "latency_p99": _percentile("latency_us", 1, _seconds),
    "first_token_p50": _percentile("first_token_latency_us", 0, _seconds),
    "first_token_p99": _percentile("first_token_latency_us", 1, _seconds),
    "total_tokens": _sum("total_tokens", _count),
    "prompt_tokens": _sum("prompt_tokens", _count),
    "completion_tokens": _sum("completion_tokens", _count),
    "median_tokens": _percentile("total_tokens", 0, _half_to_even),
    "completion_tokens_p50": _percentile("completion_tokens", 0, _half_to_even),
    "prompt_tokens_p50": _percentile("prompt_tokens", 0, _half_to_even),
    "tokens_p99": _percentile("total_tokens", 1, _half_to_even),
    "completion_tokens_p99": _percentile("completion_tokens", 1, _half_to_even),
    "prompt_tokens_p99": _percentile("prompt_tokens", 1, _half_to_even),
    "error_rate": _rate("runs.status = 'error'", "TRUE"),
    "streaming_rate": _rate(
        "runs.end_us IS NOT NULL AND runs.first_token_us IS NOT NULL", "runs.end_us IS NOT NULL"
    ),
    "total_cost": _cost("total_cost_nano"),
    "prompt_cost": _cost("prompt_cost_nano"),
    "completion_cost": _cost("completion_cost_nano"),
    "total_cost_nano": _sum("total_cost_nano"),
    "prompt_cost_nano": _sum("prompt_cost_nano"),
    "completion_cost_nano": _sum("completion_cost_nano"),
    "cost_p50": _percentile("total_cost_nano", 0, _usd),
    "cost_p99": _percentile("total_cost_nano", 1, _usd),
}
# Each detail field with its kind in the engine's table `details`.
_DETAILS = {
    "prompt_token_details": "prompt_token_details",
    "completion_token_details": "completion_token_details",
    "prompt_cost_details": "prompt_cost_details_nano",
    "completion_cost_details": "completion_cost_details_nano",
}


def run_stats(
    engine: DuckDB, selection: Selection, fields: Iterable[str], groups: Iterable[int] = (0,)
) -> dict[int, dict[str, Any]]:
    """The statistics named by `fields`, in that order, for each of the groups.

    Beside the fields of the API's RunStats there are trace_count, thread_count, first_start_time,
    last_end_time, and total_, prompt_ and completion_cost_nano (integer nano-USD). run_facets is a
    list of `facets.Facet`. A group without runs has counts, token and cost sums of 0, {} for
    details and feedback, [] for facets, and null for everything else. Costs are USD, durations
    seconds.
    """
    wanted = tuple(fields)
    measured = _measured(engine, selection, wanted)
    details = _details(engine, selection, wanted)
    feedbacks = feedback.of_runs(engine, selection) if "feedback_stats" in wanted else {}
    counted = facets.of_runs(engine, selection) if "run_facets" in wanted else {}

    def value(field: str, group: int) -> Any:
        if field in _DETAILS:
            return details.get((group, field), {})
        if field == "feedback_stats":
            return feedbacks.get(group, {})
        if field == "run_facets":
            return counted.get(group, [])
        measure = _MEASURES[field]
        found = measured.get(group)
        values = [found[column] if found else measure.empty for column in measure.columns]
        return measure.read(*values)

    return {group: {field: value(field, group) for field in wanted} for group in groups}


def _measured(
    engine: DuckDB, selection: Selection, fields: tuple[str, ...]
) -> dict[int, dict[str, Any]]:
    measures = [_MEASURES[field] for field in fields if field in _MEASURES]
    columns = list(dict.fromkeys(column for measure in measures for column in measure.columns))
    if not columns:
        return {}
    summed = any(_COUNTED in column for column in columns)
    join, counted = _covered(selection) if summed else ("", "")
    aggregates = ", ".join(columns).replace(_COUNTED, counted)
    statement = (
        f"SELECT {selection.group}, {aggregates} FROM {selection.tables} {join} "
        f"WHERE {selection.condition} GROUP BY 1"
    )
    rows = engine.rows(statement, selection.parameters.values)
    return {group: dict(zip(columns, values, strict=True)) for group, *values in rows}


def _details(
    engine: DuckDB, selection: Selection, fields: tuple[str, ...]
) -> dict[tuple[int, str], dict[str, Any]]:
    kinds = {_DETAILS[field]: field for field in fields if field in _DETAILS}
    if not kinds:
        return {}
    join, counted = _covered(selection)
    statement = (
        "SELECT summed.grp, details.kind, details.category, summed.amount FROM ("
        f"SELECT {selection.group} AS grp, run_details.detail, sum(run_details.amount) AS amount "
        f"FROM {selection.tables} JOIN run_details ON run_details.run = runs.run {join} "
        f"WHERE {selection.condition} AND {counted} GROUP BY 1, 2"
        ") summed JOIN details ON details.detail = summed.detail "
        f"WHERE details.kind IN ({', '.join(repr(kind) for kind in kinds)}) "
        "ORDER BY details.detail"
    )
    details: dict[tuple[int, str], dict[str, Any]] = {}
    for group, kind, category, amount in engine.rows(statement, selection.parameters.values):
        sums = details.setdefault((group, kinds[kind]), {})
        sums[category] = amount / NANO if kind.endswith("_nano") else _count(amount)
    return details


def _covered(selection: Selection) -> tuple[str, str]:
    """What to join to the selection's tables, and the condition for a run to count in a sum then.

    `covered` holds each run that has an ancestor in its own group.
    """
    if not selection.nested:
        return "", "TRUE"
    covered = (
        "SELECT DISTINCT below.run, sel.grp "
        f"FROM run_ancestors below JOIN ({selection.rows}) sel ON sel.run = below.ancestor"
    )
    same = f"covered.run = runs.run AND covered.grp = {selection.group}"
    return f"LEFT JOIN ({covered}) covered ON {same}", "covered.run IS NULL"
