"""What is left of a log: of each row its last line, of each value that is kept beside the rows the
last one. They stay in the order in which they came."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from hashlib import md5
from itertools import count
from pathlib import Path

import numpy as np
import numpy.typing as npt

from locum.engine.kept import GONE
from locum.engine.pending import Pending
from locum.engine.tables import Table
from locum.recording import frames, records

_Event = tuple[Hashable, ...]  # what tells what became of a row, or of a value, from all others
_ROW, _LOOSE, _KEPT = range(3)


def shorten(files: Sequence[Path], into: Path, tables: Mapping[str, Table]) -> None:
    """Write what is left of the records of the files, in their order, into another file, which is
    on the disk when this returns. In memory it takes 16 bytes for each row of each record."""
    is_last = iter(_last(_pending(files, tables)))
    with into.open("xb") as file:
        file.write(frames.MAGIC)
        for pending in _pending(files, tables):
            left = _left(pending, is_last)
            if left or left.kept:
                file.write(frames.frame(records.encoded(left)))
        file.flush()
        os.fsync(file.fileno())


def _pending(files: Iterable[Path], tables: Mapping[str, Table]) -> Iterator[Pending]:
    places = count()
    for path in files:
        for record in frames.Reading(path).records():
            yield records.decoded(record, tables, lambda: next(places))


def _last(every: Iterable[Pending]) -> npt.NDArray[np.bool_]:
    """Return of each event whether it is the last one of its row or value."""
    digests = bytearray()
    for pending in every:
        for event in _events(pending):
            digests += md5(repr(event).encode(), usedforsecurity=False).digest()
    pairs = np.frombuffer(digests, dtype="<u8").reshape(-1, 2)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))  # equal ones stay in their order
    ordered = pairs[order]
    is_last = np.ones(len(pairs), dtype=np.bool_)
    is_last[order[:-1]] = (ordered[1:] != ordered[:-1]).any(axis=1)
    return is_last


def _events(pending: Pending) -> Iterator[_Event]:
    for name, own in pending.tables.items():
        for key in own.gone:
            yield _ROW, name, key
        for place in own.lines:
            yield (_ROW if isinstance(place, tuple) else _LOOSE), name, place
    for place_of_value in pending.kept:
        yield _KEPT, *place_of_value


def _left(pending: Pending, is_last: Iterator[np.bool_]) -> Pending:
    """Return what of it is the last; asked in the order of `_events`."""
    left = Pending()
    for name, own in pending.tables.items():
        left.delete(name, [key for key in own.gone if next(is_last)])
        for place, line in own.lines.items():
            if next(is_last):
                left.put(name, place, line)
    for place_of_value, value in pending.kept.items():
        if next(is_last) and value is not GONE:
            left.kept[place_of_value] = value
    return left
