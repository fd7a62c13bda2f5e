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

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from attrs import frozen

from locum.engine.duckdb import DuckDB
from locum.langsmith import feedback
from locum.langsmith import timestamps as times
from locum.stats import facet_index as codes
from locum.stats import facets
from locum.stats.column_store import Taken, columns
from locum.stats.facet_index import Facet, Occurrences
from locum.stats.ragged import Ints

NANO = 10**9
_HUNDRED = 100
_WIDEST = 2**63


class _Sample:
    """The runs that statistics are about, and what several of the wanted ones are read from."""

    def __init__(self, engine: DuckDB, runs: Ints, plan: _Plan) -> None:
        self.engine, self.columns, self.runs = engine, columns(engine), runs
        self._plan, self._taken = plan, Taken(self.columns, runs, plan.measures)

    @property
    def counts(self) -> dict[str, int]:
        """How many runs have each measure, and of how many each other fact is true."""
        return self._taken.counts

    @cached_property
    def counted(self) -> Ints:
        """The runs that count in a sum."""
        return self.columns.uncovered(self.runs) if self.counts["has_ancestor"] else self.runs

    @cached_property
    def ordered(self) -> dict[str, Ints]:
        """The integers of each ranked measure, ascending, of the runs that have one."""
        return self._taken.ordered(self._plan.ranked)

    @cached_property
    def sums(self) -> dict[str, int]:
        """The exact sum of each measure; each model call counts once."""
        if self.counted is self.runs:
            return self._taken.sums(self._plan.summed)
        return Taken(self.columns, self.counted, self._plan.summed).sums(self._plan.summed)

    @cached_property
    def occurrences(self) -> Occurrences:
        """What the runs are counted by."""
        return codes.of_runs(self.engine, self.runs)

    @cached_property
    def details(self) -> dict[str, dict[str, int]]:
        """The exact sum of each detail, by kind and category; each model call counts once."""
        return self.columns.detail_sums(self.counted)


_Read = Callable[[_Sample], Any]


@frozen
class _Percentile:
    """A percentile of a measure; `unit` makes the reported value of hundredths of its integers."""

    measure: str
    percent: int
    unit: Callable[[int], Any]

    def __call__(self, sample: _Sample) -> Any:
        """Null where no run has an integer."""
        ordered = sample.ordered[self.measure]
        if not len(ordered):
            return None
        below, hundredths = divmod(self.percent * (len(ordered) - 1), _HUNDRED)
        low = ordered.item(below)
        high = ordered.item(below + 1) if hundredths else low
        return self.unit(_HUNDRED * low + hundredths * (high - low))


@frozen
class _Sum:
    """The sum of a measure; `unit` makes the reported value of it."""

    measure: str
    unit: Callable[[int], float]

    def __call__(self, sample: _Sample) -> float:
        """0 of nothing."""
        return self.unit(sample.sums[self.measure])


@frozen
class _Details:
    """The sums of the details of a kind, by category; `unit` makes the reported value of each."""

    kind: str
    unit: Callable[[int], float]

    def __call__(self, sample: _Sample) -> dict[str, float]:
        """{} of nothing."""
        totals = sample.details.get(self.kind, {})
        return {category: self.unit(total) for category, total in totals.items()}


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


def _distinct(numbers: Ints) -> int:
    """How many different ones there are, without 0."""
    return int(np.count_nonzero(np.bincount(numbers)[1:]))


def _time(hundredths_of_microseconds: int) -> str | None:
    return times.text(hundredths_of_microseconds // _HUNDRED)


def _rate(fact: str, among: Callable[[_Sample], int]) -> _Read:
    """The runs of which the fact is true among so many, 0 to 1; null among none."""

    def read(sample: _Sample) -> float | None:
        size = among(sample)
        return sample.counts[fact] / size if size else None

    return read


def _facets(sample: _Sample) -> list[tuple[Facet, int]]:
    found = sample.occurrences
    return facets.most_frequent(sample.engine, found.facets, found.facet_counts)


_STATISTICS: dict[str, _Read] = {
    "first_start_time": _Percentile("start_us", 0, _time),
    "last_run_start_time": _Percentile("start_us", 100, _time),
    "last_end_time": _Percentile("end_us", 100, _time),
    "run_count": lambda sample: len(sample.runs),
    "trace_count": lambda sample: _distinct(sample.columns.trace.take(sample.runs)),
    "thread_count": lambda sample: _distinct(sample.columns.thread.take(sample.runs)),
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
    "error_rate": _rate("is_error", lambda sample: len(sample.runs)),
    "streaming_rate": _rate("is_streamed", lambda sample: sample.counts["is_finished"]),
    "total_cost": _Sum("total_cost_nano", _nano_as_usd),
    "prompt_cost": _Sum("prompt_cost_nano", _nano_as_usd),
    "completion_cost": _Sum("completion_cost_nano", _nano_as_usd),
    "total_cost_nano": _Sum("total_cost_nano", int),
    "prompt_cost_nano": _Sum("prompt_cost_nano", int),
    "completion_cost_nano": _Sum("completion_cost_nano", int),
    "cost_p50": _Percentile("total_cost_nano", 50, _usd),
    "cost_p99": _Percentile("total_cost_nano", 99, _usd),
    "prompt_token_details": _Details("prompt_token_details", _count),
    "completion_token_details": _Details("completion_token_details", _count),
    "prompt_cost_details": _Details("prompt_cost_details_nano", _nano_as_usd),
    "completion_cost_details": _Details("completion_cost_details_nano", _nano_as_usd),
    "feedback_stats": lambda sample: feedback.of_occurrences(sample.engine, sample.occurrences),
    "run_facets": _facets,
}


@frozen
class _Plan:
    """What is to be read of a sample for some fields, and which measures for that: of some
    percentiles are wanted, of some sums."""

    reads: list[tuple[str, _Read]]
    ranked: list[str]
    summed: list[str]

    @property
    def measures(self) -> list[str]:
        """All of them."""
        return [*self.ranked, *self.summed]


@lru_cache(maxsize=256)
def _plan(fields: tuple[str, ...]) -> _Plan:
    reads = [_STATISTICS[field] for field in fields]
    ranked, summed = (
        list(dict.fromkeys(read.measure for read in reads if isinstance(read, kind)))
        for kind in (_Percentile, _Sum)
    )
    return _Plan(list(zip(fields, reads, strict=True)), ranked, summed)


def prepare(engine: DuckDB) -> None:
    """Read what statistics are computed from, which the first request would do otherwise."""
    parts = (columns, codes.codes, feedback.indexed)
    if engine.is_small:
        for read in parts:
            read(engine)
        return
    with ThreadPoolExecutor(len(parts)) as pool:
        for reading in [pool.submit(read, engine) for read in parts]:
            reading.result()


def run_stats(engine: DuckDB, runs: Ints, fields: Iterable[str]) -> dict[str, Any]:
    """The statistics of the runs that `fields` names, in that order, and nothing else computed.

    Beside the fields of the API's RunStats there are trace_count, thread_count, first_start_time,
    last_end_time, and total_, prompt_ and completion_cost_nano (integer nano-USD). run_facets is a
    list of (`codes.Facet`, how many runs have it). Without runs there are counts, token and cost
    sums of 0, {} for details and feedback, [] for facets, and null for everything else. Costs are
    USD, durations seconds.
    """
    plan = _plan(tuple(fields))
    sample = _Sample(engine, runs, plan)
    return {field: read(sample) for field, read in plan.reads}
