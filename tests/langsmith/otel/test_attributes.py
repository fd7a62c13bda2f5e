"""Attributes are taken once, the first that is there counts, and what cannot count stays."""

from __future__ import annotations

from locum.langsmith.otel.attributes import ASSOCIATION, METADATA, SpanAttributes
from locum.langsmith.otel.values import an_object


def test_the_first_that_is_there_counts_and_the_others_are_dropped() -> None:
    attributes = SpanAttributes({"a": "", "b": 2, "c": 3, "d": None, "e": 5})
    assert attributes.first("d", "a", "b", "c") == 2
    assert attributes.first("b", "c") is None
    assert attributes.left() == {"e": 5}


def test_a_value_that_cannot_count_stays() -> None:
    attributes = SpanAttributes({"a": "text", "b": '{"k": 1}', "c": "{}"})
    assert attributes.first("a", "b", "c", read=an_object) == {"k": 1}
    assert attributes.left() == {"a": "text"}


def test_one_may_be_looked_at_and_stay() -> None:
    attributes = SpanAttributes({"a": "x", "b": ""})
    assert [attributes.has(name) for name in "abc"] == [True, False, False]
    assert attributes.peek("a") == "x"
    assert attributes.peek("c") is None
    assert attributes.left() == {"a": "x", "b": ""}


def test_lists_come_in_the_order_of_their_numbers() -> None:
    attributes = SpanAttributes(
        {
            "gen_ai.prompt.10.role": "c",
            "gen_ai.prompt.2.role": "b",
            "gen_ai.prompt.2.content": b"a",
            "gen_ai.prompt.0.tool_calls.0.name": "f",
            "gen_ai.prompt.x.role": "no number",
            "gen_ai.prompt.5": "no leaf",
        }
    )
    assert attributes.listed("gen_ai.prompt") == [
        {"tool_calls.0.name": "f"},
        {"role": "b", "content": "YQ=="},
        {"role": "c"},
    ]
    assert attributes.listed("gen_ai.completion") == []
    assert attributes.left() == {"gen_ai.prompt.x.role": "no number", "gen_ai.prompt.5": "no leaf"}


def test_what_follows_a_prefix_is_one_flat_name() -> None:
    attributes = SpanAttributes(
        {"langsmith.metadata.a.b": 1, "traceloop.association.properties.c": "d", "e": 2}
    )
    assert attributes.below(METADATA) == {"a.b": 1}
    assert attributes.below(ASSOCIATION) == {"c": "d"}
    assert attributes.left() == {"e": 2}
