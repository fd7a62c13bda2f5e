"""What the server gives to rows that are written: times and ids."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

from attrs import define, field

from locum.engine.data import Data
from locum.engine.transactions import Transaction
from locum.exceptions import InvalidRequest, InvalidValue
from locum.langsmith import timestamps as times
from locum.langsmith.ingestion.uuids import uuid_text


def _microseconds() -> int:
    return time.time_ns() // 1000


def _random_id() -> str:
    return str(uuid.uuid4())


@define
class Stamps:
    """The times and ids of what is written to one layer: `clock` tells the microseconds since 1970,
    and `new_id` makes a UUID."""

    clock: Callable[[], int] = _microseconds
    new_id: Callable[[], str] = _random_id
    _last: int = field(default=0, init=False)

    def now(self) -> str:
        """Return the time, later than any before: what was changed later is newer."""
        self._last = max(self.clock(), self._last + 1)
        return written(self._last)


def stamps(transaction: Transaction) -> Stamps:
    """Return the stamps of the layer that the transaction is of."""
    return transaction.state(new_stamps)


def new_stamps(_: Data) -> Stamps:
    """Make the stamps of a layer, by the clock of the machine."""
    return Stamps()


def written(microseconds: int) -> str:
    """Return a time as rows have it."""
    text = times.text(microseconds)
    assert text is not None  # noqa: S101 - of a number
    return text


def moment(text: Any, *location: str | int) -> str | None:
    """Return a time of a request as rows have it, None of None; it is in UTC where it names no
    zone. Raises InvalidRequest for what is no time, which tells where it stands."""
    if text is None:
        return None
    try:
        return written(times.microseconds(times.in_utc(text)))
    except (TypeError, ValueError) as error:
        fault = InvalidValue(("body", *location), str(error), "datetime_parsing", text)
        raise InvalidRequest((fault,)) from None


def microseconds(row: dict[str, Any], column: str) -> int | None:
    """Return a time of a row in microseconds, None where it has none."""
    text = row.get(column)
    return None if text is None else times.microseconds(times.in_utc(text))


def identifier(text: Any, *location: str | int) -> str:
    """Return a UUID in lower case with its dashes. Raises InvalidRequest for what is none, which
    tells where it stands."""
    found = uuid_text(text) if isinstance(text, str) else None
    if found is None:
        fault = InvalidValue(("body", *location), f"{text!r:.80} is no UUID", "uuid_parsing", text)
        raise InvalidRequest((fault,))
    return found
