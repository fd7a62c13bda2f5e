"""What is computed of a selection of rows: counts, exact sums, percentiles, facets, feedback.

A selection is an array of the numbers of rows, each at most once, in any order. Everything is
counted, summed and ranked as integers; the division to a reported unit comes last and is exact, so
that one question has one answer: the double nearest to the exact value.

Percentiles are linear interpolations at q·(n-1) of the sorted values, counted from 0: definition 7
of Hyndman and Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50 (1996),
361-365, and NumPy's default.

    summary           statistics by name, each a value: percentile, total, rate …
      gather          what they need of the rows, read at once
    facet_counts      what the rows are counted by
      most_frequent, facet_groups, feedback_by_key
    compare           the rows whose measure is beyond a bound
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from attrs import frozen

from locum.stats.column_store import (
    HAS_ANCESTOR,
    Array,
    Columns,
    Details,
    Facet,
    FacetIndex,
    FeedbackScores,
    Flags,
    FlagSets,
    Ints,
    Measures,
    RaggedOffsets,
)


@frozen(eq=False)
class Gathered:
    """What was read of a selection of `size` rows.

    `counts` are those of its flags; `ordered` the values of measures that are not null, ascending;
    `sums` and `details` exact sums; `ids` the numbers of ids. {} stands for what was not asked for.
    """

    size: int
    counts: Mapping[str, int]
    ordered: Mapping[str, Ints]
    sums: Mapping[str, int]
    details: Mapping[str, Mapping[str, int]]
    ids: Mapping[str, Ints]


def gather(
    columns: Columns,
    selection: Ints,
    *,
    counts: bool = True,
    ranked: Collection[str] = (),
    summed: Collection[str] = (),
    ids: Iterable[str] = (),
    details: bool = False,
) -> Gathered:
    """Read what is asked for of the rows: counts of their flags, measures to rank and to sum, ids,
    and sums of details.

    A sum leaves out the rows that have an ancestor among the rows, which reports theirs too.
    """
    counted: dict[str, int] = {}
    ordered: dict[str, Ints] = {}
    sums: dict[str, int] = {}
    of_details: dict[str, dict[str, int]] = {}
    if counts or ranked or summed or details:
        counted = flag_counts(columns.flags, selection)
        values = _Values(columns.measures, (*ranked, *summed), selection)
        ordered = {name: values.ordered(name, counted[name]) for name in ranked}
    if summed or details:
        rows, counted_rows = selection, counted
        if counted[HAS_ANCESTOR]:
            rows = without_selected_ancestors(columns, selection)
            counted_rows = flag_counts(columns.flags, rows)
            values = _Values(columns.measures, summed, rows)
        sums = values.sums(summed, counted_rows)
        of_details = detail_sums(columns.details, rows) if details else {}
    return Gathered(
        size=len(selection),
        counts=counted,
        ordered=ordered,
        sums=sums,
        details=of_details,
        ids={name: columns.ids[name].take(selection) for name in ids},
    )


class _Values:
    """The values of some measures of some rows, and of those between them: what stands side by side
    is read at once."""

    def __init__(self, measures: Measures, names: Collection[str], selection: Ints) -> None:
        self._measures, self._size = measures, len(selection)
        rows = [measures.rows[name] for name in names]
        self._first = min(rows, default=0)
        span = measures.values[self._first : max(rows, default=-1) + 1]
        self._values = span.take(selection, axis=1)

    def ordered(self, name: str, count: int) -> Ints:
        """Return so many values, ascending. Rows are sorted in place: their sums stay as they are,
        and nulls are last."""
        row = self._values[self._measures.rows[name] - self._first]
        row.sort()
        values: Ints = row[:count]
        return values

    def sums(self, names: Collection[str], counts: Mapping[str, int]) -> dict[str, int]:
        """Return the exact sum of each measure, of which so many values are not null."""
        if not names:
            return {}
        measures = self._measures
        rows = {name: measures.rows[name] for name in names}
        first, last = min(rows.values()), max(rows.values())
        sums = exact_sums(
            self._values[first - self._first : last + 1 - self._first],
            fits_int64=all(measures.fits_int64[first : last + 1]),
        )
        return {
            name: sums[row - first] - (self._size - counts[name]) * measures.null_fill[row]
            for name, row in rows.items()
        }


def flag_counts(flags: FlagSets, selection: Ints) -> dict[str, int]:
    """Count the rows of which each flag is true."""
    times = np.bincount(flags.flag_set.take(selection), minlength=len(flags.flag_sets))
    return dict(zip(flags.names, (times @ flags.flag_sets).tolist(), strict=True))


def are_true(flags: FlagSets, name: str, selection: Ints) -> Flags:
    """Return whether the flag is true of each row."""
    is_true: Flags = flags.flag_sets[:, flags.names.index(name)] > 0
    return is_true[flags.flag_set.take(selection)]


def measured(columns: Columns, measure: str, selection: Ints) -> tuple[Ints, Flags]:
    """Return a measure's value of each row, and whether the row has one."""
    row = columns.measures.values[columns.measures.rows[measure]]
    return row.take(selection), are_true(columns.flags, measure, selection)


def compare(
    columns: Columns, measure: str, comparison: np.ufunc, bound: int, selection: Ints
) -> Flags:
    """Return whether a comparison (np.greater …) of each row's measure with the bound, an integer
    of any size, holds; it does not where the row has none."""
    values, is_known = measured(columns, measure, selection)
    holds: Flags = comparison(values, bound)
    return holds & is_known


def without_selected_ancestors(columns: Columns, selection: Ints) -> Ints:
    """Return the rows that have no ancestor among the rows."""
    size = len(columns.flags.flag_set)
    counts, item = items(columns.ancestors.offsets, selection)
    is_selected = marked(selection, size)
    below = selection.repeat(counts)[is_selected[columns.ancestors.ancestor[item]]]
    without: Ints = selection[~marked(below, size)[selection]]
    return without


def detail_sums(details: Details, selection: Ints) -> dict[str, dict[str, int]]:
    """Return the exact sum of each category that a row has, by kind and category."""
    size = len(details.categories)
    _, item = items(details.offsets, selection)
    categories = details.category.take(item)
    amounts = details.amount.take(item)
    sums = sums_by_code(categories, amounts, size, fits_int64=details.fits_int64)
    found: dict[str, dict[str, int]] = {}
    for number in marked(categories, size).nonzero()[0].tolist():
        kind, category = details.categories[number]
        found.setdefault(kind, {})[category] = sums[number]
    return found


@frozen
class Statistic:
    """How a statistic is computed of what was gathered, and what must be for it: a measure to rank
    or one to sum or some ids, the counts of flags, the sums of details."""

    compute: Callable[[Gathered], Any]
    ranks: str = ""
    sums: str = ""
    counts: bool = False
    ids: str = ""
    details: bool = False


def summary(
    columns: Columns, selection: Ints, statistics: Mapping[str, Statistic]
) -> dict[str, Any]:
    """Compute the statistics of the rows, by name; nothing is read that none of them needs."""
    ranked: dict[str, None] = {}
    summed: dict[str, None] = {}
    ids: dict[str, None] = {}
    counts = details = False
    for each in statistics.values():
        if each.ranks:
            ranked[each.ranks] = None
        elif each.sums:
            summed[each.sums] = None
        elif each.ids:
            ids[each.ids] = None
        counts, details = counts or each.counts, details or each.details
    gathered = gather(
        columns, selection, counts=counts, ranked=ranked, summed=summed, ids=ids, details=details
    )
    return {name: each.compute(gathered) for name, each in statistics.items()}


def count() -> Statistic:
    """How many rows there are."""
    return Statistic(lambda gathered: gathered.size)


def distinct(ids: str) -> Statistic:
    """How many different ids the rows have."""

    def compute(gathered: Gathered) -> int:
        return int(np.count_nonzero(np.bincount(gathered.ids[ids])[1:]))

    return Statistic(compute, ids=ids)


def flagged(flag: str) -> Statistic:
    """How many rows there are of which a flag is true."""
    return Statistic(lambda gathered: gathered.counts[flag], counts=True)


def rate(flag: str, among: str | None = None) -> Statistic:
    """The share, 0 to 1, of the rows of which a flag is true, among all of them or those of which
    another one is; null among none."""

    def compute(gathered: Gathered) -> float | None:
        size = gathered.size if among is None else gathered.counts[among]
        return gathered.counts[flag] / size if size else None

    return Statistic(compute, counts=True)


_HUNDRED = 100


def percentile(measure: str, percent: int, *, per: int) -> Statistic:
    """A percentile in a unit of so many of the measure's integers; null where no row has one."""

    def compute(gathered: Gathered) -> float | None:
        ordered = gathered.ordered[measure]
        return _percentile(ordered, percent) / (_HUNDRED * per) if len(ordered) else None

    return Statistic(compute, ranks=measure)


def whole_percentile(measure: str, percent: int) -> Statistic:
    """A percentile, rounded half to even; null where no row has an integer."""

    def compute(gathered: Gathered) -> int | None:
        ordered = gathered.ordered[measure]
        if not len(ordered):
            return None
        whole, rest = divmod(_percentile(ordered, percent), _HUNDRED)
        return whole + (2 * rest > _HUNDRED or (2 * rest == _HUNDRED and whole % 2))

    return Statistic(compute, ranks=measure)


def _percentile(ordered: Ints, percent: int) -> int:
    """A hundred times the percentile of ascending integers, at least one: that is an integer."""
    below, hundredths = divmod(percent * (len(ordered) - 1), _HUNDRED)
    low: int = ordered.item(below)
    high: int = ordered.item(below + 1) if hundredths else low
    return _HUNDRED * low + hundredths * (high - low)


def least(measure: str) -> Statistic:
    """The least integer; null where no row has one."""
    return Statistic(lambda gathered: _at(gathered.ordered[measure], 0), ranks=measure)


def greatest(measure: str) -> Statistic:
    """The greatest integer; null where no row has one."""
    return Statistic(lambda gathered: _at(gathered.ordered[measure], -1), ranks=measure)


def _at(ordered: Ints, place: int) -> int | None:
    return ordered.item(place) if len(ordered) else None


def exact_total(measure: str) -> Statistic:
    """The sum of a measure as an integer of any size, 0 of nothing."""
    return Statistic(lambda gathered: gathered.sums[measure], sums=measure)


def total(measure: str, *, per: int = 1) -> Statistic:
    """The sum of a measure in a unit of so many of its integers, 0 of nothing."""
    return Statistic(lambda gathered: _in_units(gathered.sums[measure], per), sums=measure)


def breakdown(kind: str, *further: str, per: int = 1) -> Statistic:
    """The sums of the details of a kind, and of further ones together with it, by category, in a
    unit of so many; {} of nothing."""

    def compute(gathered: Gathered) -> dict[str, float]:
        sums = gathered.details.get(kind, {})
        if further:
            every = [sums, *(gathered.details.get(other, {}) for other in further)]
            names = dict.fromkeys(name for each in every for name in each)
            sums = {name: sum(each.get(name, 0) for each in every) for name in names}
        return {category: _in_units(amount, per) for category, amount in sums.items()}

    return Statistic(compute, details=True)


_LARGEST = 2**63 - 1  # integer that JSON's writers can write


def _in_units(number: int, per: int) -> float:
    """The number of units; where they are the integers themselves, an int, and beyond 64 bits,
    which no JSON writer here can write, the nearest double."""
    if per == 1 and abs(number) <= _LARGEST:
        return number
    return number / per


@frozen(eq=False)
class FacetCounts:
    """How often each facet occurs, and each distinct feedback value (those that do, ascending), and
    which comments there are; each numbered from 0."""

    facets: Ints
    facet_counts: Ints
    feedback_values: Ints
    feedback_value_counts: Ints
    comments: Ints


def facet_counts(index: FacetIndex, selection: Ints) -> FacetCounts:
    """Count what the rows have."""
    _, item = items(index.offsets, selection)
    found, counts = occurring(index.code.take(item), index.size)
    bounds = found.searchsorted((index.first_feedback_value, index.first_comment))
    value, comment = bounds.tolist()
    return FacetCounts(
        found[:value],
        counts[:value],
        found[value:comment] - index.first_feedback_value,
        counts[value:comment],
        found[comment:] - index.first_comment,
    )


_ABOVE_COUNTS = 2**31  # any count of rows


def most_frequent(index: FacetIndex, counts: FacetCounts, most: int) -> list[tuple[Facet, int]]:
    """Return the so many most frequent facets of each kind and key, with their counts: kinds and
    keys in the index's order, ties by the value's text."""
    keys = index.keys.take(counts.facets)
    # Facets are numbered by key and value: a stable sort by key and count keeps the order of
    # values, and the keys are where they were.
    order = (keys * _ABOVE_COUNTS - counts.facet_counts).argsort(kind="stable")
    order = order[first_of_equal(keys, most)]
    facets = map(index.facets.__getitem__, counts.facets.take(order).tolist())
    return list(zip(facets, counts.facet_counts.take(order).tolist(), strict=True))


def facet_groups(
    index: FacetIndex, selection: Ints, kind: str, key: str, null: str
) -> list[tuple[str | None, Ints]]:
    """Group the rows by their values of one kind and key: (value, rows).

    First come the rows without a value, under None, if there are some; the text `null` counts as
    none. Then the values by their text. A row with several values is in several groups.
    """
    of_each, item = items(index.offsets, selection)
    facet, of_item = index.code.take(item), np.arange(len(selection)).repeat(of_each)
    texts = {
        code: index.facets[code][2]
        for code in np.unique(facet[facet < len(index.facets)]).tolist()
        if index.facets[code][:2] == (kind, key) and index.facets[code][2] != null
    }
    has_value = np.isin(facet, list(texts))
    is_without = np.ones(len(selection), dtype=np.bool_)
    is_without[of_item[has_value]] = False
    without = [(None, selection[is_without])] if is_without.any() else []
    rows = selection[of_item[has_value]]
    return [
        *without,
        *((texts[code], found) for code, found in split_by_code(facet[has_value], rows)),
    ]


class ScoreSums(NamedTuple):
    """Of some feedback: how much of it has a score, and how much a label alone; the sum of the
    scores, that of their squares, the least and the greatest of them (without a score none of these
    is to be used)."""

    scored: int
    unscored: int
    total: int
    squares: int
    least: int
    greatest: int


class KeyedFeedback(NamedTuple):
    """The feedback of one key: its distinct values, ascending, how often each occurs, the sums of
    their scores, and the first of its comments."""

    key: int
    values: list[int]
    counts: list[int]
    sums: ScoreSums
    comments: list[int]


def feedback_by_key(
    scores: FeedbackScores, counts: FacetCounts, most_comments: int
) -> list[KeyedFeedback]:
    """Return the counted feedback of each key, keys ascending, with so many comments."""
    key_of_value = scores.key.take(counts.feedback_values)
    first = first_of_equal(key_of_value, 1).nonzero()[0]
    keys = key_of_value.take(first)
    key_of_comment = scores.comment_key.take(counts.comments)
    is_first = first_of_equal(key_of_comment, most_comments)
    comments, key_of_comment = counts.comments[is_first].tolist(), key_of_comment[is_first]
    values, times = counts.feedback_values.tolist(), counts.feedback_value_counts.tolist()
    start = first.tolist()
    return [
        KeyedFeedback(key, values[i:j], times[i:j], sums, comments[m:n])
        for key, i, j, sums, m, n in zip(
            keys.tolist(),
            start,
            [*start, len(values)][1:],
            _score_sums(scores, counts.feedback_values, counts.feedback_value_counts, first),
            key_of_comment.searchsorted(keys).tolist(),
            key_of_comment.searchsorted(keys, "right").tolist(),
            strict=True,
        )
    ]


def _score_sums(scores: FeedbackScores, values: Ints, counts: Ints, first: Ints) -> list[ScoreSums]:
    """The sums of feedback that has each of the values so many times: of each of the parts that
    begin at `first`."""
    addends = scores.addends.take(values, axis=0) * counts[:, np.newaxis]
    return [
        ScoreSums(scored, unscored, a + (b << 32), c + (d << 32) + (e << 64) + (f << 96), *ends)
        for (scored, unscored, a, b, c, d, e, f), *ends in zip(
            np.add.reduceat(addends, first).tolist(),
            np.minimum.reduceat(scores.least.take(values), first).tolist(),
            np.maximum.reduceat(scores.greatest.take(values), first).tolist(),
            strict=True,
        )
    ]


def marked(numbers: Ints | list[int], size: int) -> Flags:
    """Return which of the numbers from 0 up to `size` are among these."""
    found = np.zeros(size, dtype=np.bool_)
    found[numbers] = True
    return found


def items(offsets: RaggedOffsets, owners: Ints) -> tuple[Ints, Ints]:
    """Return how many items each owner has, and the places of all of them, one owner's after the
    other's."""
    ends = offsets.ends.take(owners)
    counts = ends - offsets.starts.take(owners)
    item = (ends - counts.cumsum()).repeat(counts)
    item += np.arange(len(item))
    return counts, item


_AT_ONCE = 2**15  # owners: what is read for them stays in the processor's cache


def items_of_lists(
    lists: Sequence[Ints], offsets: RaggedOffsets, array: Ints
) -> tuple[RaggedOffsets, Ints]:
    """Return the items of each owner: those of its lists, of which each column numbers one."""
    sizes, found = [np.zeros(1, dtype=np.int64)], [array[:0]]
    for start in range(0, len(lists[0]), _AT_ONCE):
        chunk = np.stack([column[start : start + _AT_ONCE] for column in lists], axis=1)
        counts, item = items(offsets, chunk.ravel())
        sizes.append(counts.reshape(chunk.shape).sum(axis=1))
        found.append(array.take(item))
    bounds = np.concatenate(sizes).cumsum()
    return RaggedOffsets(bounds[:-1], bounds[1:]), np.concatenate(found)


# Where at most one number in so many occurs, sorting those is faster than counting by all.
_SPARSE = 32


def occurring(numbers: Ints, size: int) -> tuple[Ints, Ints]:
    """Return those of the numbers from 0 up to `size` that occur, ascending, and how often each
    does."""
    if len(numbers) * _SPARSE < size:
        found, counts = np.unique(numbers, return_counts=True)
        return found, counts
    times = np.bincount(numbers)
    found = (times > 0).nonzero()[0]
    return found, times.take(found)


def first_of_equal(numbers: Ints, most: int) -> Flags:
    """Return which of ascending numbers are among the first so many of those that are equal."""
    found = np.empty(len(numbers), dtype=np.bool_)
    found[:most] = True
    np.not_equal(numbers[most:], numbers[:-most], out=found[most:])
    return found


def split_by_code(codes: Ints, array: Array) -> list[tuple[int, Array]]:
    """Return the items of each code that occurs, codes ascending."""
    order = np.argsort(codes, kind="stable")
    found, first = np.unique(codes[order], return_index=True)
    return list(zip(found.tolist(), np.split(array[order], first)[1:], strict=True))


_LOW = 2**32 - 1


def exact_sums(rows: Ints, *, fits_int64: bool) -> list[int]:
    """Return the exact sum of each row, which may be beyond 64 bits where they do not fit."""
    if fits_int64:
        sums: list[int] = rows.sum(axis=-1).tolist()
        return sums
    return _from_halves((rows >> 32).sum(axis=-1), (rows & _LOW).sum(axis=-1))


def sums_by_code(codes: Ints, numbers: Ints, size: int, *, fits_int64: bool) -> list[int]:
    """Return the exact sum of the numbers of each code from 0 up to `size`."""
    if fits_int64:
        sums = np.zeros(size, dtype=np.int64)
        np.add.at(sums, codes, numbers)
        narrow: list[int] = sums.tolist()
        return narrow
    high, low = np.zeros((2, size), dtype=np.int64)
    np.add.at(high, codes, numbers >> 32)
    np.add.at(low, codes, numbers & _LOW)
    return _from_halves(high, low)


def _from_halves(high: Ints, low: Ints) -> list[int]:
    return [(above << 32) + below for above, below in zip(high.tolist(), low.tolist(), strict=True)]
