"""What the runs of a dataset are counted by, as they are loaded: facets, feedback and comments.

The statements are in DuckDB's dialect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from attrs import frozen

from locum.engine.data import Data
from locum.langsmith.derived_tables import DOCUMENTS, LEAF
from locum.stats.column_store import Array, FacetIndex, FeedbackScores, Ints, RaggedOffsets
from locum.stats.summary import items_of_lists

NO_SOURCE = ""  # which no JSON text is


class ValuePlace(NamedTuple):
    """A distinct feedback value, as values are ordered: by key, label, score (in 1e-9) and the text
    of its source; those without one last."""

    key: str
    has_no_label: bool
    label: str
    has_no_score: bool
    score: int
    has_no_source: bool
    source: str

    @property
    def shown_label(self) -> str | None:
        """The label, None where there is none."""
        return None if self.has_no_label else self.label

    @property
    def shown_source(self) -> str:
        """The source's JSON text, NO_SOURCE where there is none or it is null."""
        return NO_SOURCE if self.source == "null" else self.source

    @classmethod
    def of(cls, key: str, label: str | None, score: int | None, source: str | None) -> ValuePlace:
        """Make it of a row's values."""
        of_label, of_score = (label is None, label or ""), (score is None, score or 0)
        return cls(key, *of_label, *of_score, source is None, source or "")


class CommentPlace(NamedTuple):
    """Where a comment stands among all: by key, time (in microseconds) and id; those without a time
    last."""

    key: str
    has_no_time: bool
    created_us: int
    id: str

    @classmethod
    def of(cls, key: str, created_us: int | None, id_: str) -> CommentPlace:
        """Make it of a row's values."""
        return cls(key, created_us is None, created_us or 0, id_)


@frozen(eq=False)
class ProjectFeedback:
    """The feedback on each project as a whole, which names no run: lists of the codes of its values
    and comments, as the facet index has them, by the `numbers` of the projects' ids."""

    numbers: dict[str, int]
    offsets: RaggedOffsets
    code: Ints


@frozen(eq=False)
class FeedbackIndex:
    """The distinct feedback values and the comments, as the facet index numbers them.

    A value is an index into `labels`, `sources`, `scores` (in 1e-9) and `values`; `comments` are
    those that are not empty, at `comment_places`. Both are sorted by key, an index into `keys`;
    values without a label are a key's last. What none has any more may be among them.
    `run_of_feedback` is the run of each row of feedback, -1 of what is on none.
    """

    labels: list[str | None]
    sources: list[str]
    scores: FeedbackScores
    keys: list[str]
    comments: list[str]
    of_projects: ProjectFeedback
    values: list[ValuePlace]
    comment_places: list[CommentPlace]
    run_of_feedback: Ints


# What runs are counted by: each (kind, key, value) once, numbered from 0, and by document. A run is
# counted by its name, run_type and status, each of its tags, and the text of each value in its
# metadata that has a key: the path of object keys joined by dots, '' for what is no metadata. An
# object or array is left out: what is in it counts.
COUNTS = f"key IS NOT NULL AND value IS NOT NULL AND {LEAF}"
_VALUED = f"(SELECT * FROM entries WHERE {COUNTS})"
_ORDER = f"list_position([{', '.join(repr(kind) for kind in DOCUMENTS)}], kind), key, value"
_DISTINCT = f"SELECT DISTINCT kind, key, value FROM {_VALUED}"
_FACETS = f"SELECT kind, key, value FROM ({_DISTINCT}) ORDER BY {_ORDER}"
# Text is compared once for each facet: ranking the values themselves takes twice as long.
_DOCUMENT_FACETS = f"""
    WITH facets AS MATERIALIZED (
        SELECT CAST(row_number() OVER (ORDER BY {_ORDER}) - 1 AS INTEGER) AS facet, *
        FROM ({_DISTINCT})
    )
    SELECT DISTINCT document, facet
    FROM {_VALUED} JOIN facets USING (kind, key, value) ORDER BY document
"""
# Each run's documents, numbered from 1.
_RUN_DOCUMENTS = (
    f"SELECT {', '.join(f'coalesce({kind}, 0) AS {kind}' for kind in DOCUMENTS)} "
    "FROM run_documents ORDER BY run"
)
# The distinct values of feedback, compared once for each, and its comments, as their places have
# them.
_VALUES = "SELECT DISTINCT key, label, score_nano, CAST(source AS VARCHAR) AS source FROM feedback"
_COMMENTS = "FROM feedback WHERE comment <> '' ORDER BY key, created_us, id"
# Each feedback with the number of its value, and that of its comment where it has one; `project` is
# that of feedback that names no run.
_FEEDBACK = f"""
    WITH found AS MATERIALIZED (
        SELECT row_number() OVER (ORDER BY key, label, score_nano, source) - 1 AS value, *
        FROM ({_VALUES})
    )
    SELECT feedback.row, coalesce(feedback.run, -1) AS run, found.value,
           coalesce(commented, -1) AS comment,
           if(feedback.run IS NULL AND run_id IS NULL, session_id, NULL) AS project
    FROM feedback
    JOIN found ON found.key IS NOT DISTINCT FROM feedback.key
        AND found.label IS NOT DISTINCT FROM feedback.label
        AND found.score_nano IS NOT DISTINCT FROM feedback.score_nano
        AND found.source IS NOT DISTINCT FROM CAST(feedback.source AS VARCHAR)
    LEFT JOIN (
        SELECT row_number() OVER (ORDER BY key, created_us, id) - 1 AS commented, row
        FROM feedback WHERE comment <> ''
    ) AS comments ON comments.row = feedback.row
    ORDER BY feedback.run
"""


def counted(data: Data) -> tuple[FacetIndex, FeedbackIndex]:
    """Read what the runs are counted by, and what feedback there is."""
    values = [
        ValuePlace.of(*row)
        for row in data.rows(f"{_VALUES} ORDER BY key, label, score_nano, source")
    ]
    comments = data.rows(f"SELECT key, created_us, id, comment {_COMMENTS}")
    given = data.arrays(_FEEDBACK)
    facets = _facets(data, given, len(values), len(comments))
    run_of_feedback = np.empty(len(given["run"]), dtype=np.int32)
    run_of_feedback[given["row"] - 1] = given["run"]
    keys = list(dict.fromkeys(place.key for place in values))
    number = {key: number for number, key in enumerate(keys)}
    places = [CommentPlace.of(*place) for *place, _ in comments]
    return facets, FeedbackIndex(
        labels=[place.shown_label for place in values],
        sources=[place.shown_source for place in values],
        scores=scores(values, places, number),
        keys=keys,
        comments=[text for *_, text in comments],
        of_projects=_of_projects(given, facets),
        values=values,
        comment_places=places,
        run_of_feedback=run_of_feedback,
    )


def scores(
    values: Sequence[ValuePlace], comments: Sequence[CommentPlace], number: Mapping[str, int]
) -> FeedbackScores:
    """Make the scores of values, and the keys of these and of comments, by the numbers of keys."""
    return FeedbackScores.of(
        values=[
            (not place.has_no_label, None if place.has_no_score else place.score)
            for place in values
        ],
        keys=[number[place.key] for place in values],
        comment_keys=[number[place.key] for place in comments],
    )


def _facets(
    data: Data, given: Mapping[str, Array], feedback_values: int, comments: int
) -> FacetIndex:
    facets = data.rows(_FACETS)
    number: dict[tuple[str, str], int] = {}
    keys = [number.setdefault((kind, key), len(number)) for kind, key, _ in facets]
    of_document = data.arrays(_DOCUMENT_FACETS)
    first_feedback_value = len(facets)
    first_comment = first_feedback_value + feedback_values
    documents = list(data.arrays(_RUN_DOCUMENTS).values())
    runs = len(documents[0])
    count = max(int(np.max(column, initial=0)) for column in documents)
    # The feedback on a run is one more document of it, and so are the comments.
    is_on_run = given["run"] >= 0
    is_commented = is_on_run & (given["comment"] >= 0)
    documents.append(np.arange(count + 1, count + 1 + runs))
    documents.append(np.arange(count + 1 + runs, count + 1 + 2 * runs))
    offsets = RaggedOffsets.joined(
        RaggedOffsets.of_owners(of_document["document"], count + 1),
        RaggedOffsets.of_owners(given["run"][is_on_run], runs),
        RaggedOffsets.of_owners(given["run"][is_commented], runs),
    )
    codes = np.concatenate(
        (
            of_document["facet"],
            given["value"][is_on_run] + first_feedback_value,
            given["comment"][is_commented] + first_comment,
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


def _of_projects(given: Mapping[str, Array], facets: FacetIndex) -> ProjectFeedback:
    project = given["project"]
    places = np.flatnonzero(~np.ma.getmaskarray(project)).tolist()
    return project_feedback(
        [
            (project[place], facets.first_feedback_value + int(given["value"][place]))
            for place in places
        ]
        + [
            (project[place], facets.first_comment + int(given["comment"][place]))
            for place in places
            if given["comment"][place] >= 0
        ]
    )


def project_feedback(codes: Iterable[tuple[str, int]]) -> ProjectFeedback:
    """Make it of each code with the id of its project."""
    of_each: dict[str, list[int]] = {}
    for project, code in codes:
        of_each.setdefault(project, []).append(code)
    owners = np.arange(len(of_each)).repeat([len(found) for found in of_each.values()])
    return ProjectFeedback(
        {project: number for number, project in enumerate(of_each)},
        RaggedOffsets.of_owners(owners, len(of_each)),
        np.array([code for found in of_each.values() for code in found], dtype=np.int32),
    )
