"""What is left of records: of each row and value the last."""

from __future__ import annotations

import random
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from locum.engine.kept import GONE, KeptValues
from locum.engine.pending import Pending, written
from locum.recording import frames, records
from locum.recording.shortening import shorten
from tests.engine.test_layer import ITEMS, LOOSE, NOTES, TABLES


def replayed(file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is there after all records: rows and the keys of deleted ones, and what is kept."""
    whole, kept, places = Pending(), KeptValues(), count()
    for record in frames.Reading(file).records():
        each = records.decoded(record, TABLES, lambda: next(places))
        whole.add(each)
        kept.change(each.kept)
    tables = {
        name: (
            sorted(own.lines.values()),
            sorted(key for key in own.gone if key not in own.lines),
        )
        for name, own in whole.tables.items()
        if own.lines or own.gone
    }
    return tables, {name: dict(kept.of(name)) for name in kept.names() if kept.of(name)}


def drawn(seed: int) -> list[Pending]:
    dice = random.Random(seed)  # noqa: S311 - draws no secret
    made = []
    for number in range(dice.randrange(40)):
        each = Pending()
        for _ in range(dice.randrange(6)):
            key = dice.randrange(8)
            match dice.randrange(5):
                case 0:
                    each.delete(ITEMS, [(f"i{key}",)])
                case 1:
                    row: Any = {"id": f"i{key}", "n": number}
                    each.put(ITEMS, (f"i{key}",), written(ITEMS, TABLES[ITEMS], row))
                case 2:
                    row = {"a": "x", "b": key, "text": str(number)}
                    each.put(NOTES, ("x", key), written(NOTES, TABLES[NOTES], row))
                case 3:
                    row = {"text": str(number)}
                    each.put(LOOSE, dice.randrange(10**9), written(LOOSE, TABLES[LOOSE], row))
                case _:
                    each.kept["n", f"k{key}"] = dice.choice([GONE, number])
        made.append(each)
    return made


@pytest.mark.parametrize("seed", range(30))
def test_what_is_left_tells_the_same(tmp_path: Path, seed: int) -> None:
    every, into = drawn(seed), tmp_path / "short"
    half = len(every) // 2
    parts = [tmp_path / "one", tmp_path / "two"]
    for part, its in zip(parts, (every[:half], every[half:]), strict=True):
        framed = (frames.frame(records.encoded(each)) for each in its)
        part.write_bytes(frames.MAGIC + b"".join(framed))
    whole = tmp_path / "whole"
    whole.write_bytes(parts[0].read_bytes() + parts[1].read_bytes()[len(frames.MAGIC) :])
    shorten(parts, into, TABLES)
    assert replayed(into) == replayed(whole)
    again = tmp_path / "again"
    shorten([into], again, TABLES)
    assert again.read_bytes() == into.read_bytes()


def test_each_row_is_left_once(tmp_path: Path) -> None:
    file, into = tmp_path / "one", tmp_path / "short"
    made = []
    for number in range(500):
        each = Pending()
        row = {"id": "a", "n": number}
        each.put(ITEMS, ("a",), written(ITEMS, TABLES[ITEMS], row))
        each.kept["n", "k"] = number
        made.append(frames.frame(records.encoded(each)))
    file.write_bytes(frames.MAGIC + b"".join(made))
    shorten([file], into, TABLES)
    assert into.stat().st_size < 250
    assert replayed(into) == ({ITEMS: ([b'{"id":"a","n":499}'], [])}, {"n": {"k": 499}})
