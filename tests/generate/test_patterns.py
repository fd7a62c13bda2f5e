"""Texts of patterns: found by the validator's own engine, within the limits of length."""

from __future__ import annotations

import time
from itertools import islice

import pytest

from locum.generate.matching import finds
from locum.generate.patterns import every, sample
from locum.generate.streams import Stream

TRIES = 150


def found(pattern: str, low: int = 0, high: int | None = None) -> str | None:
    """A text in which the pattern is found, of a few tries."""
    for number in range(TRIES):
        text = sample(pattern, Stream(b"%d" % number), low, high)
        if text is not None and finds(pattern, text) and low <= len(text) <= (high or len(text)):
            return text
    return None


@pytest.mark.parametrize(
    "pattern",
    [
        r"foo",
        r"^foo",
        r"bar$",
        r"^$",
        r"^.*$",
        r"^\d{3}-\d{4}$",
        r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}$",
        r"^(?:GET|POST)$",
        r"^(a|b|c)\1$",
        r"^(?<year>\d{4})-(?<month>0[1-9]|1[0-2])$",
        r"^[\w.-]+$",
        r"^#[0-9a-fA-F]{6}$",
        r"^([01]\d|2[0-3]):?([0-5]\d)$",
        r"^v\d+(\.\d+){0,2}$",
        r"^\S+@\S+\.\S+$",
        r"^[^a-zA-Z0-9]+$",
        r"^[^\s@]+@[^\s@]+$",
        r"^\p{Lu}\p{Ll}+$",
        r"^\p{L}+ \P{L}+$",
        r"^[\p{L}\p{N}_]+$",
        r"^\p{Script=Greek}+$",
        r"^[一-龥]+$",
        r"^\x41B\cA$",
        r"^\$\{[a-z]+\}$",
        r"^[\]a^-]+$",
        r"^a{2,}$",
        r"a|^b$",
        r"^(a+)+$",
        r"^(\w+\s?)*$",
        r"^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==)?$",
        r"^(\([0-9]{3}\))?[0-9]{3}-[0-9]{4}$",
        r"\bword\b",
        r"^a.b$",
        r"^x(?!y)z?$",
        r"^(?!foo)[a-z]+$",
        r"^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$",
        r"(?<=a)b",
        r"(?<!a)b",
        r"^(?!.*--)[a-z-]+$",
        r"^(?=.{5,10}$)[a-z]+$",
        r"^(?=.*[A-Z])(?=.*\d)(?=.*[!@#$]).{8,16}$",
        r"^(?=[^A-Z]*[A-Z])(?=[^0-9]*[0-9]).{6,}$",
    ],
)
def test_pattern_is_found_in_its_text(pattern: str) -> None:
    assert found(pattern) is not None


@pytest.mark.parametrize(
    ("pattern", "low", "high"),
    [
        (r"^[a-z]+$", 50, None),
        (r"^[a-z]*-[0-9]*$", 40, 40),
        (r"foo", 30, 31),
        (r"x$", 30, None),
        (r"^x", 30, None),
        (r"^[a-z]{3,10}-[a-z]+$", 20, 20),
        (r"^(a|bcdefg)$", 3, None),
        (r"^[a-z]+$", 0, 1),
        (r"^(?:ab)+$", 7, 8),
    ],
)
def test_text_has_the_length(pattern: str, low: int, high: int | None) -> None:
    assert found(pattern, low, high) is not None


@pytest.mark.parametrize(
    ("pattern", "low", "high"),
    [(r"^abc$", 4, None), (r"^abc$", 0, 2), (r"^a{1000000}$", 0, None), (r"(", 0, None)],
)
def test_there_may_be_no_text(pattern: str, low: int, high: int | None) -> None:
    assert sample(pattern, Stream(b"k"), low, high) is None


def test_text_depends_on_the_stream_alone() -> None:
    texts = [sample(r"^[a-z]{8}$", Stream(key)) for key in (b"a", b"a", b"b")]
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.parametrize(
    "pattern",
    [
        "^" + "(" * 5_000 + "a" + ")" * 5_000,
        "^((((a{9}){9}){9}){9}){9}){9}$",
        "(a|" * 90 + "b" + ")" * 90,
        "[a-z]{90000}{90000}",
        "a" * 30_000,
        "^(" + "a?" * 5_000 + ")*$",
    ],
)
def test_hostile_patterns_end(pattern: str) -> None:
    start = time.process_time()
    text = sample(pattern, Stream(b"k"), 10)
    assert time.process_time() - start < 1
    assert text is None or len(text) <= 200_000


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("^[a-c]$", ["a", "b", "c"]),
        ("^(x|y)[01]?$", ["x", "x0", "x1", "y", "y0", "y1"]),
        ("^[ab]{1,2}$", ["a", "b", "aa", "ab", "ba", "bb"]),
        ("^A-[0-1]{2}$", ["A-00", "A-01", "A-10", "A-11"]),
        ("(", []),
    ],
)
def test_every_text_of_a_pattern_comes(pattern: str, texts: list[str]) -> None:
    assert [*every(pattern)] == texts


def test_texts_of_a_pattern_without_end_come_one_by_one() -> None:
    assert [*islice(every("^a+$"), 3)] == ["a", "aa", "aaa"]
    assert [*islice(every("a{5000}"), 3)] == []
