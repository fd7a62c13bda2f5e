"""A row of an export: its JSON text, parsed, and its fields read one by one."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from functools import cached_property
from typing import Any

import orjson
from attrs import define, field, frozen

from locum.exceptions import LocumError
from locum.importer import values
from locum.importer.values import Read, Unexpected

Row = dict[str, Any]

_SHOWN = 60
_64_BITS = range(-(2**63), 2**64)


@frozen
class BadRow(LocumError):
    """A row that cannot be imported: what was found where, and what was expected."""

    reason: str

    def __str__(self) -> str:
        return self.reason


@define(slots=False)
class ExportRow:
    """A row as it was exported. `taken` are the fields that were asked for, `rounded` counts the
    amounts that nano-USD do not hold exactly."""

    text: bytes
    fields: Row
    taken: set[str] = field(factory=set)
    rounded: int = 0

    @classmethod
    def parse(cls, text: bytes) -> ExportRow:
        """The row of a JSON text.

        Raises BadRow for what is no JSON object, has integers of more than 64 bits, or is nested
        more than 250 levels deep, which a dataset's reader would refuse.
        """
        try:
            fields = orjson.loads(text)
            orjson.dumps(fields)
            if _LONG.search(text):
                json.loads(text, parse_int=_integer)
        except orjson.JSONDecodeError as error:
            raise BadRow(f"found no JSON ({error}), expected an object") from None
        except orjson.JSONEncodeError:
            raise BadRow("found more than 250 levels of nesting, expected fewer") from None
        if not isinstance(fields, dict):
            raise BadRow(f"found {shown(fields)}, expected an object")
        return cls(text, fields)

    @cached_property
    def exact(self) -> Row:
        """The fields, with numbers that have a fraction as they are written."""
        exact: Row = json.loads(self.text, parse_float=Decimal)
        return exact

    def take(self, name: str, read: Read) -> Any:
        """The field's value, None where it is null or absent. Raises BadRow."""
        self.taken.add(name)
        return None if self.fields.get(name) is None else self.need(name, read)

    def need(self, name: str, read: Read) -> Any:
        """The value of a field that must be there. Raises BadRow."""
        self.taken.add(name)
        value = self.fields.get(name)
        try:
            return read(value)
        except Unexpected as error:
            raise BadRow(f"{name}: found {shown(value)}, expected {error}") from None

    def money(self, name: str) -> int | None:
        """The nano-USD of a field in USD."""
        nano: int | None = self.take(name, lambda value: self._nano(self._exactly(name, value)))
        return nano

    def money_map(self, name: str) -> dict[str, int] | None:
        """The nano-USD of a field that maps categories to USD."""
        read = values.mapped(self._nano)
        nanos: dict[str, int] | None = self.take(
            name, lambda value: read(self._exactly(name, value))
        )
        return nanos

    def _exactly(self, name: str, value: Any) -> Any:
        amounts = value.values() if isinstance(value, dict) else (value,)
        return self.exact[name] if any(isinstance(a, float) for a in amounts) else value

    def _nano(self, amount: object) -> int:
        nano, rounded = values.nano_usd(amount)
        self.rounded += rounded
        return nano


_LONG = re.compile(rb"\d{19}")


def _integer(text: str) -> int:
    if len(text) > 20 or int(text) not in _64_BITS:  # noqa: PLR2004 - the digits of 2**64
        digits = len(text.lstrip("-"))
        raise BadRow(f"found an integer of {digits} digits, expected one of 64 bits")
    return int(text)


def shown(value: object) -> str:
    """A value as an error shows it: as JSON, the beginning."""
    if value is None:
        return "nothing"
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
