"""Examples that come as parts of a multipart body: `<id>` is what is said of an example, and
`<id>.inputs` and `<id>.outputs` are its contents, each a JSON object, in any order."""

from __future__ import annotations

from typing import Any

from attrs import define, field

from locum.engine.transactions import Row, Transaction
from locum.exceptions import InvalidRequest, InvalidValue, Refused
from locum.langsmith.ingestion.parts import Part, parts
from locum.langsmith.ingestion.payloads import shown
from locum.langsmith.ingestion.uuids import uuid_text
from locum.langsmith.writing import examples, rows
from locum.provider import RawBody

_CONTENTS = ("inputs", "outputs")
# `attachments.` in the document of uploads, `attachment.` in that of updates and in the SDKs.
_ATTACHMENTS = ("attachment", "attachments", "attachments_operations")


def upload_examples(
    transaction: Transaction, tenant: str, /, dataset_id: str, body: RawBody
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
    transaction: Transaction, tenant: str, /, dataset_id: str, body: RawBody
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


def _read(body: RawBody) -> dict[str, _Example]:
    """The examples by id in lower case, in the order in which they first come. Contents of their
    own part count more than those in the main one."""
    found: dict[str, _Example] = {}
    for part in parts(body, are_measured=False):
        text, _, name = part.text.partition(".")
        id_ = uuid_text(text)
        if id_ is None:
            raise part.fault("found no UUID before the first dot", "the id of an example")
        _add(found.setdefault(id_, _Example()), name, part)
    return found


def _add(example: _Example, name: str, part: Part) -> None:
    if name.partition(".")[0] in _ATTACHMENTS:
        raise Refused(
            f"{part.text} is refused: no dataset of Locum holds attachments of examples; "
            "leave it out"
        )
    if name in _CONTENTS:
        example.fields[name] = _object(part)
    elif not name:
        example.fields = _object(part) | example.fields
        example.is_told = True
        _check(example.fields, part)
    else:
        raise part.fault("found another part", "<id>, <id>.inputs or <id>.outputs")


def _object(part: Part) -> dict[str, Any]:
    found = part.json()
    if not isinstance(found, dict):
        raise part.fault(shown(found), "an object", "dict_type")
    return found


def _check(fields: dict[str, Any], part: Part) -> None:
    """Raise InvalidRequest for what is said of an example in another type than documented."""
    for name in ("metadata", *_CONTENTS):
        if not isinstance(fields.get(name), dict | None):
            raise part.fault(f"{name}: {shown(fields[name])}", "an object", "dict_type")
    split = fields.get("split")
    texts = split if isinstance(split, list) else [split or ""]
    if not all(isinstance(each, str) for each in texts):
        raise part.fault(f"split: {shown(split)}", "a text or an array of texts")


def _fault(name: str, message: str, kind: str) -> InvalidRequest:
    return InvalidRequest((InvalidValue(("body", name), message, kind),))


def _answer(found: list[Row]) -> dict[str, Any]:
    answer: dict[str, Any] = {"count": len(found), "example_ids": [row["id"] for row in found]}
    if found:
        answer["as_of"] = max(row["modified_at"] for row in found)
    return answer
