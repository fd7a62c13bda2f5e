"""Random streams: what they depend on, and what they do not."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b

import pytest

from locum.generate.streams import Place, Stream


def test_stream_of_a_key_is_always_the_same() -> None:
    # The first 8 bytes of BLAKE2b("k") of 64 bytes with the person "stream", taken with b2sum's
    # library in C from another program.
    block = blake2b(b"k", person=b"stream", digest_size=64).digest()
    assert Stream(b"k").bits() == int.from_bytes(block[:8], "big")


def test_stream_goes_on_after_its_first_block() -> None:
    stream = Stream(b"k")
    drawn = [stream.bits() for _ in range(40)]
    assert len(set(drawn)) == 40


@pytest.mark.parametrize("number", [1, 2, 10, 2**32 + 1, 10**40])
def test_below_is_below(number: int) -> None:
    stream = Stream(b"k")
    assert all(0 <= stream.below(number) < number for _ in range(200))


def test_large_numbers_are_drawn_from_all_of_their_range() -> None:
    stream = Stream(b"k")
    assert max(stream.below(10**40) for _ in range(200)) > 9 * 10**39


def test_choice_is_even() -> None:
    stream = Stream(b"k")
    counts = Counter(stream.choice("abcd") for _ in range(4_000))
    assert all(900 < count < 1_100 for count in counts.values())  # 3.6 deviations of 27


def test_fraction_and_between() -> None:
    stream = Stream(b"k")
    assert all(0 <= stream.fraction() < 1 for _ in range(100))
    assert {stream.between(3, 5) for _ in range(100)} == {3, 4, 5}


def test_places_have_streams_of_their_own() -> None:
    root = Place(b"seed")
    keys = {
        root.key,
        root.at("a").key,
        root.at("b").key,
        root.at("a").at("b").key,
        root.at(0).key,
        root.at("0").key,
        root.other(1).key,
        root.other(2).key,
    }
    assert len(keys) == 8
    assert root.at("a").at(0).tokens == ("a", 0)
    assert root.at("a").other(1).tokens == ("a",)


def test_place_is_the_same_whatever_was_asked_before() -> None:
    root = Place(b"seed")
    root.at("b").stream().bits()
    assert root.at("a").key == Place(b"seed").at("a").key


def test_lone_surrogates_have_places_too() -> None:
    assert Place(b"seed").at("\ud800").key != Place(b"seed").at("\ud801").key
