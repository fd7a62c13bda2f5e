"""The fields of filters over examples: their metadata (our choice, for no page lists the fields;
the vendor's SDK shows `has` and `exists` on it)."""

from __future__ import annotations

from locum.engine.data import Parameters
from locum.langsmith.filters import conditions
from locum.langsmith.filters import json_fields as documents
from locum.langsmith.filters.ast import Clause, Comparison
from locum.langsmith.filters.conditions import Document, Entry, Field, Language

ENTRIES = "example_entries"  # the table, which is lazy
_OF_METADATA = f"{ENTRIES} WHERE kind = 'metadata'"
_COST = 10  # to go through the entries of an example (`conditions` has the unit)


def _metadata(clause: Clause, parameters: Parameters) -> str:
    text = conditions.text_operand(clause)
    if clause.comparator == "exists":
        key = parameters.add(text)
        return f"examples.row IN (SELECT row FROM {_OF_METADATA} AND key = {key})"
    assert isinstance(clause, Comparison)  # noqa: S101 - a search is not taken
    return documents.has(clause, "examples.metadata", parameters)


def everywhere(text: str, parameters: Parameters) -> str:
    """Return whether every word occurs in a key or value of the example's inputs, outputs or
    metadata."""
    words = [mentioned(word, parameters) for word in text.split()]
    return f"({' AND '.join(words) or 'TRUE'})"


def mentioned(text: str, parameters: Parameters) -> str:
    """Return whether the text occurs in a key or value of the example's inputs, outputs or
    metadata, whatever the case."""
    parameters.cost += _COST
    entries = parameters.table(ENTRIES)
    found = documents.mentions(text, parameters)
    return f"examples.row IN (SELECT row FROM {entries} WHERE {found})"


FIELDS: dict[str, Field] = {
    "metadata": Document(("has", "exists"), _metadata, ENTRIES, _COST),
    "metadata_key": Entry(
        _OF_METADATA, "key", conditions.TEXT, is_key=True, lazy=ENTRIES, cost=_COST
    ),
    "metadata_value": Entry(_OF_METADATA, "value", documents.VALUE, lazy=ENTRIES, cost=_COST),
}
EXAMPLES = Language(FIELDS, "examples.row", everywhere)
