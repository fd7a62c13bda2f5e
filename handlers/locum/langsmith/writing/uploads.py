"""Files of examples: CSV with a line of names, or JSONL with an object a line. Of each row the
fields that are named become its inputs, outputs and metadata; the others are left out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from attrs import frozen

from locum.engine.transactions import Row, Transaction
from locum.exceptions import InvalidRequest, InvalidValue
from locum.langsmith.writing import datasets, examples, rows, unheld
from locum.langsmith.writing.forms import Field, fields_of
from locum.provider import RawBody

_LISTS = ("input_keys", "output_keys", "metadata_keys")
_UNHELD = {
    "inputs_schema_definition": "schemas of examples",
    "outputs_schema_definition": "schemas of examples",
    "transformations": "transformations of examples",
    "input_key_mappings": "mappings of keys",
    "output_key_mappings": "mappings of keys",
    "metadata_key_mappings": "mappings of keys",
}
_TYPES = ("kv", "llm", "chat")
_MOST_FIELD = 2**24  # characters of a field, more than a body holds


def upload_dataset(transaction: Transaction, tenant: str, /, body: RawBody) -> dict[str, Any]:
    """Make a dataset of a file and answer with it. Its name is that of the file unless one is
    given (our choice). Raises Conflict where the name is taken, InvalidRequest, and Refused."""
    form = _Form.of(body)
    unheld.refuse(form.texts, _UNHELD)
    data_type = form.texts.get("data_type") or "kv"
    if data_type not in _TYPES:
        expected = f"Input should be {', '.join(map(repr, _TYPES))}"
        raise _fault("data_type", expected, "enum")
    asked = {
        "name": form.texts.get("name") or form.file.filename or "",
        "description": form.texts.get("description"),
        "data_type": data_type,
        "id": form.texts.get("id") or None,
    }
    dataset = datasets.made(transaction, tenant, asked)
    return datasets.shown(dataset, _examples(transaction, tenant, dataset, form))


def upload_examples(
    transaction: Transaction, tenant: str, /, dataset_id: str, body: RawBody
) -> list[dict[str, Any]]:
    """Add the examples of a file to a dataset, and answer with them: 404 for an unknown dataset.
    Raises InvalidRequest."""
    dataset = rows.dataset(transaction, tenant, dataset_id)
    form = _Form.of(body)
    return [*map(examples.shown, _examples(transaction, tenant, dataset, form))]


@frozen
class _Form:
    """The fields of the form: its file, its lists of names, and its other texts."""

    file: Field
    lists: Mapping[str, list[str]]
    texts: Mapping[str, str]

    @classmethod
    def of(cls, body: RawBody) -> _Form:
        file, lists, texts = None, {name: list[str]() for name in _LISTS}, {}
        for each in fields_of(body):
            if each.name == "file":
                file = each
            elif each.name in lists:
                lists[each.name].append(each.text())
            else:
                texts[each.name] = each.text()
        if file is None:
            raise _fault("file", "Field required", "missing")
        if not lists["input_keys"]:
            raise _fault("input_keys", "Field required", "missing")
        return cls(file, lists, texts)

    def rows(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Give each row with its number from 1. Raises InvalidRequest."""
        text = self.file.text()
        is_jsonl = "json" in self.file.media_type or (self.file.filename or "").endswith(".jsonl")
        yield from enumerate(_jsonl(text) if is_jsonl else _csv(text), start=1)


def _examples(transaction: Transaction, tenant: str, dataset: Row, form: _Form) -> list[Row]:
    bodies = []
    for number, row in form.rows():
        missing = [name for keys in form.lists.values() for name in keys if name not in row]
        if missing:
            message = f"Row {number} has no {missing[0]}, which is asked for"
            raise _fault("file", message, "value_error")
        inputs, outputs, metadata = (
            {name: row[name] for name in form.lists[keys]} for keys in _LISTS
        )
        body = {
            "dataset_id": dataset["id"],
            "inputs": inputs,
            "outputs": outputs or None,
            "metadata": metadata or None,
        }
        bodies.append((("file", number), body))
    return examples.made(transaction, tenant, bodies)


def _jsonl(text: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            row = None
        if not isinstance(row, dict):
            raise _fault("file", f"Line {number} is no JSON object", "json_invalid")
        yield row


def _csv(text: str) -> Iterator[dict[str, Any]]:
    csv.field_size_limit(_MOST_FIELD)
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if None in row or None in row.values():
                message = f"Line {reader.line_num} has not as many fields as the first has names"
                raise _fault("file", message, "value_error")
            yield row
    except csv.Error as error:
        raise _fault("file", f"Line {reader.line_num}: {error}", "value_error") from None


def _fault(name: str, message: str, kind: str) -> InvalidRequest:
    return InvalidRequest((InvalidValue(("body", name), message, kind),))
