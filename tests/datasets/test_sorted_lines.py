"""Lines sorted in bounded memory, and the hash of tables."""

from __future__ import annotations

import hashlib

import pytest

from locum.datasets import logical_hash
from locum.datasets.sorted_lines import SortedLines, TablesDigest

LINES = [b"c", b"", b"a", b"b\r", b"a", b"\xff"]


@pytest.mark.parametrize("most_bytes", [0, 150, 10_000])
def test_lines_are_sorted_whether_they_are_in_files_or_not(most_bytes: int) -> None:
    with SortedLines(most_bytes) as lines:
        for line in LINES:
            lines.add(line)
        assert list(lines) == [b"", b"a", b"a", b"b\r", b"c", b"\xff"]


def test_no_line_is_none() -> None:
    with SortedLines() as lines:
        assert list(lines) == []


def test_the_hash_is_that_of_the_rule() -> None:
    """As fixtures/README.md says it: names and rows, each with a line feed behind it."""
    digest = TablesDigest()
    for table, its in (("a/b", [b"2", b"1"]), ("c", [b"3"])):
        with SortedLines(0) as lines:
            for line in its:
                lines.add(line)
            digest.add(table, lines)
    assert digest.hex() == hashlib.sha256(b"a/b\n1\n2\nc\n3\n").hexdigest()
    assert digest.hex() == logical_hash.digest([("a/b", [b"2", b"1"]), ("c", [b"3"])])
