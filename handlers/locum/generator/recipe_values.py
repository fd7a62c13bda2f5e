"""What the values of a recipe's fields may be, in the words of its error messages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

from locum.generator.fields import Must
from locum.generator.model_providers import CLIENTS
from locum.generator.tenants import TENANTS

THREAD_KEYS = ("thread_id", "session_id", "conversation_id")
_FORMATS = ("jsonl", "parquet")
_NAMES = re.compile("[A-Za-z0-9][A-Za-z0-9_-]*")
MOST = 10**13  # of anything that is measured or weighed: far from the ends of 64 bits
_SEED = 2**63 - 1
_RUNS = 10**8  # take 260 GB of memory
_COUNT = 10**6
_SIGMA = 100  # exp(100 * z) is below 1e308 for all z that are ever drawn
_DAYS = 3660
_YEARS = range(1990, 2200)
_PRICE = 10**6
_USERS = 500  # Faker has some thousand addresses
_HOURS, _WEEKDAYS = 24, 7
_SLOTS = dict.fromkeys(("name", "city", "company", "product", "order"), "")


def instant(time: str) -> datetime:
    """The time in UTC. Raises ValueError where the text is not ISO-8601 with a zone, and
    OverflowError at the edges of the calendar."""
    moment = datetime.fromisoformat(time)
    if moment.tzinfo is None:
        raise ValueError(f"{time!r} has no zone")
    return moment.astimezone(UTC)


def _is_instant(time: str) -> bool:
    try:
        return instant(time).year in _YEARS
    except (ValueError, OverflowError):
        return False


def _are_weights(weights: Mapping[str, float] | Sequence[float]) -> bool:
    values = weights.values() if isinstance(weights, Mapping) else weights
    return all(0 <= value <= MOST for value in values) and sum(values) > 0


def _is_talk(talk: Sequence[str]) -> bool:
    try:
        "".join(talk).format(**_SLOTS)
    except (ValueError, LookupError, AttributeError):
        return False
    return len(talk) == len(("topic", "question", "answer"))


def _one_of(*values: str) -> Must:
    return Must(lambda value: value in values, f"one of {', '.join(values)}")


def _from(least: int, most: int) -> Must:
    return Must(lambda number: least <= number <= most, f"an integer from {least} to {most}")


Rate = Annotated[float, Must(lambda rate: 0 <= rate <= 1, "a number from 0 to 1")]
Amount = Annotated[float, Must(lambda number: 0 <= number <= MOST, f"a number from 0 to {MOST}")]
Sigma = Annotated[float, Must(lambda sigma: 0 <= sigma <= _SIGMA, f"a number from 0 to {_SIGMA}")]
Least = Annotated[int, _from(0, MOST)]
Count = Annotated[int, _from(0, _COUNT)]
RunCount = Annotated[int, _from(0, _RUNS)]
Price = Annotated[int, _from(0, _PRICE)]
Hours = Annotated[int, _from(1, 24 * _DAYS)]
_weights = Must(_are_weights, f"weights from 0 to {MOST}, one of them above 0")
Weights = Annotated[tuple[float, ...], _weights]
WeightsByName = Annotated[dict[str, float], _weights]
Texts = Annotated[tuple[str, ...], Must(bool, "one text at least")]
_TIME = "an ISO-8601 time with a zone, from 1990 to 2199, as 2026-06-30T12:00:00Z"
Time = Annotated[str, Must(_is_instant, _TIME)]
Talk = Annotated[
    tuple[str, ...],
    Must(_is_talk, f"topic, question and answer; {{{'}, {'.join(_SLOTS)}}}, other braces doubled"),
]
Name = Annotated[str, Must(_NAMES.fullmatch, "letters, digits, - and _")]
Seed = Annotated[int, _from(0, _SEED)]
Days = Annotated[int, _from(1, _DAYS)]
Users = Annotated[int, _from(1, _USERS)]
Now = Annotated[Time, Must(lambda now: instant(now).microsecond == 0, "whole seconds")]
OfHours = Annotated[Weights, Must(lambda hours: len(hours) == _HOURS, "24 weights")]
OfWeekdays = Annotated[Weights, Must(lambda days: len(days) == _WEEKDAYS, "7 weights")]
Format = Annotated[str, _one_of(*_FORMATS)]
Provider = Annotated[str, _one_of(*CLIENTS)]
Tenant = Annotated[str, _one_of(*TENANTS)]
