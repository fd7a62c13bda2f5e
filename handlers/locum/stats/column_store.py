"""Rows in memory as columns: the values that `summary` computes with.

A row is its number, from 0.

    Columns
      measures    integers, null where a row has none
      flags       what is true of each row, and which measures it has
      ids         numbers of ids, from 1; 0 is none
      ancestors   the rows above each row
      details     amounts by category
    FacetIndex    what rows are counted by, and the feedback on them, as codes
    FeedbackScores
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import field, frozen

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.integer[Any]]
Flags = npt.NDArray[np.bool_]

HAS_ANCESTOR = "has_ancestor"  # the flag of the rows that have one


@frozen(eq=False)
class RaggedOffsets:
    """A list for each owner, one after the other (compressed sparse rows): its items are those from
    starts[owner] to ends[owner] of an array."""

    starts: Ints
    ends: Ints

    @classmethod
    def of_owners(cls, owners: Ints, size: int) -> RaggedOffsets:
        """Make the lists of `size` owners, of each item's owner, ascending."""
        bounds = np.concatenate(([0], np.bincount(owners, minlength=size).cumsum()))
        return cls(bounds[:-1], bounds[1:])

    @classmethod
    def joined(cls, *parts: RaggedOffsets) -> RaggedOffsets:
        """Put all lists one after the other, of owners and of items that follow each other too."""
        before = np.cumsum([0, *(part.ends[-1] if len(part.ends) else 0 for part in parts[:-1])])
        return cls(
            np.concatenate([part.starts + n for part, n in zip(parts, before, strict=True)]),
            np.concatenate([part.ends + n for part, n in zip(parts, before, strict=True)]),
        )


@frozen(eq=False)
class Measures:
    """Integers of the rows. `rows` names those of `values`, one for each measure; a null is the
    measure's `null_fill`, which no other value is above. What `values` has beyond the rows means
    nothing. The absolute values of a measure are no more than its `magnitudes` together: no sum of
    one that `fits_int64` is beyond 64 bits."""

    rows: Mapping[str, int]
    values: Ints
    null_fill: list[int]
    magnitudes: list[float]
    fits_int64: list[bool] = field(init=False)

    @fits_int64.default
    def _whether_sums_fit(self) -> list[bool]:
        return [fit_int64(magnitude) for magnitude in self.magnitudes]

    @classmethod
    def of(cls, columns: Mapping[str, tuple[Array, Flags | None]], size: int) -> Measures:
        """Make them of `size` values each, and which of these are not null (None: all).

        Measures that are asked for together should stand side by side.
        """
        values = np.zeros((len(columns), size), dtype=np.int64)
        null_fill = []
        for row, (column, is_known) in zip(values, columns.values(), strict=True):
            row[:] = column
            if is_known is not None:
                np.putmask(row, ~is_known, 0)
            null_fill.append(int(np.max(row, initial=0)))
            if is_known is not None:
                np.putmask(row, ~is_known, null_fill[-1])
        rows = {name: row for row, name in enumerate(columns)}
        return cls(rows, values, null_fill, [magnitude(row) for row in values])


@frozen(eq=False)
class FlagSets:
    """What is true of each row. The flags of a row are those that are 1 in the row of `flag_sets`
    that `flag_set` numbers, in the order of `names`: few combinations of them occur."""

    names: list[str]
    flag_set: Ints
    flag_sets: Ints

    @classmethod
    def of(cls, flags: Mapping[str, Flags]) -> FlagSets:
        """Number the combinations of at least one flag and at most 32."""
        bits = np.zeros(len(next(iter(flags.values()))), dtype=np.uint32)
        for place, is_true in enumerate(flags.values()):
            bits |= is_true.astype(np.uint32) << place
        found = np.bincount(bits).nonzero()[0]
        number = np.zeros(1 << len(flags), dtype=np.uint16)
        number[found] = np.arange(len(found))
        return cls(list(flags), number[bits], found[:, np.newaxis] >> np.arange(len(flags)) & 1)


@frozen(eq=False)
class Ancestors:
    """The rows above each row: `ancestor`, a list for each, the nearest first. `parent` is the row
    directly above, -1 where there is none."""

    offsets: RaggedOffsets
    ancestor: Ints
    parent: Ints


@frozen(eq=False)
class Details:
    """Amounts of each row: a list of `amount`, each of a `category`, numbered from 0 in the order
    of `categories`: (kind, category), ascending in each list. The absolute values of all amounts
    are no more than the `magnitude` together: no sum that `fits_int64` is beyond 64 bits."""

    offsets: RaggedOffsets
    category: Ints
    amount: Ints
    magnitude: float
    categories: list[tuple[str, str]]
    fits_int64: bool = field(init=False)

    @fits_int64.default
    def _whether_sums_fit(self) -> bool:
        return fit_int64(self.magnitude)


@frozen(eq=False)
class Columns:
    """The rows of a table. A measure's name is that of a flag too: whether a row has one."""

    measures: Measures
    flags: FlagSets
    ids: Mapping[str, Ints]
    ancestors: Ancestors
    details: Details


# (kind, key, value): what it is of, under which key ("" where the kind has none), and the text.
# A plain tuple, for there are many in each answer.
Facet = tuple[str, str, str]


@frozen(eq=False)
class FacetIndex:
    """What each row is counted by, as codes from 0: lists of `code`.

    `facets` are what the first codes stand for, by kind, key and value, and `keys` numbers the
    (kind, key) of each, ascending; codes are distinct feedback values, by key, from
    `first_feedback_value` on, and comments, by key, from `first_comment` on, up to `size`.
    """

    offsets: RaggedOffsets
    code: Ints
    facets: list[Facet]
    keys: Ints
    first_feedback_value: int
    first_comment: int
    size: int


_LEAST, _GREATEST = -(2**63), 2**63 - 1
_BASE = 2**32
_OF_SCORE, _OF_SQUARE = 2, 4  # digits


@frozen(eq=False)
class FeedbackScores:
    """The scores of distinct feedback values, numbered from 0, and the keys of the values and of
    the comments, ascending, numbered from 0 too.

    A row of `addends` is a value: whether it has a score, whether it has a label alone, and the
    digits in base 2**32 of its score and of the square, the lowest first: as often as feedback is
    counted, less than 2**31 times, sums of them have 64 bits. `least` and `greatest` are the score,
    or what no score is above, and below.
    """

    key: Ints
    comment_key: Ints
    addends: Ints
    least: Ints
    greatest: Ints

    @classmethod
    def of(
        cls,
        values: Sequence[tuple[bool, int | None]],
        keys: Sequence[int],
        comment_keys: Sequence[int],
    ) -> FeedbackScores:
        """Make them of each value: whether it has a label, and its score, an integer of 64 bits."""
        addends = [
            [
                *(score is not None, score is None and is_labelled),
                *_digits(score or 0, _OF_SCORE),
                *_digits((score or 0) ** 2, _OF_SQUARE),
            ]
            for is_labelled, score in values
        ]
        scores = [score for _, score in values]
        return cls(
            key=np.array(keys, dtype=np.int64),
            comment_key=np.array(comment_keys, dtype=np.int64),
            addends=np.array(addends, dtype=np.int64).reshape(-1, 2 + _OF_SCORE + _OF_SQUARE),
            least=np.array([_GREATEST if s is None else s for s in scores], dtype=np.int64),
            greatest=np.array([_LEAST if s is None else s for s in scores], dtype=np.int64),
        )


def _digits(number: int, size: int) -> tuple[int, ...]:
    """The number in base 2**32, the lowest digit first; the highest one has the sign."""
    lower = [(number >> (32 * place)) % _BASE for place in range(size - 1)]
    return (*lower, number >> (32 * (size - 1)))


def magnitude(numbers: Ints) -> float:
    """Return the sum of the numbers' absolute values, roughly."""
    return float(np.abs(numbers, dtype=np.float64).sum())


def fit_int64(magnitude: float) -> bool:
    """Return whether no sum of some of the numbers of that magnitude is beyond 64 bits."""
    return magnitude < 2**62
