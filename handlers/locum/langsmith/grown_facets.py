"""What runs are counted by, of that before some runs and feedback were added or replaced.

What is new among facets, feedback values and comments is put where it belongs, and all codes get
their new numbers at once; what none has any more stays, and is counted nowhere.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

import numpy as np
from attrs import evolve, frozen

from locum.engine.change import Rows
from locum.engine.data import Data, Parameters
from locum.langsmith.derived_tables import DOCUMENTS
from locum.langsmith.run_facets import (
    COUNTS,
    CommentPlace,
    FeedbackIndex,
    ProjectFeedback,
    ValuePlace,
    project_feedback,
    scores,
)
from locum.langsmith.run_rows import touched
from locum.stats.column_store import Facet, FacetIndex, FeedbackScores, Ints
from locum.stats.growing import changed, moved, relisted, renumbered
from locum.stats.summary import items

T = TypeVar("T")
_PROJECT = "if(run IS NULL AND run_id IS NULL, session_id, NULL)"
_PLACED = "row, run, key, label, score_nano, CAST(source AS VARCHAR), comment, created_us, id"


def extended(
    facets: FacetIndex, feedback: FeedbackIndex, data: Data, runs: Rows, given: Rows, size: int
) -> tuple[FacetIndex, FeedbackIndex]:
    """Return both for `size` runs, of those before these rows of runs and of feedback were added or
    changed."""
    if runs == given == Rows():
        return facets, feedback
    anew = np.array([*runs.changed, *runs.added], dtype=np.int64)
    read = _read(feedback, data, anew, given)
    rows = _facet_rows(data, runs)
    new_facets = _Merged.of(facets.facets, {row[1:] for row in rows}, _place)
    values = _Merged.of(feedback.values, {each.value for each in read.rows})
    comments = _Merged.of(
        feedback.comment_places, {each.comment for each in read.rows if each.comment is not None}
    )
    first_value = len(new_facets.items)
    first_comment = first_value + len(values.items)
    numbers = None
    if new_facets.places or values.places or comments.places:
        numbers = np.concatenate(
            (
                moved(len(facets.facets), new_facets.places),
                first_value + moved(len(feedback.values), values.places),
                first_comment + moved(len(feedback.comments), comments.places),
            )
        )
    codes = _Codes(new_facets, values, comments, numbers)
    grown = _grown_lists(facets, codes, rows, read, anew, size)
    return grown, _grown_feedback(feedback, codes, read)


class _Given(NamedTuple):
    """A row of feedback that is read: its run, -1 where it is on none, or the project that it is on
    as a whole; its value, and its comment where it has one."""

    row: int
    run: int
    project: str | None
    value: ValuePlace
    comment: CommentPlace | None
    text: str

    @classmethod
    def of(cls, project: str | None, row: Sequence[Any]) -> _Given:
        """Make it of the columns that are read."""
        number, run, key, label, score, source, comment, created_us, id_ = row
        place = CommentPlace.of(key, created_us, id_) if comment else None
        value = ValuePlace.of(key, label, score, source)
        return cls(number, -1 if run is None else run, project, value, place, comment)


@frozen
class _Read:
    """All feedback on the `runs`, ascending, whose lists are made anew, and that on projects: of
    all of them where `has_projects`, else what was added."""

    runs: Ints
    rows: list[_Given]
    has_projects: bool
    changed: dict[int, int]  # rows of feedback, each with its run


def _read(feedback: FeedbackIndex, data: Data, anew: Ints, given: Rows) -> _Read:
    """Read the feedback on the runs that were added or changed, and on those whose feedback was."""
    run_of: dict[int, int] = {}
    on_project = set[int]()  # rows of feedback
    runs = anew
    before = feedback.run_of_feedback[np.array(given.changed, dtype=np.int64) - 1]
    if given != Rows():
        parameters = Parameters()
        found = data.rows(
            f"SELECT row, coalesce(run, -1), {_PROJECT} IS NOT NULL FROM feedback "
            f"WHERE {touched(given, 'row', parameters)}",
            parameters,
        )
        run_of = {row: run for row, run, _ in found}
        on_project = {row for row, _, is_on_project in found if is_on_project}
        now = np.array([*run_of.values()], dtype=np.int64)
        runs = np.union1d(anew, np.concatenate((before[before >= 0], now[now >= 0])))
    # What was on no run may have been on a project, and which one it was nobody knows.
    has_projects = bool((before < 0).any()) or not on_project.isdisjoint(given.changed)
    rows = []
    # What has come on a run that is new is new itself, or it was on none before.
    if given != Rows() or np.isin(feedback.run_of_feedback, anew).any():
        statement = (
            f"SELECT NULL, {_PLACED} FROM feedback "
            "WHERE run IN (SELECT unnest(CAST($runs AS INTEGER[])))"
        )
        rows = data.rows(statement, runs=runs.tolist())
    if has_projects or on_project:
        condition = "run IS NULL AND run_id IS NULL"
        if not has_projects:
            condition += f" AND row BETWEEN {given.added.start} AND {given.added.stop - 1}"
        rows += data.rows(f"SELECT session_id, {_PLACED} FROM feedback WHERE {condition}")
    read = [_Given.of(project, row) for project, *row in rows]
    return _Read(runs, read, has_projects, run_of | {each.row: each.run for each in read})


def _facet_rows(data: Data, runs: Rows) -> list[Any]:
    """The facets of the runs that were added or changed, each with the run."""
    if runs == Rows():
        return []
    parameters = Parameters()
    documents = (
        f"SELECT run, unnest([{', '.join(DOCUMENTS)}]) AS document FROM run_documents "
        f"WHERE {touched(runs, 'run', parameters)}"
    )
    rows = data.rows(
        f"SELECT run, kind, key, value FROM ({documents}) JOIN entries USING (document) "
        f"WHERE {COUNTS}",
        parameters,
    )
    return list(dict.fromkeys(rows))  # each once: of few, the engine takes longer to find that


_KINDS = {kind: place for place, kind in enumerate(DOCUMENTS)}


def _place(facet: Facet) -> tuple[int, str, str]:
    kind, key, value = facet
    return _KINDS[kind], key, value


@frozen
class _Merged:
    """Items in order, of those before and of others: those that are new were put before the items
    of these `places`. `number` tells the place of each of the others."""

    items: list[Any]
    places: list[int]
    fresh: list[Any]
    number: dict[Any, int]

    @classmethod
    def of(
        cls, before: list[T], others: Iterable[T], place: Callable[[T], Any] = lambda item: item
    ) -> _Merged:
        """Put those of the others that are not there among the items before."""
        places: list[int] = []
        fresh: list[T] = []
        number: dict[T, int] = {}
        for other in sorted(others, key=place):
            at = bisect_left(before, place(other), key=place)
            number[other] = at + len(places)
            if at == len(before) or before[at] != other:
                places.append(at)
                fresh.append(other)
        return cls(merged(before, places, fresh), places, fresh, number)


def merged(before: list[T], places: Sequence[int], fresh: Sequence[T]) -> list[T]:
    """Return the list with an item put before that of each of these places, ascending."""
    if not places:
        return before
    found = before[: places[0]]
    for item, (start, end) in zip(fresh, pairwise([*places, len(before)]), strict=True):
        found.append(item)
        found += before[start:end]
    return found


@frozen
class _Codes:
    """What codes stand for, and the new number of each that was there, None where all stay."""

    facets: _Merged
    values: _Merged
    comments: _Merged
    numbers: Ints | None

    @property
    def first_feedback_value(self) -> int:
        return len(self.facets.items)

    @property
    def first_comment(self) -> int:
        return self.first_feedback_value + len(self.values.items)

    def of(self, given: _Given) -> list[int]:
        """Return the codes of a row of feedback."""
        found = [self.first_feedback_value + self.values.number[given.value]]
        if given.comment is not None:
            found.append(self.first_comment + self.comments.number[given.comment])
        return found


def _grown_lists(
    facets: FacetIndex, codes: _Codes, rows: Sequence[Any], read: _Read, anew: Ints, size: int
) -> FacetIndex:
    code = facets.code if codes.numbers is None else renumbered(facets.code, codes.numbers)
    of_feedback = [
        (each.run, found) for each in read.rows if each.run >= 0 for found in codes.of(each)
    ]
    # The facets of runs whose feedback alone is read anew are those that they had.
    kept = read.runs[~np.isin(read.runs, anew)]
    counts, item = items(facets.offsets, kept)
    kept_codes = code.take(item)
    is_facet = kept_codes < codes.first_feedback_value
    owners = np.concatenate(
        (
            np.array([row[0] for row in rows], dtype=np.int64),
            kept.repeat(counts)[is_facet],
            np.array([run for run, _ in of_feedback], dtype=np.int64),
        )
    )
    listed = np.concatenate(
        (
            np.array([codes.facets.number[row[1:]] for row in rows], dtype=code.dtype),
            kept_codes[is_facet],
            np.array([found for _, found in of_feedback], dtype=code.dtype),
        )
    )
    order = np.argsort(owners, kind="stable")
    of_each = np.bincount(read.runs.searchsorted(owners), minlength=len(read.runs))
    offsets, (code,) = relisted(facets.offsets, (code,), read.runs, of_each, (listed[order],), size)
    return FacetIndex(
        offsets=offsets,
        code=code,
        facets=codes.facets.items,
        keys=_keys(facets, codes.facets),
        first_feedback_value=codes.first_feedback_value,
        first_comment=codes.first_comment,
        size=codes.first_comment + len(codes.comments.items),
    )


def _keys(before: FacetIndex, facets: _Merged) -> Ints:
    """The number of each facet's kind and key."""
    if not facets.places:
        return before.keys
    is_first = np.ones(len(before.keys), dtype=np.int64)
    is_first[1:] = before.keys[1:] != before.keys[:-1]
    is_first = np.insert(is_first, facets.places, 1)
    for place in np.array(facets.places) + np.arange(len(facets.places)):
        for at in (place, place + 1):
            if 0 < at < len(is_first):
                is_first[at] = facets.items[at][:2] != facets.items[at - 1][:2]
    keys: Ints = is_first.cumsum() - 1
    return keys


def _grown_feedback(before: FeedbackIndex, codes: _Codes, read: _Read) -> FeedbackIndex:
    values, comments = codes.values, codes.comments
    texts = merged(before.comments, comments.places, [""] * len(comments.fresh))
    said = {
        comments.number[each.comment]: each.text for each in read.rows if each.comment is not None
    }
    if any(texts[number] != text for number, text in said.items()):
        texts = texts.copy()
        for number, text in said.items():
            texts[number] = text
    keys = sorted({*before.keys, *(place.key for place in values.fresh)})
    rows = sorted(read.changed)
    return FeedbackIndex(
        labels=merged(before.labels, values.places, [place.shown_label for place in values.fresh]),
        sources=merged(
            before.sources, values.places, [place.shown_source for place in values.fresh]
        ),
        scores=_scores(before, values, comments, keys),
        keys=keys,
        comments=texts,
        of_projects=_of_projects(before.of_projects, codes, read),
        values=values.items,
        comment_places=comments.items,
        run_of_feedback=changed(
            before.run_of_feedback,
            np.array(rows, dtype=np.int64) - 1,
            np.array([read.changed[row] for row in rows], dtype=before.run_of_feedback.dtype),
            max(len(before.run_of_feedback), *rows[-1:], 0),
        ),
    )


def _scores(
    before: FeedbackIndex, values: _Merged, comments: _Merged, keys: list[str]
) -> FeedbackScores:
    if not (values.places or comments.places):
        return before.scores
    number = {key: number for number, key in enumerate(keys)}
    of_key = np.array([number[key] for key in before.keys], dtype=np.int64)
    fresh, old = scores(values.fresh, comments.fresh, number), before.scores
    return FeedbackScores(
        key=np.insert(of_key[old.key], values.places, fresh.key),
        comment_key=np.insert(of_key[old.comment_key], comments.places, fresh.comment_key),
        addends=np.insert(old.addends, values.places, fresh.addends, axis=0),
        least=np.insert(old.least, values.places, fresh.least),
        greatest=np.insert(old.greatest, values.places, fresh.greatest),
    )


def _of_projects(before: ProjectFeedback, codes: _Codes, read: _Read) -> ProjectFeedback:
    found = [
        (each.project, code)
        for each in read.rows
        if each.project is not None
        for code in codes.of(each)
    ]
    if read.has_projects:
        return project_feedback(found)
    if codes.numbers is not None:
        before = evolve(before, code=renumbered(before.code, codes.numbers))
    if not found:
        return before
    added = project_feedback(found)
    numbers = before.numbers | {
        project: len(before.numbers) + place
        for place, project in enumerate(
            each for each in added.numbers if each not in before.numbers
        )
    }
    lists = {}
    for project, number in added.numbers.items():
        start, end = added.offsets.starts[number], added.offsets.ends[number]
        lists[numbers[project]] = added.code[start:end]
        if project in before.numbers:
            own = before.numbers[project]
            old = before.code[before.offsets.starts[own] : before.offsets.ends[own]]
            lists[own] = np.concatenate((old, lists[own]))
    owners = sorted(lists)
    offsets, (code,) = relisted(
        before.offsets,
        (before.code,),
        np.array(owners),
        np.array([len(lists[owner]) for owner in owners]),
        (np.concatenate([lists[owner] for owner in owners]),),
        len(numbers),
    )
    return ProjectFeedback(numbers, offsets, code)
