"""The fields of filters over runs: those of LangSmith's "Trace query syntax", and what they mean.

Where that says nothing, the choice is ours, and docs/differences.md lists it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from locum.engine.data import Parameters
from locum.langsmith.filters import conditions
from locum.langsmith.filters import json_fields as documents
from locum.langsmith.filters.ast import Clause, Search
from locum.langsmith.filters.conditions import Column, Document, Entry, Field, Kind, Language


def _measure(name: str, kind: Kind) -> Column:
    return Column(f"runs.{name}", kind, measure=name)


_COLUMNS = {
    **{
        name: Column(f"runs.{name}", conditions.TEXT)
        for name in ("id", "name", "run_type", "status", "trace_id", "parent_run_id", "thread_id")
    },
    "error": Column("runs.error", conditions.ERROR),
    "is_root": Column("runs.is_root", conditions.BOOLEAN),
    "start_time": _measure("start_us", conditions.TIME),
    "end_time": _measure("end_us", conditions.TIME),
    "latency": _measure("latency_us", conditions.DURATION),
    **{
        name: _measure(name, conditions.COUNT)
        for name in ("total_tokens", "prompt_tokens", "completion_tokens")
    },
    **{
        name: _measure(f"{name}_nano", conditions.USD)
        for name in ("total_cost", "prompt_cost", "completion_cost")
    },
    "execution_order": Column(
        "(SELECT execution_order FROM run_orders WHERE run_orders.run = runs.run)",
        conditions.COUNT,
        lazy="run_orders",
        cost=10,
        is_subquery=True,
    ),
}

_ENTRIES = {
    kind: f"{table} WHERE kind = '{kind}'"
    for table, kinds in {
        "run_entries": ("metadata", "tag"),
        "run_contents": ("input", "output"),
    }.items()
    for kind in kinds
}
# A feedback without a run belongs to a whole project.
_ENTRIES["feedback"] = "feedback WHERE run IS NOT NULL"
_LAZY = {"input": "run_contents", "output": "run_contents"}
# What it costs to go through the entries of a run (`conditions` has the unit).
_COSTS = {"tag": 10, "metadata": 10, "input": 20, "output": 20, "feedback": 5}


def _entry(kind: str, column: str, compared: Kind, *, is_key: bool = False) -> Entry:
    return Entry(_ENTRIES[kind], column, compared, is_key, _LAZY.get(kind), _COSTS[kind])


_PARTS = {
    **{
        f"{kind}_key": _entry(kind, "key", conditions.TEXT, is_key=True)
        for kind in ("metadata", "input", "output")
    },
    **{
        f"{kind}_value": _entry(kind, "value", documents.VALUE)
        for kind in ("metadata", "input", "output")
    },
    "feedback_key": _entry("feedback", "key", conditions.TEXT, is_key=True),
    "feedback_score": _entry("feedback", "score_nano", conditions.SCORE),
    "feedback_value": _entry("feedback", "label", conditions.TEXT),
}


def _of_tags(clause: Clause, parameters: Parameters) -> str:
    text = conditions.text_operand(clause)
    if isinstance(clause, Search):
        return _mentions("tag", text, parameters)
    return f"runs.run IN (SELECT run FROM {_ENTRIES['tag']} AND value = {parameters.add(text)})"


def _of_document(kind: str, clause: Clause, parameters: Parameters) -> str:
    text = conditions.text_operand(clause)
    if isinstance(clause, Search):
        return _mentions(kind, text, parameters)
    if clause.comparator == "exists":
        return f"runs.run IN (SELECT run FROM {_ENTRIES[kind]} AND key = {parameters.add(text)})"
    return documents.has(clause, f"runs.{clause.field}", parameters)


def _mentions(kind: str, text: str, parameters: Parameters) -> str:
    mentioned = documents.mentions(text, parameters)
    return f"runs.run IN (SELECT run FROM {_ENTRIES[kind]} AND {mentioned})"


def _document(kind: str) -> Document:
    condition: Callable[[Clause, Parameters], str] = partial(_of_document, kind)
    return Document(("has", "exists", "search"), condition, _LAZY.get(kind), _COSTS[kind])


_DOCUMENTS = {
    "tags": Document(("has", "search"), _of_tags, cost=_COSTS["tag"]),
    "metadata": _document("metadata"),
    "inputs": _document("input"),
    "outputs": _document("output"),
}

FIELDS: dict[str, Field] = {**_COLUMNS, **_PARTS, **_DOCUMENTS}
_COST_OF_TEXTS, _COST_OF_WORD = 30, 2  # of all that a run says, as measured (`conditions`)


def _everywhere(text: str, parameters: Parameters) -> str:
    """Whether every word occurs in the run's name, error, tags, metadata, inputs or outputs."""
    added = [parameters.add(word, _COST_OF_WORD) for word in text.split()]
    words = [f"contains(text, lower({word}))" for word in added]
    texts = parameters.table("run_texts")
    parameters.cost += _COST_OF_TEXTS
    return f"runs.run IN (SELECT run FROM {texts} WHERE {' AND '.join(words) or 'TRUE'})"


RUNS = Language(FIELDS, "runs.run", _everywhere)
