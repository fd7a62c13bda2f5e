"""Examples that come as parts of a multipart body: `<id>` is what is said of an example, and
`<id>.inputs` and `<id>.outputs` are its contents, each a JSON object, in any order."""

from __future__ import annotations

from typing import Any

from attrs import define, field

from locum.engine.transactions import Row, Transaction
from locum.exceptions import InvalidRequest, InvalidValue, Refused
from locum.langsmith.writing import examples, rows
from locum.langsmith.writing.parts import Part, Sent, parts_of
from locum.langsmith.writing.stamps import identifier

_CONTENTS = ("inputs", "outputs")
# `attachments.` in the document of uploads, `attachment.` in that of updates and in the SDKs.
_ATTACHMENTS = ("attachment", "attachments", "attachments_operations")


def upload_examples(
    transaction: Transaction, tenant: str, /, dataset_id: str, body: Sent
) -> dict[str, Any]:
    """Make the examples of the body in a dataset, all or none, and answer with how many they are,
    their ids in the order of the body, and their version. Raises what `examples.made` does,
    and InvalidRequest for a part that is not of an example, or one without its main part."""
    dataset = rows.dataset(transaction, tenant, dataset_id)
    found = _read(body)
    for id_, each in found.items():
        if not each.is_told:
            raise _fault(id_, "Field required", "missing")
        if "inputs" not in each.fields and not each.fields.get("use_source_run_io"):
            raise _fault(f"{id_}.inputs", "Field required", "missing")
    bodies = [
        ((id_,), each.fields | {"id": id_, "dataset_id": dataset["id"]})
        for id_, each in found.items()
    ]
    return _answer(examples.made(transaction, tenant, bodies))


def update_examples(
    transaction: Transaction, tenant: str, /, dataset_id: str, body: Sent
) -> dict[str, Any]:
    """Change the examples of the body in a dataset, all or none, and answer as `upload_examples`.
    Raises what `examples.changed` does."""
    dataset = rows.dataset(transaction, tenant, dataset_id)
    updates: list[examples.Update] = [
        ((id_,), id_, {name: each.fields[name] for name in each.fields if name != "dataset_id"})
        for id_, each in _read(body).items()
    ]
    return _answer(examples.changed(transaction, tenant, updates, within=dataset["id"]))


@define
class _Example:
    """What has come of an example, and whether its main part has."""

    fields: dict[str, Any] = field(factory=dict)
    is_told: bool = False


def _read(body: Sent) -> dict[str, _Example]:
    """The examples by id in lower case, in the order in which they first come. Contents of their
    own part count more than those in the main one."""
    found: dict[str, _Example] = {}
    for part in parts_of(body):
        id_, _, name = part.name.partition(".")
        _add(found.setdefault(identifier(id_, part.name), _Example()), name, part)
    return found


def _add(example: _Example, name: str, part: Part) -> None:
    if name.partition(".")[0] in _ATTACHMENTS:
        raise Refused(
            f"{part.name} is refused: no dataset of Locum holds attachments of examples; "
            "leave it out"
        )
    if name in _CONTENTS:
        example.fields[name] = part.object()
    elif not name:
        example.fields = part.object() | example.fields
        example.is_told = True
        _check(example.fields, part.name)
    else:
        raise _fault(part.name, "Expected <id>, <id>.inputs or <id>.outputs", "value_error")


def _check(fields: dict[str, Any], name: str) -> None:
    """Raise InvalidRequest for what is said of an example in another type than documented."""
    metadata, split = fields.get("metadata"), fields.get("split")
    if not isinstance(metadata, dict | None):
        raise _fault(name, "metadata: expected an object", "dict_type")
    texts = split if isinstance(split, list) else [split or ""]
    if not all(isinstance(each, str) for each in texts):
        raise _fault(name, "split: expected a text or an array of texts", "value_error")
    for content in _CONTENTS:
        if not isinstance(fields.get(content), dict | None):
            raise _fault(name, f"{content}: expected an object", "dict_type")


def _fault(name: str, message: str, kind: str) -> InvalidRequest:
    return InvalidRequest((InvalidValue(("body", name), message, kind),))


def _answer(found: list[Row]) -> dict[str, Any]:
    answer: dict[str, Any] = {"count": len(found), "example_ids": [row["id"] for row in found]}
    if found:
        answer["as_of"] = max(row["modified_at"] for row in found)
    return answer
