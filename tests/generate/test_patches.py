"""The examples of the RFCs, as they stand there."""

from __future__ import annotations

from typing import Any

import pytest

from locum.exceptions import PatchFault
from locum.generate import patches

# RFC 7396, appendix A: original, patch, result.
MERGES: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("original", "patch", "result"), MERGES)
def test_merge_is_that_of_the_rfc(original: Any, patch: Any, result: Any) -> None:
    assert patches.merged(original, patch) == result


def test_merge_changes_neither_argument() -> None:
    original, patch = {"a": {"b": 1}}, {"a": {"b": None, "c": {"d": 1}}}
    assert patches.merged(original, patch) == {"a": {"c": {"d": 1}}}
    assert original == {"a": {"b": 1}}
    assert patch == {"a": {"b": None, "c": {"d": 1}}}


# RFC 6902, appendix A: document, patch, result; those without a result fail.
PATCHES: dict[str, tuple[Any, Any, Any]] = {
    "A.1 add member": (
        {"foo": "bar"},
        [{"op": "add", "path": "/baz", "value": "qux"}],
        {"baz": "qux", "foo": "bar"},
    ),
    "A.2 add element": (
        {"foo": ["bar", "baz"]},
        [{"op": "add", "path": "/foo/1", "value": "qux"}],
        {"foo": ["bar", "qux", "baz"]},
    ),
    "A.3 remove member": (
        {"baz": "qux", "foo": "bar"},
        [{"op": "remove", "path": "/baz"}],
        {"foo": "bar"},
    ),
    "A.4 remove element": (
        {"foo": ["bar", "qux", "baz"]},
        [{"op": "remove", "path": "/foo/1"}],
        {"foo": ["bar", "baz"]},
    ),
    "A.5 replace": (
        {"baz": "qux", "foo": "bar"},
        [{"op": "replace", "path": "/baz", "value": "boo"}],
        {"baz": "boo", "foo": "bar"},
    ),
    "A.6 move": (
        {"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}},
        [{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}],
        {"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}},
    ),
    "A.7 move element": (
        {"foo": ["all", "grass", "cows", "eat"]},
        [{"op": "move", "from": "/foo/1", "path": "/foo/3"}],
        {"foo": ["all", "cows", "eat", "grass"]},
    ),
    "A.8 test": (
        {"baz": "qux", "foo": ["a", 2, "c"]},
        [
            {"op": "test", "path": "/baz", "value": "qux"},
            {"op": "test", "path": "/foo/1", "value": 2},
        ],
        {"baz": "qux", "foo": ["a", 2, "c"]},
    ),
    "A.10 nested member": (
        {"foo": "bar"},
        [{"op": "add", "path": "/child", "value": {"grandchild": {}}}],
        {"foo": "bar", "child": {"grandchild": {}}},
    ),
    "A.11 unknown members are ignored": (
        {"foo": "bar"},
        [{"op": "add", "path": "/baz", "value": "qux", "xyz": 123}],
        {"foo": "bar", "baz": "qux"},
    ),
    "A.14 escapes": (
        {"/": 9, "~1": 10},
        [{"op": "test", "path": "/~01", "value": 10}],
        {"/": 9, "~1": 10},
    ),
    "A.16 add an array": (
        {"foo": ["bar"]},
        [{"op": "add", "path": "/foo/-", "value": ["abc", "def"]}],
        {"foo": ["bar", ["abc", "def"]]},
    ),
    "copy": (
        {"a": [1]},
        [
            {"op": "copy", "from": "/a", "path": "/b"},
            {"op": "add", "path": "/b/-", "value": 2},
        ],
        {"a": [1], "b": [1, 2]},
    ),
    "replace the whole": ({"a": 1}, [{"op": "replace", "path": "", "value": [1]}], [1]),
    "a member of the empty name": ({}, [{"op": "add", "path": "/", "value": 1}], {"": 1}),
    "1.0 is 1": ({"a": 1}, [{"op": "test", "path": "/a", "value": 1.0}], {"a": 1}),
    "move to its own place": (
        {"a": 1},
        [{"op": "move", "from": "/a", "path": "/a"}],
        {"a": 1},
    ),
}


@pytest.mark.parametrize(("original", "patch", "result"), PATCHES.values(), ids=PATCHES)
def test_patch_is_that_of_the_rfc(original: Any, patch: Any, result: Any) -> None:
    assert patches.patched(original, patch) == result


FAULTS: dict[str, tuple[Any, Any, str]] = {
    "A.9 test fails": (
        {"baz": "qux"},
        [{"op": "test", "path": "/baz", "value": "bar"}],
        'operation 0, value: found "qux", expected the value "bar"',
    ),
    "A.12 no parent": (
        {"foo": "bar"},
        [{"op": "add", "path": "/baz/bat", "value": "qux"}],
        "operation 0, path: found /baz, expected a place that exists",
    ),
    "A.13 two op members, of which JSON keeps the last": (
        {"baz": 1},
        [{"op": "remove", "path": "/foo"}],
        "operation 0, path: found /foo, expected a place that exists",
    ),
    "A.15 a text is no number": (
        {"/": 9, "~1": 10},
        [{"op": "test", "path": "/~01", "value": "10"}],
        'operation 0, value: found 10, expected the value "10"',
    ),
    "true is not 1": (
        {"a": [1]},
        [{"op": "test", "path": "/a", "value": [True]}],
        "operation 0, value: found [1], expected the value [true]",
    ),
    "the second": (
        {"a": []},
        [{"op": "add", "path": "/a/0", "value": 1}, {"op": "add", "path": "/a/2", "value": 1}],
        "operation 1, path: found /a/2, expected an index from 0 to 1, or -",
    ),
    "leading zero": (
        {"a": [1, 2]},
        [{"op": "remove", "path": "/a/01"}],
        "operation 0, path: found /a/01, expected a place that exists",
    ),
    "into itself": (
        {"a": {"b": 1}},
        [{"op": "move", "from": "/a", "path": "/a/b"}],
        'operation 0, path: found "/a/b", expected a place outside of what is moved',
    ),
    "no value": (
        {},
        [{"op": "add", "path": "/a"}],
        "operation 0, value: found nothing, expected a value to add",
    ),
    "unknown op": (
        {},
        [{"op": "spam", "path": "/a"}],
        'operation 0, op: found "spam", expected one of add, remove, replace, move, copy, test',
    ),
    "no pointer": (
        {},
        [{"op": "remove", "path": "a"}],
        'operation 0, path: found "a", expected a JSON Pointer as /a/0',
    ),
    "a lone tilde": (
        {},
        [{"op": "remove", "path": "/~2"}],
        'operation 0, path: found "/~2", expected a JSON Pointer as /a/0',
    ),
    "no from": (
        {},
        [{"op": "copy", "path": "/a"}],
        "operation 0, from: found nothing, expected a JSON Pointer as /a/0",
    ),
    "no array": ({}, {"op": "remove"}, 'patch: found {"op":"remove"}, expected an array of opera'),
    "no object": ({}, ["x"], 'operation 0: found "x", expected an object with op and path'),
    "in a text": (
        {"a": "x"},
        [{"op": "add", "path": "/a/0", "value": 1}],
        "operation 0, path: found /a/0, expected a place in an object or array",
    ),
}


@pytest.mark.parametrize(("original", "patch", "message"), FAULTS.values(), ids=FAULTS)
def test_fault_names_the_operation(original: Any, patch: Any, message: str) -> None:
    before = repr(original)
    with pytest.raises(PatchFault) as raised:
        patches.patched(original, patch)
    assert str(raised.value).startswith(message)
    assert raised.value.is_test == ("the value" in message)
    assert repr(original) == before


def test_values_nested_a_thousand_deep_are_equal() -> None:
    one: Any = [1]
    other: Any = [1.0]
    for _ in range(5_000):
        one, other = [one], [other]
    assert patches.equal(one, other)
    assert not patches.equal(one, [other])
