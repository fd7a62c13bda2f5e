"""OpenAPI Overlay 1.0.0: changes to a document, kept apart from it.

https://spec.openapis.org/overlay/v1.0.0.html. Where the specification leaves room, our choices:
an action that finds nothing to act upon is a mistake in the overlay, though the specification calls
it no error; `remove` may take a text, number, boolean or null away too; a target that is an array
takes in each item of an update that is an array; null leaves an object or array as it is (the
specification's structured example has such empty places), and any other value of another kind is a
mistake; `extends` is not followed, since the file's name says which document it is for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jsonpath_rfc9535 import JSONPathError, JSONPathNode, find

from locum.exceptions import DocumentError
from locum.openapi.walk import unshared

_Fields = dict[str, type]
_OVERLAY_FIELDS: _Fields = {"overlay": str, "info": dict, "extends": str, "actions": list}
_INFO_FIELDS: _Fields = {"title": str, "version": str}
_ACTION_FIELDS: _Fields = {"target": str, "description": str, "update": object, "remove": bool}


def apply(overlay: Mapping[str, Any], document: dict[str, Any], name: str) -> dict[str, Any]:
    """The document after the overlay's actions, in their order. Neither argument is changed.

    `update` merges: objects field by field, at any depth; arrays one after the other; a target that
    is an array gets the update as one more item; a text, number, boolean or null is replaced.
    `name` stands for the overlay in messages. Raises DocumentError for an overlay that is malformed
    or finds nothing to act upon.
    """
    _check_fields(overlay, _OVERLAY_FIELDS, ("overlay", "info", "actions"), name)
    _check_fields(overlay["info"], _INFO_FIELDS, ("title", "version"), f"{name}: info")
    version = overlay["overlay"]
    if version.split(".")[:2] != ["1", "0"]:
        raise _fault(name, f"version {version!r}", "overlay: 1.0.0")
    if not overlay["actions"]:
        raise _fault(f"{name}: actions", "none", "one or more")
    changed: dict[str, Any] = unshared(document)
    for number, action in enumerate(overlay["actions"], 1):
        where = f"{name}: action {number}"
        _check_fields(action, _ACTION_FIELDS, ("target",), where)
        _apply(action, changed, f"{where} ({action['target']!r})")
    return changed


def _apply(action: Mapping[str, Any], document: dict[str, Any], where: str) -> None:
    try:
        nodes = find(action["target"], document)
    except JSONPathError as error:
        raise _fault(where, str(error).splitlines()[0], "a JSONPath query (RFC 9535)") from None
    if not nodes:
        raise _fault(where, "nothing in the document", "a target that the document has")
    if action.get("remove", False):
        _remove(nodes, where)
    elif "update" in action:
        for node in nodes:
            _update(node.value, action["update"], where)
    else:
        raise _fault(where, "nothing to do", "update, or remove: true")


def _update(target: Any, update: Any, where: str) -> None:
    if isinstance(target, list):
        target.extend(unshared(update) if isinstance(update, list) else [unshared(update)])
    elif not isinstance(target, dict):
        raise _fault(where, f"a target that is {target!r:.60}", "an object or an array")
    elif not isinstance(update, dict):
        raise _fault(where, f"an update that is {update!r:.60}", "an object, as the target is")
    else:
        _merge(target, update, where)


def _merge(target: dict[str, Any], update: dict[str, Any], where: str) -> None:
    for key, value in update.items():
        found = target.get(key)
        if isinstance(found, dict) and isinstance(value, dict):
            _merge(found, value, where)
        elif isinstance(found, list) and isinstance(value, list):
            found.extend(unshared(value))
        elif not isinstance(found, dict | list):
            target[key] = unshared(value)
        elif value is not None:
            kind = "an object" if isinstance(found, dict) else "an array"
            raise _fault(f"{where}: {key}", f"{value!r:.60}", f"{kind}, as the target has")


def _remove(nodes: Iterable[JSONPathNode], where: str) -> None:
    """Take the nodes out of what holds them; of an array, the last first, so that the indexes of
    the others stay true."""
    chosen = {node.location: node for node in nodes}  # a query may find a node twice
    indexed = sorted(
        chosen.values(),
        key=_index,
        reverse=True,
    )
    for node in indexed:
        if node.parent is None:
            raise _fault(where, "the whole document", "a part of it to remove")
        holder: Any = node.parent.value
        del holder[node.location[-1]]


def _index(node: JSONPathNode) -> int:
    last = node.location[-1] if node.location else None
    return last if isinstance(last, int) else -1


def _check_fields(value: Any, fields: _Fields, required: Iterable[str], where: str) -> None:
    if not isinstance(value, dict):
        raise _fault(where, f"{value!r:.60}", "an object")
    for key, part in value.items():
        if key not in fields and not key.startswith("x-"):
            raise _fault(where, f"the unknown field {key!r}", f"one of {', '.join(fields)}")
        if not isinstance(part, fields.get(key, object)):
            kind = {str: "a text", dict: "an object", list: "an array", bool: "true or false"}
            raise _fault(f"{where}: {key}", f"{part!r:.60}", kind[fields[key]])
    for key in required:
        if key not in value:
            raise _fault(where, f"no field {key!r}", f"{', '.join(required)}")


def _fault(where: str, found: str, expected: str) -> DocumentError:
    return DocumentError(
        f"{where}: found {found}, expected {expected}",
        "mend the overlay (https://spec.openapis.org/overlay/v1.0.0.html)",
    )
