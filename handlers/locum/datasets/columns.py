"""The columns of tables: what a value of each type is.

Money is in nano-USD (1e-9 USD), a time is ISO-8601 in UTC. A number is a double: what must be
summed exactly is an integer. A JSON column holds any JSON value; a map of integers goes from a
category to a count.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

TEXT, INTEGER, BOOLEAN, TIME, JSON = "text", "integer", "boolean", "time", "json"
TEXTS, TEXT_MAP, INTEGER_MAP = "list of text", "map of text", "map of integers"
NUMBER = "number"
TYPES = (TEXT, INTEGER, BOOLEAN, TIME, JSON, TEXTS, TEXT_MAP, INTEGER_MAP, NUMBER)

Columns = Mapping[str, str]  # the type of each column, in the order of the columns

KEYS = "keys"  # the one table that every dataset may have: who has which key
KEY_COLUMNS: Columns = {"key": TEXT, "provider": TEXT, "tenant_id": TEXT, "access": TEXT}

_INT64 = range(-(2**63), 2**63)
_DIGITS = tuple("0123456789")
_QUOTED = re.compile(r"-?\d{1,19}\Z", re.ASCII)


def is_of_type(kind: str, value: object) -> bool:
    """Return whether the JSON value, which is not null, may stand in a column of that type.

    An integer has 64 bits and may stand in quotes; a boolean may be 0 or 1 (databases write both).
    A time is any text here that begins with a digit: the engine reads it.
    """
    if kind == JSON:
        return True
    if kind == TEXTS:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if kind in (TEXT_MAP, INTEGER_MAP):
        of = TEXT if kind == TEXT_MAP else INTEGER
        return isinstance(value, dict) and all(is_of_type(of, item) for item in value.values())
    if kind == BOOLEAN:
        return isinstance(value, bool) or value in (0, 1)
    if isinstance(value, float):
        return kind == NUMBER and math.isfinite(value)
    if kind == INTEGER and isinstance(value, str):
        return bool(_QUOTED.match(value)) and int(value) in _INT64
    if kind in (INTEGER, NUMBER):
        return isinstance(value, int) and not isinstance(value, bool) and value in _INT64
    # A time is not "infinity", nor any other word that a database takes for one.
    return isinstance(value, str) and (kind != TIME or value.lstrip()[:1] in _DIGITS)
