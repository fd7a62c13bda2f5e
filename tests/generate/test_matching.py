"""Patterns and formats, as the validator reads them."""

from __future__ import annotations

import time

from locum.generate.matching import finds, has_format


def test_pattern_is_found_anywhere() -> None:
    assert finds("b", "abc")
    assert not finds("^b", "abc")


def test_classes_are_those_of_ecma() -> None:
    assert not finds(r"^\d$", "٣")  # Python's \d has Arabic digits
    assert not finds("^a$", "a\n")  # and its $ stands before a last line break
    assert finds(r"^\p{Lu}$", "Ä")


def test_pattern_that_cannot_be_read_is_found_nowhere() -> None:
    assert not finds("[", "[")


def test_catastrophic_pattern_ends() -> None:
    start = time.process_time()
    assert not finds("^(a+)+$", "a" * 60 + "b")
    assert time.process_time() - start < 1


def test_formats() -> None:
    assert has_format("date", "2026-06-30")
    assert not has_format("date", "2026-06-31")
    assert has_format("unheard-of", "anything")
