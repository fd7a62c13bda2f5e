"""Changes of a JSON value: JSON Merge Patch (RFC 7396) and JSON Patch (RFC 6902).

merged   the value after a merge patch
patched  the value after the operations of a patch
"""

from __future__ import annotations

from typing import Any

from locum.exceptions import PatchFault
from locum.openapi.metaschema import quoted
from locum.openapi.walk import json_copy

_END = "-"  # the place after the last item of an array (RFC 6901, section 4)
_LONGEST_INDEX = 9  # digits: no list is longer
_NEEDS_VALUE = frozenset(["add", "replace", "test"])
_NEEDS_FROM = frozenset(["move", "copy"])
_OPERATIONS = _NEEDS_VALUE | _NEEDS_FROM | {"remove"}


def merged(target: Any, patch: Any) -> Any:
    """Return the target after the merge patch (RFC 7396, section 2): null removes a member, an
    object is merged, everything else replaces. Neither argument is changed; the answer may hold
    parts of both."""
    if not isinstance(patch, dict):
        return patch
    root = dict(target) if isinstance(target, dict) else {}
    waiting = [(root, patch)]
    while waiting:
        into, changes = waiting.pop()
        for name, value in changes.items():
            if value is None:
                into.pop(name, None)
            elif isinstance(value, dict):
                inner = into.get(name)
                into[name] = dict(inner) if isinstance(inner, dict) else {}
                waiting.append((into[name], value))
            else:
                into[name] = value
    return root


def patched(target: Any, operations: Any) -> Any:
    """Return the target after the operations, all of them or none; neither argument is changed.

    Raise PatchFault for the first one that is malformed, names no place, or tests for another
    value; its `number` counts from 0.
    """
    if not isinstance(operations, list):
        raise PatchFault(None, "", quoted(operations), "an array of operations")
    holder = {"": json_copy(target)}  # the root has a name too, so that it can be replaced
    for number, operation in enumerate(operations):
        _apply(holder, number, operation)
    return holder[""]


def _apply(holder: dict[str, Any], number: int, operation: Any) -> None:
    if not isinstance(operation, dict):
        raise PatchFault(number, "", quoted(operation), "an object with op and path")
    name = operation.get("op")
    if not isinstance(name, str) or name not in _OPERATIONS:
        expected = "one of add, remove, replace, move, copy, test"
        raise PatchFault(number, "op", _found(operation, "op"), expected)
    path = _pointer(operation, "path", number)
    if name in _NEEDS_VALUE and "value" not in operation:
        raise PatchFault(number, "value", "nothing", f"a value to {name}")
    if name == "add":
        _add(holder, path, json_copy(operation["value"]), number, "path")
    elif name == "remove":
        _remove(holder, path, number, "path")
    elif name == "replace":
        parent, key = _place(holder, path, number, "path")
        parent[key] = json_copy(operation["value"])
    elif name == "test":
        parent, key = _place(holder, path, number, "path")
        if not equal(parent[key], operation["value"]):
            expected = f"the value {quoted(operation['value'])}"
            raise PatchFault(number, "value", quoted(parent[key]), expected, is_test=True)
    else:
        _carry(holder, number, operation, path)


def _carry(holder: dict[str, Any], number: int, operation: dict[str, Any], path: list[str]) -> None:
    """Move or copy a value."""
    source = _pointer(operation, "from", number)
    parent, key = _place(holder, source, number, "from")
    value = parent[key]
    if operation["op"] == "copy":
        _add(holder, path, json_copy(value), number, "path")
        return
    if path == source:
        return
    if path[: len(source)] == source:
        expected = "a place outside of what is moved"
        raise PatchFault(number, "path", quoted(operation["path"]), expected)
    _remove(holder, source, number, "from")
    _add(holder, path, value, number, "path")


def _pointer(operation: dict[str, Any], member: str, number: int) -> list[str]:
    """Return the tokens of the JSON Pointer (RFC 6901) in that member, after the root's own."""
    text = operation.get(member)
    tokens = text.split("/") if isinstance(text, str) else ["?"]
    tilde_free = (token.replace("~0", "").replace("~1", "") for token in tokens)
    if tokens[0] or any("~" in token for token in tilde_free):
        raise PatchFault(number, member, _found(operation, member), "a JSON Pointer as /a/0")
    return ["", *(token.replace("~1", "/").replace("~0", "~") for token in tokens[1:])]


def _parent(holder: dict[str, Any], path: list[str], number: int, member: str) -> Any:
    node: Any = holder
    for depth, token in enumerate(path[:-1]):
        key = _existing(node, token)
        if key is None:
            raise PatchFault(number, member, _text(path[: depth + 1]), "a place that exists")
        node = node[key]
    return node


def _place(
    holder: dict[str, Any], path: list[str], number: int, member: str
) -> tuple[Any, str | int]:
    """Return the object or array that holds the value at the path, and its name or index there."""
    parent = _parent(holder, path, number, member)
    key = _existing(parent, path[-1])
    if key is None:
        raise PatchFault(number, member, _text(path), "a place that exists")
    return parent, key


def _existing(node: Any, token: str) -> str | int | None:
    if isinstance(node, dict):
        return token if token in node else None
    if isinstance(node, list):
        index = _index(token)
        return index if index is not None and index < len(node) else None
    return None


def _index(token: str) -> int | None:
    """Return the index that the token is (RFC 6901, section 4: no leading zeros)."""
    is_number = token.isascii() and token.isdecimal() and len(token) <= _LONGEST_INDEX
    return int(token) if is_number and str(int(token)) == token else None


def _add(holder: dict[str, Any], path: list[str], value: Any, number: int, member: str) -> None:
    parent = _parent(holder, path, number, member)
    token = path[-1]
    if isinstance(parent, dict):
        parent[token] = value
        return
    if isinstance(parent, list):
        index = len(parent) if token == _END else _index(token)
        if index is not None and index <= len(parent):
            parent.insert(index, value)
            return
        expected = f"an index from 0 to {len(parent)}, or -"
        raise PatchFault(number, member, _text(path), expected)
    raise PatchFault(number, member, _text(path), "a place in an object or array")


def _remove(holder: dict[str, Any], path: list[str], number: int, member: str) -> None:
    parent, key = _place(holder, path, number, member)
    if parent is holder:  # our choice: what is removed whole is null
        holder[""] = None
    else:
        del parent[key]


def equal(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal (RFC 6902, section 4.6): 1 is 1.0, true is not 1.

    Without recursion: the values may be nested a thousand deep.
    """
    waiting = [(one, other)]
    while waiting:
        left, right = waiting.pop()
        if isinstance(left, dict) and isinstance(right, dict):
            if left.keys() != right.keys():
                return False
            waiting += [(left[key], right[key]) for key in left]
        elif isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return False
            waiting += zip(left, right, strict=True)
        elif isinstance(left, bool) is not isinstance(right, bool) or left != right:
            return False
    return True


def _text(path: list[str]) -> str:
    return "/".join(token.replace("~", "~0").replace("/", "~1") for token in path) or '""'


def _found(operation: dict[str, Any], member: str) -> str:
    return quoted(operation[member]) if member in operation else "nothing"
