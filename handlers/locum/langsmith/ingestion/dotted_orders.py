"""dotted_order: where a run stands in its trace, as a text that sorts.

It has a part for each run from the root to the run itself, joined by dots: when that run began, as
YYYYMMDDThhmmssffffffZ, and its id (https://docs.langchain.com/langsmith/run-data-format). The time
need not be the run's start_time (langsmith-sdk#2179).

What must hold is said in the vendor's words as far as issues quote them (langsmith-sdk#751,
langchainjs#9077, litellm#37269, langsmith-java#81); of the last part, the one before it, times that
go back and a run that stands there twice the words are ours.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

from attrs import frozen

from locum.exceptions import Unanswerable
from locum.langsmith.ingestion.uuids import uuid_text

_TIME = len("20260601T120000000000Z")
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_PART = rf"\d{{8}}T\d{{12}}Z{_UUID}"
_USUAL = re.compile(rf"{_PART}(?:\.{_PART})*", re.ASCII)
_PUNCTUATION = str.maketrans("", "", "-:.")


@frozen
class Place:
    """Where a run stands: the dotted_order as it was sent or made, and the ids in it, from the root
    to the run itself."""

    dotted_order: str
    ids: tuple[str, ...]

    @property
    def trace_id(self) -> str:
        """The id of the root."""
        return self.ids[0]

    @property
    def parent_run_id(self) -> str | None:
        """The id of the run above, None of a root."""
        return self.ids[-2] if len(self.ids) > 1 else None

    @property
    def ancestors(self) -> tuple[str, ...]:
        """The ids of all runs above, the root first."""
        return self.ids[:-1]

    def below(self, part: str) -> Place:
        """Return the place of a run under this one, of its own part.

        Where clocks disagree, so that the run began before its parent did, its part has the time of
        the parent's: parts never go back.
        """
        run_id = part[_TIME:]
        time = max(part[:_TIME], self.dotted_order.rpartition(".")[2][:_TIME])
        return Place(f"{self.dotted_order}.{time}{run_id}", (*self.ids, run_id))


def own_part(start_time: str, run_id: str) -> str:
    """Return the part of a run that began then (ISO-8601 in UTC with six decimals and Z)."""
    return start_time.translate(_PUNCTUATION) + run_id


def of_root(part: str) -> Place:
    """Return the place of a root, of its own part."""
    return Place(part, (part[_TIME:],))


def read(dotted_order: str) -> Place:
    """Return the place that a dotted_order tells. Raises ValueError, which says what is wrong."""
    if _USUAL.fullmatch(dotted_order):
        parts = dotted_order.split(".")
        ids = tuple([part[_TIME:] for part in parts])
        times = [part[:_TIME] for part in parts]
    else:
        times, ids = _unusual(dotted_order)
    for index, time in enumerate(times):
        if not _is_time(time):
            raise ValueError(f"invalid timestamp in dotted_order {time} at index {index}")
    for index in range(1, len(times)):
        if times[index] < times[index - 1]:
            told = f"timestamp in dotted_order {times[index]} at index {index}"
            raise ValueError(f"{told} is earlier than that of the part before it")
    if len(set(ids)) < len(ids):
        raise ValueError("dotted_order contains a run twice")
    return Place(dotted_order, ids)


def _unusual(dotted_order: str) -> tuple[list[str], tuple[str, ...]]:
    """Read ids in capitals and without dashes, and tell what is wrong with anything else."""
    times, ids = [], []
    for index, part in enumerate(dotted_order.split(".")):
        time, letter, run_id = part.partition("Z")
        canonical = uuid_text(run_id)
        if not letter or canonical is None:
            told = f"{part[:80]!r} at index {index}"
            raise ValueError(f"dotted_order part {told} is not YYYYMMDDThhmmssffffffZ and a UUID")
        times.append(f"{time}Z")
        ids.append(canonical)
    return times, tuple(ids)


# The runs of a trace have the parts of those above them in common.
@lru_cache(maxsize=4096)
def _is_time(time: str) -> bool:
    if len(time) != _TIME or not time.isascii():
        return False
    try:
        datetime.fromisoformat(f"{time[:15]}.{time[15:]}")
    except ValueError:
        return False
    return time[8] == "T" and time[-1] == "Z"


def check(
    place: Place, run_id: str, trace_id: str | None, parent_run_id: str | None, *, is_create: bool
) -> None:
    """Raise Unanswerable, which is 400, where what a payload says of its run contradicts the place:
    ids in lower case with their dashes, None where it says nothing. A create that names no parent
    is of a root; an update may leave the parent out."""
    ids, why = place.ids, None
    if parent_run_id is None:
        if is_create and len(ids) > 1:
            why = "dotted_order must contain a single part for root runs"
    elif len(ids) == 1:
        why = "dotted_order must contain at least two parts for child runs"
    if why is None and trace_id not in (None, ids[0]):
        why = f"trace_id {trace_id} does not match first part of dotted_order {ids[0]}"
    if why is None and ids[-1] != run_id:
        why = f"run_id {run_id} does not match last part of dotted_order {ids[-1]}"
    if why is None and parent_run_id not in (None, place.parent_run_id):
        told = f"parent_run_id {parent_run_id} does not match second to last part of dotted_order"
        why = f"{told} {place.parent_run_id}"
    if why is not None:
        raise invalid(why, run_id, trace_id, place.dotted_order, parent_run_id)


def invalid(
    why: str, run_id: str, trace_id: str | None, dotted_order: str, parent_run_id: str | None
) -> Unanswerable:
    """Return the refusal of a run for its place; `<nil>` is what the vendor writes for nothing."""
    return Unanswerable(
        f"Bad request: invalid 'dotted_order': {why} for run_id:{run_id} "
        f"trace_id:{trace_id or '<nil>'} dotted_order:{dotted_order} "
        f"parent_run_id:{parent_run_id or '<nil>'}"
    )
