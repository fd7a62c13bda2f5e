"""What one transaction wrote, as a record.

A line of JSON tells of each table how many lines it has, those with a key first, and the keys of
rows that are deleted; the lines follow, and behind them, pickled, what is kept beside the rows. Of
that, classes of Locum's are read, and values of Python's own: no record can have anything called.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import orjson

from locum.engine.kept import GONE, Changes
from locum.engine.pending import Pending, key_of
from locum.engine.tables import Table
from locum.exceptions import StartError

_OURS = "locum."
_UNREADABLE = (ValueError, TypeError, StopIteration, AttributeError, ImportError)
_PLAIN = {
    ("builtins", "frozenset"),
    ("builtins", "set"),
    ("builtins", "bytearray"),
    ("datetime", "datetime"),
    ("datetime", "timedelta"),
    ("datetime", "timezone"),
    ("decimal", "Decimal"),
    ("uuid", "UUID"),
    ("uuid", "SafeUUID"),
}


def encoded(what: Pending) -> bytes:
    """Return the record. Raises TypeError for what is kept and could not be read again."""
    tables, lines = [], []
    for name, own in what.tables.items():
        keyed = [line for place, line in own.lines.items() if isinstance(place, tuple)]
        loose = [line for place, line in own.lines.items() if not isinstance(place, tuple)]
        tables.append([name, list(map(list, own.gone)), len(keyed), len(loose)])
        lines += [*keyed, *loose]
    parts = [orjson.dumps(tables), *lines, _pickled(what.kept)]
    return b"\n".join(parts)


def decoded(record: bytes, tables: Mapping[str, Table], place: Callable[[], int]) -> Pending:
    """Return what was written; each row without a key has a place of its own. Raises StartError for
    a table that there is none of, or a record that says nothing."""
    head, _, rest = record.partition(b"\n")
    found = Pending()
    try:
        told = orjson.loads(head)
        *lines, kept = rest.split(b"\n", sum(keyed + loose for *_, keyed, loose in told))
        each = iter(lines)
        for name, gone, keyed, loose in told:
            if name not in tables:
                raise StartError(
                    f"the recording has rows of {name}, which no provider declares",
                    "name its provider with --provider",
                )
            found.delete(name, map(tuple, gone))
            for number in range(keyed + loose):
                line = next(each)
                key = key_of(tables[name], orjson.loads(line)) if number < keyed else None
                found.put(name, place() if key is None else key, line)
        found.kept = _unpickled(kept)
    except (*_UNREADABLE, pickle.UnpicklingError) as error:
        raise StartError(
            f"the recording cannot be read: {error}",
            "serve it with the version of Locum that has recorded it, and save it there",
        ) from None
    return found


def _pickled(kept: Changes) -> bytes:
    if not kept:
        return b""
    changes = [(*place, () if value is GONE else (value,)) for place, value in kept.items()]
    made = pickle.dumps(changes, protocol=5)
    try:
        _unpickled(made)
    except pickle.UnpicklingError as error:
        raise TypeError(f"what is kept beside rows cannot be recorded: {error}") from None
    return made


def _unpickled(text: bytes) -> Changes:
    if not text:
        return {}
    changes: list[tuple[str, Hashable, tuple[Any, ...]]] = _Reader(io.BytesIO(text)).load()
    return {(name, key): value[0] if value else GONE for name, key, value in changes}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Return the class of that name. Raises UnpicklingError where it is not one of those."""
        if (module, name) not in _PLAIN and not module.startswith(_OURS):
            raise pickle.UnpicklingError(f"{module}.{name} is no value of Locum's or Python's own")
        found = super().find_class(module, name)
        if not isinstance(found, type) or found.__module__ != module:
            raise pickle.UnpicklingError(f"{module}.{name} is no class")
        return found
