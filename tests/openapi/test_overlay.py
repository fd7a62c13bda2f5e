"""Overlays. The examples named after the specification are those of its section "Examples"
(https://spec.openapis.org/overlay/v1.0.0.html), their results worked out by hand."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonpath_rfc9535 import JSONPathNode, finditer

from locum.exceptions import DocumentError
from locum.openapi import overlay


def changed(document: dict[str, Any], *actions: dict[str, Any]) -> dict[str, Any]:
    return overlay.apply(
        {"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": list(actions)},
        document,
        Path("o.yaml"),
    )


def test_structured_example_adds_at_every_depth_and_empty_places_change_nothing() -> None:
    document = {
        "info": {"title": "API"},
        "paths": {"/": {"get": {"summary": "old"}}, "/pets": {"get": {"tags": ["pet"]}}},
        "components": {"schemas": {}},
    }
    update = {
        "info": {"x-overlay-applied": "structured-overlay"},
        "paths": {
            "/": {"summary": "The root resource", "get": {"summary": "new", "x-rate-limit": 100}},
            "/pets": {"get": {"summary": "Retrieve a list of pets", "x-rate-limit": 100}},
        },
        "components": None,
        "tags": None,
    }
    assert changed(document, {"target": "$", "update": update}) == {
        "info": {"title": "API", "x-overlay-applied": "structured-overlay"},
        "paths": {
            "/": {"get": {"summary": "new", "x-rate-limit": 100}, "summary": "The root resource"},
            "/pets": {
                "get": {
                    "tags": ["pet"],
                    "summary": "Retrieve a list of pets",
                    "x-rate-limit": 100,
                }
            },
        },
        "components": {"schemas": {}},
        "tags": None,
    }


def test_targeted_example_applies_actions_in_order() -> None:
    document = {"paths": {"/foo": {"get": {"description": "a"}}, "/bar": {"get": {}}}}
    assert changed(
        document,
        {"target": "$.paths['/foo'].get", "update": {"description": "new"}},
        {"target": "$.paths['/bar'].get", "update": {"description": "first"}},
        {
            "target": "$.paths['/bar']",
            "update": {"get": {"description": "second"}, "post": {"x-safe": False}},
        },
    ) == {
        "paths": {
            "/foo": {"get": {"description": "new"}},
            "/bar": {"get": {"description": "second"}, "post": {"x-safe": False}},
        }
    }


def test_wildcard_example_changes_every_match_and_only_those() -> None:
    named = {"name": "filter", "in": "query"}
    document = {
        "paths": {
            "/a": {"get": {"parameters": [named, {"name": "filter", "in": "header"}]}},
            "/b": {"get": {}, "post": {}},
        }
    }
    assert changed(
        document,
        {"target": "$.paths.*.get", "update": {"x-safe": True}},
        {
            "target": "$.paths.*.get.parameters[?@.name=='filter' && @.in=='query']",
            "update": {"schema": {"$ref": "#/components/schemas/filterSchema"}},
        },
    ) == {
        "paths": {
            "/a": {
                "get": {
                    "parameters": [
                        named | {"schema": {"$ref": "#/components/schemas/filterSchema"}},
                        {"name": "filter", "in": "header"},
                    ],
                    "x-safe": True,
                }
            },
            "/b": {"get": {"x-safe": True}, "post": {}},
        }
    }


def test_array_example_appends_an_item() -> None:
    document = {"paths": {"/a": {"get": {"parameters": [{"name": "old"}]}}}}
    update = {"name": "newParam", "in": "query"}
    after = changed(document, {"target": "$.paths.*.get.parameters", "update": update})
    assert after["paths"]["/a"]["get"]["parameters"] == [{"name": "old"}, update]


def test_array_example_removes_matching_items_though_indexes_shift() -> None:
    names = ["dummy", "a", "dummy", "dummy", "b"]
    document = {"parameters": [{"name": name} for name in names]}
    action = {"target": "$.parameters[?@.name == 'dummy']", "remove": True}
    assert changed(document, action) == {"parameters": [{"name": "a"}, {"name": "b"}]}


def test_traits_example_concatenates_nested_arrays() -> None:
    """The specification's target there, `$.paths.*.get[?@.x-oai-traits.paged]`, is no RFC 9535
    query; this one means the same."""
    document = {"paths": {"/items": {"get": {"x-oai-traits": ["paged"], "parameters": [1]}}}}
    action = {
        "target": "$.paths.*[?@['x-oai-traits'][?@ == 'paged']]",
        "update": {"parameters": [{"name": "top"}, {"name": "skip"}]},
    }
    assert changed(document, action)["paths"]["/items"]["get"]["parameters"] == [
        1,
        {"name": "top"},
        {"name": "skip"},
    ]


def test_array_takes_in_each_item_of_an_array() -> None:
    assert changed({"a": [1]}, {"target": "$.a", "update": [2, 3]}) == {"a": [1, 2, 3]}


def test_item_found_twice_is_removed_once() -> None:
    assert changed({"a": [1, 2, 3]}, {"target": "$.a[0, 0, -3]", "remove": True}) == {"a": [2, 3]}


def test_parent_and_child_may_be_removed_together() -> None:
    document = {"a": {"a": {"b": 1}}, "c": 1}
    assert changed(document, {"target": "$..a", "remove": True}) == {"c": 1}


def test_nested_arrays_lose_items_of_different_depths() -> None:
    """Of [[1, 2], 1, 3], the 1 inside and the 1 outside go."""
    document = {"a": [[1, 2], 1, 3]}
    assert changed(document, {"target": "$.a..[?@ == 1]", "remove": True}) == {"a": [[2], 3]}


def test_null_is_added_and_replaces_and_is_replaced() -> None:
    document = {"a": {"x": 1, "y": None}}
    action = {"target": "$.a", "update": {"x": None, "y": {"k": 1}, "z": None}}
    assert changed(document, action) == {"a": {"x": None, "y": {"k": 1}, "z": None}}


def test_remove_prevails_over_update() -> None:
    action = {"target": "$.a", "remove": True, "update": {"b": 1}}
    assert changed({"a": {}, "c": 1}, action) == {"c": 1}


def test_order_of_keys_is_kept_and_new_ones_come_last() -> None:
    after = changed({"b": 1, "a": {"d": 1, "c": 1}}, {"target": "$.a", "update": {"a": 1, "c": 2}})
    assert list(after) == ["b", "a"]
    assert list(after["a"]) == ["d", "c", "a"]


def test_arguments_are_not_changed() -> None:
    document = {"a": {"b": [1]}, "c": {}}
    actions: list[dict[str, Any]] = [
        {"target": "$['a', 'c']", "update": {"n": {"m": 1}}},
        {"target": "$.a.n", "update": {"m": 2}},
        {"target": "$.a.b", "remove": True},
    ]
    before = copy.deepcopy((document, actions))
    after = changed(document, *actions)
    assert after == {"a": {"n": {"m": 2}}, "c": {"n": {"m": 1}}}
    assert (document, actions) == before


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ({"target": "$.b", "update": {}}, "('$.b'): found nothing in the document"),
        ({"target": "$.s", "update": {}}, "found a target that is 'x', expected an object or an"),
        ({"target": "$.a", "update": 1}, "found an update that is 1, expected an object"),
        ({"target": "$", "update": {"a": 1}}, ": a: found 1, expected an object, as the target"),
        ({"target": "$", "update": {"l": {}}}, ": l: found {}, expected an array, as the target"),
        ({"target": "$", "remove": True}, "found the whole document, expected a part"),
        ({"target": "$.a["}, "expected a JSONPath query (RFC 9535)"),
        ({"target": "$.a"}, "found nothing to do, expected update, or remove: true"),
        ({"target": "$.a", "remove": False}, "found nothing to do"),
        ({"target": "$.a", "updat": {}}, "found the unknown field 'updat', expected one of"),
        ({"target": 1, "update": {}}, "target: found 1, expected a text"),
        ({"target": "$.a", "remove": "yes"}, "remove: found 'yes', expected true or false"),
        ({"update": {}}, "found no field 'target'"),
        ("$.a", "found '$.a', expected an object"),
    ],
)
def test_action_at_fault_is_named_with_what_was_found_and_expected(
    action: Any, message: str
) -> None:
    good = {"target": "$.a", "update": {"x": 1}}
    with pytest.raises(DocumentError) as raised:
        changed({"a": {}, "s": "x", "l": []}, good, action)
    assert str(raised.value).startswith("o.yaml: action 2")
    assert message in str(raised.value)
    assert raised.value.path == Path("o.yaml")
    assert (raised.value.pointer or ())[:2] == ("actions", 1)


def refusal(whole: Any, document: dict[str, Any]) -> DocumentError:
    with pytest.raises(DocumentError) as raised:
        overlay.apply(whole, document, Path("o.yaml"))
    return raised.value


@pytest.mark.parametrize(
    ("fields", "pointer", "found", "expected"),
    [
        ({"overlay": "2.0"}, ("overlay",), "version '2.0'", "overlay: 1.0.0"),
        ({"overlay": 1.0}, ("overlay",), "1.0", "a text"),
        ({"info": {"title": "t"}}, ("info",), "no field 'version'", "title, version"),
        ({"info": {"title": 1}}, ("info", "title"), "1", "a text"),
        ({"actions": []}, ("actions",), "none", "one or more"),
        ({"x": 1}, (), "the unknown field 'x'", "one of overlay, info, extends, actions"),
        ({"actions": [1]}, ("actions", 0), "1", "an object"),
        (
            {"actions": [{"target": "$", "remove": 0}]},
            ("actions", 0, "remove"),
            "0",
            "true or false",
        ),
        (
            {"actions": [{"target": "$.a", "update": {"b": {}}}]},
            ("actions", 0),
            "{}",
            "an array, as the target has",
        ),
        (
            {"actions": [{"target": "$.c", "remove": True}]},
            ("actions", 0),
            "nothing in the document",
            "a target that the document has",
        ),
    ],
)
def test_fault_has_its_place_in_the_overlay_as_data(
    fields: dict[str, Any], pointer: tuple[str | int, ...], found: str, expected: str
) -> None:
    good = {"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": [1]}
    error = refusal(good | fields, {"a": {"b": []}})
    assert (error.path, error.pointer, error.line) == (Path("o.yaml"), pointer, None)
    assert (error.found, error.expected) == (found, expected)
    assert str(error).endswith(f": found {found}, expected {expected}")
    assert error.fix == "mend the overlay (https://spec.openapis.org/overlay/v1.0.0.html)"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"overlay": "1.1.0"}, "o.yaml: found version '1.1.0', expected overlay: 1.0.0"),
        ({"overlay": 1.0}, "o.yaml: overlay: found 1.0, expected a text"),
        ({"overlay": None}, "o.yaml: overlay: found None"),
        ({"info": {"title": "t"}}, "o.yaml: info: found no field 'version'"),
        ({"actions": []}, "o.yaml: actions: found none, expected one or more"),
        ({"actions": {}}, "o.yaml: actions: found {}, expected an array"),
        ({"action": []}, "o.yaml: found the unknown field 'action'"),
    ],
)
def test_overlay_at_fault_is_refused(fields: dict[str, Any], message: str) -> None:
    good = {"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": [1]}
    with pytest.raises(DocumentError, match=f"^{message.replace('[', '.')}"):
        overlay.apply(good | fields, {}, Path("o.yaml"))


@pytest.mark.parametrize("missing", ["overlay", "info", "actions"])
def test_overlay_without_a_required_field_is_refused(missing: str) -> None:
    whole = {"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": [1]}
    del whole[missing]
    with pytest.raises(DocumentError, match=f"found no field '{missing}'"):
        overlay.apply(whole, {}, Path("o.yaml"))


def test_extensions_are_allowed() -> None:
    action = {"target": "$", "update": {"a": 1}, "x-why": "because"}
    assert changed({}, action) == {"a": 1}


# Bounds.


def test_overlay_may_add_as_much_as_is_allowed_and_no_more() -> None:
    """At two hundred places a text of 99,960 characters: with its quotes and an object around it,
    100,000 each and a little; at one place fewer it fits."""
    update = {"a": "x" * 99_960}
    action = {"target": "$.x[*]", "update": update}
    fitting = changed({"x": [{}] * 199}, action)
    assert fitting["x"] == [update] * 199
    with pytest.raises(DocumentError, match=r"action 1 .*more than 20,000,000 characters to add"):
        changed({"x": [{}] * 201}, action)


def test_places_are_looked_for_as_long_as_there_is_room_for_the_update(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The update is of 10,000,000 characters, 20 for its object among them: the third is too many,
    and the other 997 places are not looked for."""
    found: list[JSONPathNode] = []

    def find(query: str, document: Any) -> Iterator[JSONPathNode]:
        for node in finditer(query, document):
            found.append(node)
            yield node

    monkeypatch.setattr(overlay, "finditer", find)
    action = {"target": "$.x[*]", "update": {"a": "x" * (10_000_000 - 20 - len('{"a":""}'))}}
    with pytest.raises(DocumentError, match="more than 20,000,000 characters to add"):
        changed({"x": [{}] * 1000}, action)
    assert len(found) == 3


def test_overlay_may_add_up_to_so_many_levels() -> None:
    """The target is one level down: 1 and 199 are 200."""

    def nested(levels: int) -> Any:
        value: Any = {}
        for _ in range(levels - 1):
            value = {"a": value}
        return value

    changed({"x": {}}, {"target": "$.x", "update": nested(199)})
    with pytest.raises(DocumentError, match="an update at more than 200 levels of nesting"):
        changed({"x": {}}, {"target": "$.x", "update": nested(200)})


def test_action_may_change_so_many_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay, "MOST_TARGETS", 3)
    action = {"target": "$.x[*]", "remove": True}
    assert changed({"x": [1, 2, 3]}, action) == {"x": []}
    with pytest.raises(DocumentError, match="found more than 3 places in the document"):
        changed({"x": [1, 2, 3, 4]}, action)
