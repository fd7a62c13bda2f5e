"""What a span says of tokens and costs.

`langsmith.usage_metadata` counts alone and whole. Else the flat attributes of the conventions do,
on runs that call a model: spans above them carry the totals of their calls. What these leave out is
taken, field by field, from `usage_metadata` of the outputs and then of the metadata.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from attrs import frozen

from locum.langsmith.otel.attributes import SpanAttributes
from locum.langsmith.otel.values import an_object

Usage = dict[str, Any]
"""`input_tokens`, `output_tokens`, `total_tokens`, `input_token_details`, `output_token_details`,
`input_cost`, `output_cost`, `total_cost`, `input_cost_details`, `output_cost_details`: those that
are known. Tokens are integers, costs dollars; details are parts of their total, by category."""

_CALLS = ("llm", "embedding")
_MOST_TOKENS = 1 << 53  # beyond it, no sum of them would be exact in JSON
_DIGITS = re.compile(r"\d{1,16}", re.ASCII)
_TOKENS = {
    "input_tokens": (
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.prompt_tokens",
        "llm.token_count.prompt",
    ),
    "output_tokens": (
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.completion_tokens",
        "llm.token_count.completion",
    ),
    "total_tokens": (
        "gen_ai.usage.total_tokens",
        "llm.token_count.total",
        "llm.usage.total_tokens",
    ),
}
_DETAILS = {
    "input_token_details": {
        "cache_read": (
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.cache_read_input_tokens",
            "llm.token_count.prompt_details.cache_read",
        ),
        "cache_creation": (
            "gen_ai.usage.cache_creation.input_tokens",
            "gen_ai.usage.cache_creation_input_tokens",
            "llm.token_count.prompt_details.cache_write",
        ),
        "audio": ("llm.token_count.prompt_details.audio",),
    },
    "output_token_details": {
        "reasoning": (
            "gen_ai.usage.details.reasoning_tokens",
            "gen_ai.usage.reasoning.output_tokens",
            "gen_ai.usage.reasoning_tokens",
            "llm.token_count.completion_details.reasoning",
        ),
        "audio": ("llm.token_count.completion_details.audio",),
    },
}
_COSTS = {
    "input_cost": ("llm.cost.prompt",),
    "output_cost": ("llm.cost.completion",),
    "total_cost": ("llm.cost.total",),
}
_OF_DETAILS = {f"gen_ai.usage.{name}": name for name in _DETAILS}


@frozen
class Given:
    """What attributes say; where it `is_whole`, nothing else counts."""

    usage: Usage
    is_whole: bool


def given(attributes: SpanAttributes, run_type: str) -> Given | None:
    """Take what attributes say of the usage, None where they say nothing."""
    whole = attributes.first("langsmith.usage_metadata", read=_whole)
    flat = _flat(attributes) if run_type in _CALLS else {}
    if whole is not None:
        return Given(whole, is_whole=True)
    return Given(flat, is_whole=False) if flat else None


def usage(
    given: Given | None, outputs: Mapping[str, Any] | None, metadata: Mapping[str, Any]
) -> Usage | None:
    """Return the run's own usage; None where no attribute says anything of it, so that it is what
    outputs and metadata say, as of any run."""
    if given is None:
        return None
    found = given.usage
    if not given.is_whole:
        for kind in (_TOKENS, _COSTS):
            found = _with_total(found, kind, parts=2)
        for where in (outputs or {}, metadata):
            if (told := an_object(where.get("usage_metadata"))) is not None:
                found = _known(told) | found
    for kind in (_TOKENS, _COSTS):
        found = _with_total(found, kind, parts=1)
    return found


def _flat(attributes: SpanAttributes) -> Usage:
    found: Usage = {
        name: attributes.first(*sources, read=tokens) for name, sources in _TOKENS.items()
    }
    for name, categories in _DETAILS.items():
        details = attributes.first(f"gen_ai.usage.{name}", read=_details) or {}
        for category, sources in categories.items():
            count = attributes.first(*sources, read=tokens)
            if count is not None:
                details = {**details, category: count}
        found[name] = details or None
    found |= {name: attributes.first(*sources, read=cost) for name, sources in _COSTS.items()}
    return {name: value for name, value in found.items() if value is not None}


def _whole(value: Any) -> Usage | None:
    found = an_object(value)
    return None if found is None else _known(found)


def _known(usage: Mapping[str, Any]) -> Usage:
    """The fields of a usage_metadata that have a meaning."""
    readers = {
        **dict.fromkeys(_TOKENS, tokens),
        **dict.fromkeys(_DETAILS, _details),
        **dict.fromkeys(_COSTS, cost),
        "input_cost_details": _cost_details,
        "output_cost_details": _cost_details,
    }
    found = {name: read(usage.get(name)) for name, read in readers.items()}
    return {name: value for name, value in found.items() if value is not None}


def _with_total(usage: Usage, kind: Mapping[str, Any], *, parts: int) -> Usage:
    """With the total, where it was not given and so many of its parts were."""
    first, second, total = kind
    if total in usage or (first in usage) + (second in usage) < parts:
        return usage
    return {**usage, total: _sum(usage.get(first, 0), usage.get(second, 0))}


def _sum(first: float, second: float) -> float:
    if isinstance(first, int) and isinstance(second, int):
        return first + second
    return float(Decimal(repr(first)) + Decimal(repr(second)))


def tokens(value: Any) -> int | None:
    """Return a count of tokens: an integer, also as a text or a number without a fraction."""
    number = value
    is_text = isinstance(value, str) and _DIGITS.fullmatch(value)
    if is_text or (isinstance(value, float) and value.is_integer()):
        number = int(value)
    return number if type(number) is int and 0 <= number <= _MOST_TOKENS else None


def cost(value: Any) -> float | int | None:
    """Return a cost in dollars, also of a text."""
    if type(value) not in (int, float, str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    if not number.is_finite() or number < 0 or number > _MOST_TOKENS:
        return None
    return float(number) if isinstance(value, str) else value


def _details(value: Any) -> dict[str, int] | None:
    found = {name: tokens(each) for name, each in (an_object(value) or {}).items()}
    return {name: each for name, each in found.items() if each is not None} or None


def _cost_details(value: Any) -> dict[str, float] | None:
    found = {name: cost(each) for name, each in (an_object(value) or {}).items()}
    return {name: each for name, each in found.items() if each is not None} or None
