"""Numbers by the hashes of ids."""

from __future__ import annotations

import numpy as np

from locum.langsmith.run_links import Lookup


def test_numbers_are_found_by_their_keys() -> None:
    keys = np.array([50, 10, 2**64 - 1], dtype=np.uint64)
    lookup = Lookup.of(keys, np.array([0, 1, 2]))
    wanted = np.array([10, 11, 2**64 - 1, 0, 50], dtype=np.uint64)
    assert lookup.find(wanted).tolist() == [1, -1, 2, -1, 0]
    assert lookup.most == 2


def test_of_nothing_nothing_is_found() -> None:
    nothing = np.array([], dtype=np.uint64)
    lookup = Lookup.of(nothing, np.array([], dtype=np.int64))
    assert lookup.find(np.array([1], dtype=np.uint64)).tolist() == [-1]
    assert (lookup.find(nothing).tolist(), lookup.most) == ([], 0)


def test_few_and_many_keys_are_added() -> None:
    """A thousand times four, then all at once; the first lookup knows as many as before."""
    random = np.random.default_rng(7)
    keys = np.unique(random.integers(0, 2**63, 9000, dtype=np.uint64))[:8000]
    random.shuffle(keys)
    first = lookup = Lookup.of(keys[:4], np.arange(4))
    for start in range(4, 4000, 4):
        lookup = lookup.also(keys[start : start + 4], np.arange(start, start + 4))
    lookup = lookup.also(keys[4000:], np.arange(4000, 8000))
    assert lookup.find(keys).tolist() == list(range(8000))
    assert first.find(keys[:6]).tolist() == [0, 1, 2, 3, -1, -1]
