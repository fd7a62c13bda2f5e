"""The statistics of a selection of runs: one definition each, for every operation that reports it.

Everything is counted, summed and ranked as integers (microseconds, nano-USD, tokens); the division
to the reported unit comes last and is exact, so that one question has one answer. Percentiles are
linear interpolations at q·(n-1) of the sorted values (our choice; ClickHouse's `quantile` and
NumPy's default say the same), each the double nearest to the exact value.

A run's reported tokens, cost and details include those of its descendants. A sum therefore leaves
a run out where one of its ancestors is in the selection too (our choice): each model call counts
once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from attrs import frozen

from understudy.engine import DuckDB
from understudy.stats import facets, feedback, times
from understudy.stats.columns import Column, Columns, Ints, columns, totals, totals_by_code

NANO = 10**9
_HUNDRED = 100
_WIDEST = 2**63


class _Sample:
    """The runs that statistics are about."""

    def __init__(self, columns: Columns, runs: Ints) -> None:
        self.columns, self.runs = columns, runs

    @cached_property
    def counted(self) -> Ints:
        """The runs that count in a sum."""
        return self.columns.uncovered(self.runs)

    def column(self, name: str) -> Column:
        """All runs' integers of that name."""
        return self.columns.measures[name]

    def known(self, name: str) -> Ints:
        """The integers of the runs that have one."""
        return self.column(name).of(self.runs)

    def ordered(self, names: Sequence[str]) -> dict[str, Ints]:
        """The integers of each column, ascending, of the runs that have one."""
        ordered = {}
        for name in names:
            ordered[name] = known = self.known(name)
            known.sort()
        return ordered

    def sums(self, names: Sequence[str]) -> dict[str, int]:
        """The exact sum of each column; each model call counts once."""
        rows = [self.column(name).filled(self.counted, 0) for name in names]
        return dict(zip(names, totals(np.array(rows)), strict=True)) if rows else {}


@frozen
class _Percentile:
    """A percentile of a column; `unit` makes the reported value of hundredths of its integers."""

    column: str
    percent: int
    unit: Callable[[int], float]

    def of(self, ordered: Ints) -> float | None:
        """The value of all integers, ascending; null of none."""
        if not len(ordered):
            return None
        below, hundredths = divmod(self.percent * (len(ordered) - 1), _HUNDRED)
        low = int(ordered[below])
        high = int(ordered[below + 1]) if hundredths else low
        return self.unit(_HUNDRED * low + hundredths * (high - low))


@frozen
class _Sum:
    """The sum of a column; `unit` makes the reported value of it."""

    column: str
    unit: Callable[[int], float]


_Read = Callable[[_Sample], Any]


def _seconds(hundredths_of_microseconds: int) -> float:
    return hundredths_of_microseconds / 10**8


def _usd(hundredths_of_nano_usd: int) -> float:
    return hundredths_of_nano_usd / (_HUNDRED * NANO)


def _half_to_even(hundredths: int) -> int:
    whole, rest = divmod(hundredths, _HUNDRED)
    return whole + (2 * rest > _HUNDRED or (2 * rest == _HUNDRED and whole % 2))


def _count(total: int) -> float:
    """The integer; beyond 64 bits, which no JSON writer here can write, the nearest double."""
    return total if abs(total) < _WIDEST else float(total)


def _nano_as_usd(nano: int) -> float:
    return nano / NANO


def _distinct(name: str) -> _Read:
    """How many of the small numbers in the column there are."""
    return lambda sample: int(np.count_nonzero(np.bincount(sample.known(name))))


def _extreme(name: str, which: Callable[[Ints], Any]) -> _Read:
    """The time of the first or last one, null of none."""

    def read(sample: _Sample) -> str | None:
        known = sample.known(name)
        return times.text(int(which(known))) if len(known) else None

    return read


def _error_rate(sample: _Sample) -> float | None:
    """Runs that failed among all, 0 to 1; null of none."""
    failed = int(sample.known("is_error").sum())
    return failed / len(sample.runs) if len(sample.runs) else None


def _streaming_rate(sample: _Sample) -> float | None:
    """Runs that streamed among those that are finished, 0 to 1; null of none."""
    finished = sample.column("end_us").is_known(sample.runs)
    streamed = finished & sample.column("first_token_us").is_known(sample.runs)
    among = int(finished.sum())
    return int(streamed.sum()) / among if among else None


_MEASURES: dict[str, _Percentile | _Sum | _Read] = {
    "first_start_time": _extreme("start_us", np.min),
    "last_run_start_time": _extreme("start_us", np.max),
    "last_end_time": _extreme("end_us", np.max),
    "run_count": lambda sample: len(sample.runs),
    "trace_count": _distinct("trace"),
    "thread_count": _distinct("thread"),
    "latency_p50": _Percentile("latency_us", 50, _seconds),
    "latency_p99": _Percentile("latency_us", 99, _seconds),
    "first_token_p50": _Percentile("first_token_latency_us", 50, _seconds),
    "first_token_p99": _Percentile("first_token_latency_us", 99, _seconds),
    "total_tokens": _Sum("total_tokens", _count),
    "prompt_tokens": _Sum("prompt_tokens", _count),
    "completion_tokens": _Sum("completion_tokens", _count),
    "median_tokens": _Percentile("total_tokens", 50, _half_to_even),
    "completion_tokens_p50": _Percentile("completion_tokens", 50, _half_to_even),
    "prompt_tokens_p50": _Percentile("prompt_tokens", 50, _half_to_even),
    "tokens_p99": _Percentile("total_tokens", 99, _half_to_even),
    "completion_tokens_p99": _Percentile("completion_tokens", 99, _half_to_even),
    "prompt_tokens_p99": _Percentile("prompt_tokens", 99, _half_to_even),
    "error_rate": _error_rate,
    "streaming_rate": _streaming_rate,
    "total_cost": _Sum("total_cost_nano", _nano_as_usd),
    "prompt_cost": _Sum("prompt_cost_nano", _nano_as_usd),
    "completion_cost": _Sum("completion_cost_nano", _nano_as_usd),
    "total_cost_nano": _Sum("total_cost_nano", int),
    "prompt_cost_nano": _Sum("prompt_cost_nano", int),
    "completion_cost_nano": _Sum("completion_cost_nano", int),
    "cost_p50": _Percentile("total_cost_nano", 50, _usd),
    "cost_p99": _Percentile("total_cost_nano", 99, _usd),
}
# Each detail field with its kind in the columns' categories.
_DETAILS = {
    "prompt_token_details": "prompt_token_details",
    "completion_token_details": "completion_token_details",
    "prompt_cost_details": "prompt_cost_details_nano",
    "completion_cost_details": "completion_cost_details_nano",
}


def prepare(engine: DuckDB) -> None:
    """Read what statistics are computed from, which the first request would do otherwise."""
    run_stats(engine, np.array([], dtype=np.int64), ("run_count", "feedback_stats", "run_facets"))


def run_stats(engine: DuckDB, runs: Ints, fields: Iterable[str]) -> dict[str, Any]:
    """The statistics of the runs that `fields` names, in that order, and nothing else computed.

    Beside the fields of the API's RunStats there are trace_count, thread_count, first_start_time,
    last_end_time, and total_, prompt_ and completion_cost_nano (integer nano-USD). run_facets is a
    list of `facets.Facet`. Without runs there are counts, token and cost sums of 0, {} for details
    and feedback, [] for facets, and null for everything else. Costs are USD, durations seconds.
    """
    wanted = tuple(fields)
    sample = _Sample(columns(engine), runs)
    measures = {field: _MEASURES[field] for field in wanted if field in _MEASURES}
    ordered = sample.ordered(_columns(measures.values(), _Percentile))
    sums = sample.sums(_columns(measures.values(), _Sum))
    details = _details(sample) if any(field in _DETAILS for field in wanted) else {}

    def value(field: str) -> Any:
        if field in _DETAILS:
            return details.get(_DETAILS[field], {})
        if field == "feedback_stats":
            return feedback.of_runs(engine, runs)
        if field == "run_facets":
            return facets.of_runs(engine, runs)
        match measures[field]:
            case _Percentile() as percentile:
                return percentile.of(ordered[percentile.column])
            case _Sum(column, unit):
                return unit(sums[column])
            case read:
                return read(sample)

    return {field: value(field) for field in wanted}


def _columns(measures: Iterable[object], kind: type[_Percentile | _Sum]) -> list[str]:
    """The columns of the measures of that kind, each once."""
    return list(dict.fromkeys(m.column for m in measures if isinstance(m, kind)))


def _details(sample: _Sample) -> dict[str, dict[str, float]]:
    """The sums by kind and category."""
    columns = sample.columns
    _, item = columns.details.of(sample.counted)
    details: dict[str, dict[str, float]] = {}
    for code, amount in totals_by_code(columns.detail[item], columns.amount[item]):
        kind, category = columns.categories[code]
        shown = amount / NANO if kind.endswith("_nano") else _count(amount)
        details.setdefault(kind, {})[category] = shown
    return details
