from __future__ import annotations

from typing import Any

import pytest

from locum.generate import filters
from locum.generate.filters import Filter
from locum.generate.shapes import Shapes
from tests.generate.collections_documents import SHOP

SHAPES = Shapes(SHOP.schemas)
TEXT, NUMBER, TIME = (
    {"type": "string"},
    {"type": "number"},
    {"type": "string", "format": "date-time"},
)
PROPERTIES = {
    "id": TEXT,
    "status": TEXT,
    "petName": TEXT,
    "price": NUMBER,
    "created_at": TIME,
    "start_time": TIME,
    "tags": {"type": "array", "items": TEXT},
    "customer": {"type": "object", "properties": {"id": TEXT}},
    "country_code": TEXT,
    "max_tokens": {"type": "integer"},
}


def filters_of(name: str, schema: Any) -> list[tuple[tuple[str, ...], str]]:
    return [(each.path, each.test) for each in filters.filters(SHAPES, name, schema, PROPERTIES)]


@pytest.mark.parametrize(
    ("name", "schema", "path", "test"),
    [
        ("status", TEXT, ("status",), "eq"),
        ("statuses", {"type": "array", "items": TEXT}, ("status",), "eq"),
        ("filter[status]", TEXT, ("status",), "eq"),
        ("status[]", {"type": "array", "items": TEXT}, ("status",), "eq"),
        ("pet_name", TEXT, ("petName",), "eq"),
        ("pet-name", TEXT, ("petName",), "eq"),
        ("tag", TEXT, ("tags",), "eq"),
        ("customer_id", TEXT, ("customer", "id"), "eq"),
        ("country", TEXT, ("country_code",), "eq"),
        ("max_tokens", NUMBER, ("max_tokens",), "eq"),
        ("min_price", NUMBER, ("price",), "ge"),
        ("maxPrice", NUMBER, ("price",), "le"),
        ("price_gte", NUMBER, ("price",), "ge"),
        ("price__lt", NUMBER, ("price",), "lt"),
        ("price[gt]", NUMBER, ("price",), "gt"),
        ("created_after", TIME, ("created_at",), "gt"),
        ("created_before", TIME, ("created_at",), "lt"),
        ("start_time", TIME, ("start_time",), "ge"),
        ("pet_name_contains", TEXT, ("petName",), "in"),
    ],
)
def test_parameter_names_a_property(
    name: str, schema: Any, path: tuple[str, ...], test: str
) -> None:
    assert filters_of(name, schema) == [(path, test)]


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("limit", NUMBER),
        ("colour", TEXT),
        ("price", {"type": "boolean"}),  # another type: it means something else
        ("include_deleted", {"type": "boolean"}),
        ("[]", TEXT),
    ],
)
def test_parameter_names_no_property(name: str, schema: Any) -> None:
    assert filters_of(name, schema) == []


def test_members_of_an_object_are_filters() -> None:
    limits = {"type": "object", "properties": {"gte": NUMBER, "lt": NUMBER, "colour": TEXT}}
    assert filters_of("price", limits) == [(("price",), "ge"), (("price",), "lt")]
    nested = {"type": "object", "properties": {"status": TEXT, "colour": TEXT}}
    assert filters_of("filter", nested) == [(("status",), "eq")]
    (status,) = filters.filters(SHAPES, "filter", nested, PROPERTIES)
    assert status.fits({"status": "new"}, {"filter": {"status": "new"}})
    assert not status.fits({"status": "new"}, {"filter": {"status": "old"}})
    assert status.fits({"status": "new"}, {"filter": {}})


@pytest.mark.parametrize(
    ("item", "wanted", "fits"),
    [
        ({"x": "a"}, "a", True),
        ({"x": "a"}, "A", False),
        ({"x": 5}, 5.0, True),
        ({"x": 5}, "5", True),
        ({"x": True}, "true", True),
        ({"x": 1}, True, False),
        ({"x": ["a", "b"]}, "b", True),
        ({"x": ["a", "b"]}, ["c", "b"], True),
        ({"x": ["a", "b"]}, ["c"], False),
        ({"x": "a"}, "c,a", True),
        ({"x": [{"id": 1, "name": "a"}]}, "a", True),
        ({}, "a", False),
        ({"x": None}, "a", False),
        ([], "a", False),
    ],
)
def test_equal_is_as_a_query_writes_it(item: Any, wanted: Any, *, fits: bool) -> None:
    assert Filter("x", None, ("x",), "eq").fits(item, {"x": wanted}) is fits


@pytest.mark.parametrize(
    ("value", "test", "wanted", "fits"),
    [
        (5, "ge", 5, True),
        (5, "gt", 5, False),
        (5, "gt", "4.5", True),
        (None, "ge", 5, False),
        ("2026-01-02", "lt", "2026-01-02T00:00:01Z", True),
        ("2026-01-02T10:00:00+02:00", "le", "2026-01-02T08:00:00Z", True),
        ("beta", "gt", "Alpha", True),
        ("beta", "gt", 5, False),
        ("Networked array", "in", "ARR", True),
        ("Networked array", "in", "x", False),
    ],
)
def test_limits(value: Any, test: str, wanted: Any, *, fits: bool) -> None:
    assert Filter("x", None, ("x",), test).fits({"x": value}, {"x": wanted}) is fits


def test_search_looks_into_what_is_near() -> None:
    item = {"a": "one", "b": [{"c": "two"}], "d": {"e": {"f": {"g": "deep"}}}, "h": 5}
    assert sorted(filters.texts(item)) == ["one", "two"]
