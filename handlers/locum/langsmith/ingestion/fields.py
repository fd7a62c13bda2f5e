"""The fields of a payload, read into the columns of `langsmith/runs`.

What is null counts as absent. A value of another type than the document's is refused, and the
refusal names run and field. Fields that no column holds are passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson

from locum.exceptions import InvalidRequest, InvalidValue
from locum.langsmith.ingestion.payloads import Payload
from locum.langsmith.ingestion.uuids import uuid_text
from locum.langsmith.tables import RUN_TYPES, STATUSES

Sent = dict[str, Any]
"""What was sent of a run: columns of `langsmith/runs` by name, none of them null, and beside them
`session_name`. `status` is there only where one of the three was sent."""

_SHOWN = 80  # characters of a value at fault
_US_PER_MS = 1000
_USUAL = len("2026-06-01T12:00:00.000000Z")
_LAST_US = 253_402_300_799_999_999  # of the year 9999, and the first of the year 1
_FIRST_US = -62_135_596_800_000_000


class Unexpected(ValueError):
    """A value is not what was expected, which the message names."""


def read(payload: Payload) -> Sent:
    """Return what the payload sends. Raises InvalidRequest, which is 422."""
    sent: Sent = {}
    for name, value in payload.fields.items():
        if value is None:
            continue
        reading = _READ.get(name)
        if reading is None:
            if name == "extra":
                sent |= _extra(payload, value)
            continue
        try:
            found = reading(value)
        except Unexpected as error:
            raise _fault(payload, name, f"found {_shown(value)}, expected {error}", value) from None
        if found is not None:
            sent[name] = found
    if payload.kind == "post":
        for name in ("name", "run_type"):
            if name not in sent:
                raise _fault(payload, name, "found nothing, expected it in a create", None)
    return sent


def _fault(payload: Payload, name: str, message: str, found: object) -> InvalidRequest:
    return refusal(payload.id, name, message, found)


def refusal(run_id: str, name: str, message: str, found: object = None) -> InvalidRequest:
    """Return what refuses a run for the value of a field."""
    fault = InvalidValue(("body", name), f"of run {run_id}: {message}", "value_error", found)
    return InvalidRequest((fault,))


def _shown(value: object) -> str:
    try:
        text = orjson.dumps(value, default=str).decode()
    except orjson.JSONEncodeError:
        text = repr(type(value).__name__)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _extra(payload: Payload, value: object) -> Sent:
    """The columns that `extra` is kept in: metadata, what it ran on, and the rest. A runtime that
    is no object stays in the rest."""
    if not isinstance(value, dict):
        raise _fault(payload, "extra", f"found {_shown(value)}, expected an object", value)
    metadata, runtime = value.get("metadata"), value.get("runtime")
    if not isinstance(metadata, dict | None):
        message = f"found {_shown(metadata)}, expected an object"
        raise _fault(payload, "extra.metadata", message, metadata)
    has_runtime = isinstance(runtime, dict)
    rest = {
        name: each
        for name, each in value.items()
        if name != "metadata" and each is not None and not (name == "runtime" and has_runtime)
    }
    found = {"metadata": metadata, "runtime": runtime if has_runtime else None, "extra": rest}
    return {name: each for name, each in found.items() if each}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Unexpected("a text")
    return value


def _some_text(value: object) -> str | None:
    """A text; an empty one is none."""
    return _text(value) or None


def _error(value: object) -> str | None:
    """The message of an error; an empty one is none, and what is no text becomes the text of its
    JSON."""
    if isinstance(value, str):
        return value or None
    return orjson.dumps(value).decode() if value else None


def _uuid(value: object) -> str:
    canonical = uuid_text(value) if isinstance(value, str) else None
    if canonical is None:
        raise Unexpected("a UUID")
    return canonical


def _uuid_or_empty(value: object) -> str | None:
    return None if value == "" else _uuid(value)


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unexpected("an object")
    return value


def _tags(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise Unexpected("an array of texts")
    return value


def _events(value: object) -> list[Any]:
    if not isinstance(value, list) or not all(isinstance(event, dict) for event in value):
        raise Unexpected("an array of objects")
    return value


def _run_type(value: object) -> str:
    if not isinstance(value, str) or value not in RUN_TYPES:
        raise Unexpected(f"one of {', '.join(RUN_TYPES)}")
    return value


def _status(value: object) -> str | None:
    return value if isinstance(value, str) and value in STATUSES else None


def time(value: object) -> str:
    """Return a time as the tables have it: ISO-8601 in UTC with six decimals and Z.

    Read are ISO-8601 texts, in UTC where they name no zone, and numbers of milliseconds since 1970.
    What is finer than a microsecond is cut off. Raises Unexpected.
    """
    try:
        # What is shorter is a day or a week.
        if isinstance(value, str) and len(value) >= len("20260601T12"):
            read = datetime.fromisoformat(value)
            if len(value) == _USUAL and value[10] == "T" and value[19] == "." and value[-1] == "Z":
                return value
            if read.tzinfo is not None and read.tzinfo is not UTC:
                read = read.astimezone(UTC)
            return read.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        if isinstance(value, int | float) and not isinstance(value, bool):
            microseconds = (
                value * _US_PER_MS
                if isinstance(value, int)
                else int(Decimal(repr(value)) * _US_PER_MS)
            )
            if _FIRST_US <= microseconds <= _LAST_US:
                seconds, rest = divmod(microseconds, 1_000_000)
                moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest, tzinfo=None)
                return moment.isoformat(timespec="microseconds") + "Z"
    except (ValueError, OverflowError, ArithmeticError):
        pass
    raise Unexpected("an ISO-8601 time, or milliseconds since 1970")


_READ: Mapping[str, Callable[[object], Any]] = {
    "name": _some_text,
    "run_type": _run_type,
    "status": _status,
    "start_time": time,
    "end_time": time,
    "error": _error,
    "inputs": _object,
    "outputs": _object,
    "events": _events,
    "tags": _tags,
    "serialized": _object,
    "trace_id": _uuid_or_empty,
    "parent_run_id": _uuid_or_empty,
    "dotted_order": _some_text,
    "session_id": _uuid_or_empty,
    "session_name": _some_text,
    "reference_example_id": _uuid_or_empty,
}
