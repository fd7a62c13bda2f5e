from __future__ import annotations

from typing import Any

import pytest

from locum.generate.paging import Facts, Page, Paging, paging
from locum.generate.shapes import Shapes
from tests.generate.collections_documents import SHOP

SHAPES = Shapes(SHOP.schemas)
INTEGER, TEXT = {"type": "integer"}, {"type": "string"}
LETTERS = [{"id": letter} for letter in "abcdefg"]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"limit": INTEGER, "offset": INTEGER}, Paging(size="limit", offset="offset")),
        ({"$top": INTEGER, "$skip": INTEGER}, Paging(size="$top", offset="$skip")),
        (
            {"pageSize": INTEGER | {"default": 25, "maximum": 100}, "page": INTEGER},
            Paging(size="pageSize", default=25, most=100, page="page"),
        ),
        (
            {"size": INTEGER, "page": INTEGER | {"minimum": 0}},
            Paging(size="size", default=10, page="page", first_page=0),
        ),
        (
            {"page[number]": INTEGER, "page[size]": INTEGER},
            Paging(size="page[size]", default=10, page="page[number]"),
        ),
        (
            {"first": INTEGER, "after": TEXT, "before": TEXT},
            Paging(size="first", default=10, after="after", before="before"),
        ),
        ({"page": TEXT, "limit": INTEGER}, Paging(size="limit", default=10, after="page")),
        ({"maxResults": INTEGER, "pageToken": TEXT}, Paging("maxResults", 10, after="pageToken")),
        ({"before": TEXT | {"format": "date-time"}, "size": TEXT, "colour": TEXT}, Paging()),
    ],
)
def test_parameters_that_page(parameters: dict[str, Any], expected: Paging) -> None:
    assert paging(SHAPES, parameters) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "ab"),
        ({"limit": 3, "offset": 2}, "cde"),
        ({"limit": "3"}, "abc"),
        ({"limit": 0}, ""),
        ({"limit": -1}, "ab"),  # as without one
        ({"limit": 100}, "abcde"),  # at most 5
        ({"offset": 9}, ""),
        ({"offset": -3}, "ab"),
        ({"page": 2}, "cd"),
        ({"page": 1}, "ab"),
        ({"page": 0}, "ab"),
        ({"after": "c"}, "de"),
        ({"after": 3}, "de"),
        ({"after": "none"}, "ab"),
        ({"after": "none", "limit": 3}, "abc"),
        ({"before": "none"}, "ab"),
        ({"after": "g"}, ""),
        ({"before": "e"}, "cd"),
        ({"before": "b"}, "a"),
        ({"page": 4}, "g"),
    ],
)
def test_part(query: dict[str, Any], expected: str) -> None:
    paged = Paging("limit", 2, 5, "offset", "page", 1, "after", "before")
    page = paged.part(LETTERS, query, "id")
    assert "".join(item["id"] for item in page.items) == expected
    assert page.total == 7


def said(names: dict[str, frozenset[str]], facts: Facts, *, urls: tuple[str, ...] = ()) -> Any:
    found = {}
    for name, types in names.items():
        candidates = facts.candidates(name.lower().replace("_", ""), types, is_url=name in urls)
        if candidates is not None:
            found[name] = candidates[0] if candidates else None
    return found


def members(types: str, *names: str) -> dict[str, frozenset[str]]:
    return dict.fromkeys(names, frozenset(types.split()))


MIDDLE = Page(tuple(LETTERS[2:4]), 2, 7, 2)
LAST = Page(tuple(LETTERS[6:]), 6, 7, 2)


def test_what_django_says() -> None:
    """https://www.django-rest-framework.org/api-guide/pagination/#pagenumberpagination"""
    names = members("integer", "count") | members("string null", "next", "previous")
    facts = Facts(MIDDLE, Paging(page="page"), "id", {"page": 2, "q": "x"}, "https://a.example/l")
    assert said(names, facts, urls=("next", "previous")) == {
        "count": 7,
        "next": "https://a.example/l?page=3&q=x",
        "previous": "https://a.example/l?page=1&q=x",
    }
    facts = Facts(LAST, Paging(page="page"), "id", {"page": 4}, "https://a.example/l")
    assert said(names, facts, urls=("next", "previous"))["next"] is None


def test_the_page_before_begins_with_the_first_item() -> None:
    facts = Facts(Page(tuple(LETTERS[1:3]), 1, 7, 2), Paging(offset="offset"), "id", {}, "/l")
    names = members("integer", "previous", "next")
    assert said(names, facts) == {"previous": 0, "next": 3}


def test_what_spring_says() -> None:
    """https://docs.spring.io/spring-data/commons/docs/current/api/org/springframework/data/domain/Page.html"""
    names = members("integer", "totalElements", "totalPages", "number", "size", "numberOfElements")
    names |= members("boolean", "first", "last", "empty")
    facts = Facts(LAST, Paging(page="page", first_page=0), "id", {"page": 3}, "/l", has_total=True)
    assert said(names, facts) == {
        "totalElements": 7,
        "totalPages": 4,
        "number": 3,
        "size": 2,
        "numberOfElements": 1,
        "first": False,
        "last": True,
        "empty": False,
    }


def test_what_openai_says() -> None:
    names = members("string", "first_id", "last_id", "object") | members("boolean", "has_more")
    facts = Facts(MIDDLE, Paging(after="after"), "id", {}, "/l")
    assert said(names, facts) == {"first_id": "c", "last_id": "d", "has_more": True}


def test_next_cursor_leads_on_whatever_is_its_type() -> None:
    paged = Paging("limit", 2, after="cursor")
    facts = Facts(MIDDLE, paged, "id", {}, "/l")
    candidates = facts.candidates("nextcursor", frozenset(["string", "integer"]), is_url=False)
    assert candidates is not None
    assert candidates[1:] == ["d", 4]
    for candidate in candidates:
        page = paged.part(LETTERS, {"cursor": candidate}, "id")
        assert [item["id"] for item in page.items] == ["e", "f"]
    without_ids = Page(("a", "b"), 0, 4, 2)
    cursor = Facts(without_ids, paged, None, {}, "/l").candidates(
        "nextcursor", frozenset(["string"]), is_url=False
    )
    assert cursor
    assert paged.part([*"abcd"], {"cursor": cursor[0]}, None).items == ("c", "d")


def test_number_that_is_a_cursor_is_an_id_where_ids_are_numbers() -> None:
    """4 stands before 2: as a position, 2 would lead to the item behind it."""
    items = [{"id": number} for number in (9, 4, 2, 7)]
    paged = Paging("limit", 2, after="cursor")
    page = paged.part(items, {}, "id")
    candidates = Facts(page, paged, "id", {}, "/l").candidates(
        "nextcursor", frozenset(["integer"]), is_url=False
    )
    assert candidates
    assert candidates[-1] == 4
    assert paged.part(items, {"cursor": 4}, "id").items == ({"id": 2}, {"id": 7})


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 0, "offset": 3}])
def test_a_page_of_no_items_has_the_total_and_leads_nowhere(query: dict[str, Any]) -> None:
    paged = Paging("limit", 2, offset="offset")
    page = paged.part(LETTERS, query, "id")
    names = members("integer", "total", "returned", "limit", "totalPages")
    names |= members("boolean", "has_more", "has_previous", "last")
    names |= members("string null", "next", "previous")
    assert page.items == ()
    assert said(names, Facts(page, paged, "id", query, "/l"), urls=("next", "previous")) == {
        "total": 7,
        "returned": 0,
        "limit": 0,
        "totalPages": 0,
        "has_more": False,
        "has_previous": False,
        "last": True,
        "next": None,
        "previous": None,
    }


def test_other_members_say_nothing() -> None:
    facts = Facts(MIDDLE, Paging(), "id", {}, "/l")
    names = members("integer", "age", "year") | members("string", "name", "object", "total")
    names |= members("object", "page") | members("string", "cursor")
    assert said(names, facts) == {}
