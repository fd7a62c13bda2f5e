"""The fault of a request that holds no spans."""

from __future__ import annotations

import attrs

from locum.exceptions import LocumError
from locum.otlp.spans import Malformed, Span


def test_a_fault_names_its_place_from_the_outside_in() -> None:
    fault = Malformed("1", "a text").within("name").within("spans", 3).within("scopeSpans", 0)
    assert str(fault) == "scopeSpans.0.spans.3.name: found 1, expected a text"
    assert str(Malformed("the end", "more")) == "body: found the end, expected more"
    assert isinstance(fault, LocumError)


def test_spans_are_values() -> None:
    assert Span(name="a") == Span(name="a") != Span(name="b")
    assert attrs.evolve(Span(), name="a").name == "a"
    assert (Span().resource.attributes, Span().scope.name, Span().status.code) == ({}, "", 0)
