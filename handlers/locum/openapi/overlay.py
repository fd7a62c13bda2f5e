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
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from attrs import evolve, frozen
from jsonpath_rfc9535 import JSONPathError, JSONPathNode, finditer

from locum.exceptions import DocumentError
from locum.openapi.reader import levels
from locum.openapi.walk import (
    MOST_CHARACTERS,
    MOST_LEVELS,
    Pointer,
    characters,
    json_copy,
)

MOST_TARGETS = 1_000_000  # of one action

_Fields = dict[str, type]
_OVERLAY_FIELDS: _Fields = {"overlay": str, "info": dict, "extends": str, "actions": list}
_INFO_FIELDS: _Fields = {"title": str, "version": str}
_ACTION_FIELDS: _Fields = {"target": str, "description": str, "update": object, "remove": bool}
_TYPE_NAMES = {str: "a text", dict: "an object", list: "an array", bool: "true or false"}


@frozen
class _Place:
    """A place in the overlay at `path`: the name that messages have for it, and its pointer."""

    path: Path
    name: str
    pointer: Pointer

    def field(self, key: str) -> _Place:
        name = f"{self.name}: {key}" if self.name else key
        return evolve(self, name=name, pointer=(*self.pointer, key))

    def error(self, found: str, expected: str) -> DocumentError:
        message = f"found {found}, expected {expected}"
        return DocumentError(
            f"{self.name}: {message}" if self.name else message,
            "mend the overlay (https://spec.openapis.org/overlay/v1.0.0.html)",
            self.path,
            self.pointer,
            found=found,
            expected=expected,
        )


def beside(path: Path) -> Path:
    """Return the path of the overlay that is for the document at the path."""
    return path.with_name(f"{path.stem}.overlay.yaml")


def tolerated(path: Path) -> Path:
    """Return the path of the overlay of what the server takes besides what the document at the path
    says to clients."""
    return path.with_name(f"{path.stem}.tolerated.yaml")


def apply(overlay: Mapping[str, Any], document: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return a copy of the document that is changed as `change` does it."""
    changed: dict[str, Any] = json_copy(document)
    change(changed, overlay, path)
    return changed


def change(
    document: dict[str, Any], overlay: Mapping[str, Any], path: Path, *, must_find: bool = True
) -> None:
    """Do the overlay's actions to the document, in place and in their order; no two places of the
    document share an object.

    `update` merges: objects field by field, at any depth; arrays one after the other; a target that
    is an array gets the update as one more item; a text, number, boolean or null is replaced.
    On demand an action that finds nothing to act upon is left out. `path` is the overlay's file,
    for errors. Raise DocumentError for an overlay that is malformed, or finds nothing to act upon
    where it must; its pointer is that of a field at fault, or of the action that
    could not be done.
    """
    root = _Place(path, "", ())
    _check_fields(overlay, _OVERLAY_FIELDS, ("overlay", "info", "actions"), root)
    _check_fields(overlay["info"], _INFO_FIELDS, ("title", "version"), root.field("info"))
    version = overlay["overlay"]
    if version.split(".")[:2] != ["1", "0"]:
        raise evolve(root, pointer=("overlay",)).error(f"version {version!r}", "overlay: 1.0.0")
    if not overlay["actions"]:
        raise root.field("actions").error("none", "one or more")
    left = MOST_CHARACTERS
    for index, action in enumerate(overlay["actions"]):
        place = _Place(path, f"action {index + 1}", ("actions", index))
        _check_fields(action, _ACTION_FIELDS, ("target",), place)
        named = evolve(place, name=f"{place.name} ({action['target']!r:.200})")
        left -= _apply(action, document, named, left, must_find=must_find)


def targets(query: str, document: dict[str, Any], most: int = MOST_TARGETS) -> list[JSONPathNode]:
    """Return the places of the document that the query selects; where there are more than `most`,
    one more than that. Raise JSONPathError for what is no query."""
    return [*islice(finditer(query, document), most + 1)]


def _apply(
    action: Mapping[str, Any],
    document: dict[str, Any],
    place: _Place,
    left: int,
    *,
    must_find: bool,
) -> int:
    """Do the action and return how many characters it has added, of which so many are left."""
    size = characters(orjson.dumps(action["update"])) if "update" in action else 0
    is_removal = action.get("remove", False)
    most = min(MOST_TARGETS, left // size) if size and not is_removal else MOST_TARGETS
    try:
        nodes = targets(action["target"], document, most)
    except (JSONPathError, RecursionError) as error:
        query = "a JSONPath query (RFC 9535)"
        raise place.error(str(error).splitlines()[0], query) from None
    if len(nodes) > MOST_TARGETS:
        raise place.error(f"more than {MOST_TARGETS:,} places in the document", "fewer")
    if not nodes and not must_find:
        return 0
    if not nodes:
        raise place.error("nothing in the document", "a target that the document has")
    if is_removal:
        _remove(nodes, place)
    elif "update" in action:
        update = action["update"]
        added = len(nodes) * size
        if added > left:
            raise place.error(f"more than {MOST_CHARACTERS:,} characters to add", "fewer")
        if max(len(node.location) for node in nodes) + levels(update) > MOST_LEVELS:
            raise place.error(f"an update at more than {MOST_LEVELS} levels of nesting", "fewer")
        for node in nodes:
            _update(node.value, update, place)
        return added
    else:
        raise place.error("nothing to do", "update, or remove: true")
    return 0


def _update(target: Any, update: Any, place: _Place) -> None:
    if isinstance(target, list):
        target.extend(json_copy(update) if isinstance(update, list) else [json_copy(update)])
    elif not isinstance(target, dict):
        raise place.error(f"a target that is {target!r:.60}", "an object or an array")
    elif not isinstance(update, dict):
        raise place.error(f"an update that is {update!r:.60}", "an object, as the target is")
    else:
        _merge(target, update, place)


def _merge(target: dict[str, Any], update: dict[str, Any], place: _Place) -> None:
    for key, value in update.items():
        current = target.get(key)
        if isinstance(current, dict) and isinstance(value, dict):
            _merge(current, value, place)
        elif isinstance(current, list) and isinstance(value, list):
            current.extend(json_copy(value))
        elif not isinstance(current, dict | list):
            target[key] = json_copy(value)
        elif value is not None:
            kind = "an object" if isinstance(current, dict) else "an array"
            at_key = evolve(place, name=f"{place.name}: {key}")
            raise at_key.error(f"{value!r:.60}", f"{kind}, as the target has")


def _remove(nodes: Iterable[JSONPathNode], place: _Place) -> None:
    """Delete the nodes from what holds them; of an array, the last first, so that the indexes of
    the others stay true."""
    chosen = {node.location: node for node in nodes}  # a query may select a node twice
    for node in sorted(chosen.values(), key=_index, reverse=True):
        if node.parent is None:
            raise place.error("the whole document", "a part of it to remove")
        holder: Any = node.parent.value
        del holder[node.location[-1]]


def _index(node: JSONPathNode) -> int:
    last = node.location[-1] if node.location else None
    return last if isinstance(last, int) else -1


def _check_fields(value: Any, fields: _Fields, required: Iterable[str], place: _Place) -> None:
    if not isinstance(value, dict):
        raise place.error(f"{value!r:.60}", "an object")
    for key, part in value.items():
        if key not in fields and not key.startswith("x-"):
            expected = f"one of {', '.join(fields)}"
            raise place.error(f"the unknown field {key!r}", expected)
        if not isinstance(part, fields.get(key, object)):
            raise place.field(key).error(f"{part!r:.60}", _TYPE_NAMES[fields[key]])
    for key in required:
        if key not in value:
            raise place.error(f"no field {key!r}", ", ".join(required))
