"""Media types: which one answers a request, and which documented one a body has."""

from __future__ import annotations

import time

import pytest

from locum.openapi.media_types import MediaType, best, documented, is_json, is_xml

JSON, PROBLEM, CSV, HTML = "application/json", "application/problem+json", "text/csv", "text/html"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("text/html", ("text", "html", {})),
        (" Text/HTML ;Charset=UTF-8", ("text", "html", {"charset": "UTF-8"})),
        ('text/html; charset="utf-8"; a=b', ("text", "html", {"charset": "utf-8", "a": "b"})),
        (r'a/b; x="say \"a, b; c\""', ("a", "b", {"x": 'say "a, b; c"'})),
        ("application/vnd.api+json", ("application", "vnd.api+json", {})),
        ("a/b;x=", ("a", "b", {"x": ""})),
        ("a/b;;x=1;", ("a", "b", {"x": "1"})),
        ("a/b;x=1;x=2", ("a", "b", {"x": "1"})),
        ("multipart/form-data; boundary=--a/b:c?d=e", None),
        ("*/*", ("*", "*", {})),
        ("text/*", ("text", "*", {})),
        ("*/html", None),
        ("text", None),
        ("text/", None),
        ("text/html x", None),
        ("text/html; x", None),
        ("", None),
    ],
)
def test_a_media_type_is_read(text: str, expected: tuple[str, str, dict[str, str]] | None) -> None:
    found = MediaType.read(text)
    if text.startswith("multipart"):  # a boundary may have them, though it should be quoted
        assert found is not None
        assert found.parameters == {"boundary": "--a/b:c?d=e"}
    else:
        assert (found and (found.type, found.subtype, found.parameters)) == expected


# RFC 9110, section 12.5.1: the header, and how much each of these types is wanted.
RFC_ACCEPT = (
    "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, "
    "text/plain;format=fixed;q=0.4, */*;q=0.5"
)
RFC_QUALITIES = {
    "text/plain;format=flowed": 1,
    "text/plain": 0.7,
    "text/html": 0.3,
    "image/jpeg": 0.5,
    "text/plain;format=fixed": 0.4,
    "text/html;level=3": 0.3,
}


def test_the_types_of_the_rfc_are_wanted_as_much_as_it_says() -> None:
    """Of each two the one that its table wants more, whichever stands first."""
    for one, much in RFC_QUALITIES.items():
        for other, less in RFC_QUALITIES.items():
            if much > less:
                assert best(RFC_ACCEPT, [one, other]) == one
                assert best(RFC_ACCEPT, [other, one]) == one


@pytest.mark.parametrize(
    ("accept", "offered", "expected"),
    [
        # Nothing is asked for.
        ("", [CSV, JSON], JSON),
        ("", [CSV, PROBLEM, JSON], JSON),
        ("", [CSV, PROBLEM], PROBLEM),
        ("", [CSV, HTML], CSV),
        (" ", [CSV], CSV),
        ("", ["*/*"], JSON),
        ("", ["text/*"], "text/plain"),
        ("", ["image/*"], "image/png"),
        ("", [], None),
        # Equals.
        ("*/*", [CSV, JSON], JSON),
        ("text/csv, application/json", [CSV, JSON], JSON),
        ("application/json, text/plain, */*", [CSV, JSON], JSON),
        ("text/*", [HTML, CSV], HTML),
        # Quality.
        ("text/csv;q=0.9, application/json;q=0.8", [JSON, CSV], CSV),
        ("text/csv, */*;q=0.1", [JSON, CSV], CSV),
        ("application/json;q=0, */*", [JSON, CSV], CSV),
        ("application/json;q=0", [JSON], None),
        ("application/json;q=0.0, */*", [JSON], None),
        ("*/*;q=0", [JSON, CSV], None),
        ("*/*;q=0, text/csv", [JSON, CSV], CSV),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", [JSON, HTML], HTML),
        # Nothing that is offered.
        ("text/html", [JSON], None),
        ("application/problem+json", [JSON], None),
        # In any case, and in several fields joined.
        ("TEXT/CSV", [CSV], CSV),
        ("text/html,\ttext/csv", [CSV], CSV),
        # Parameters.
        ("application/json; charset=utf-8", [JSON], JSON),
        (
            "application/json",
            ["application/json; charset=utf-8"],
            "application/json; charset=utf-8",
        ),
        ("a/b;v=2", ["a/b;v=1", "a/b;v=2"], "a/b;v=2"),
        ("a/b;v=3", ["a/b;v=1", "a/b;v=2"], None),
        ("a/b", ["a/b;v=1", "a/b;v=2"], "a/b;v=1"),
        ('a/b;v="2"', ["a/b;v=2"], "a/b;v=2"),
        ("a/b;v=2", ["a/b"], "a/b"),
        ("a/b;v=2;q=0, a/b", ["a/b"], "a/b"),
        # Ranges in the document.
        ("text/csv", ["*/*"], CSV),
        ("text/csv", ["text/*"], CSV),
        ("image/webp, image/*;q=0.5", ["image/*"], "image/webp"),
        ("image/*", ["*/*"], "image/png"),
        ("text/csv", ["application/*"], None),
        ("application/*", ["application/*"], JSON),
        ("text/csv;q=0.1, application/json;q=0", ["*/*"], CSV),
        ("text/csv", [JSON, "*/*"], CSV),
        # What is no media range, or has no quality that is a number, is ignored.
        ("text/csv;q=x, application/json;q=0.1", [JSON, CSV], JSON),
        ("text, /, ;q=1, *, text/csv", [CSV, JSON], CSV),
        (",,text/csv,", [CSV], CSV),
        ('text/csv;x=", application/json', [CSV, JSON], JSON),
        ("text/html, image/gif, *; q=.2, */*; q=.2", [JSON], JSON),
        ("text/csv;q=7", [CSV], CSV),
        ("nonsense", [JSON], None),
    ],
)
def test_what_the_client_wants_most_answers(
    accept: str, offered: list[str], expected: str | None
) -> None:
    assert best(accept, offered) == expected


def test_a_long_header_is_read_in_little_time() -> None:
    for text in ('a/b;x="', '"', "a/b;", "a/b,", " ", '\\"', "a/b;x=y;q=0.1,"):
        began = time.perf_counter()
        best(text * (65_536 // len(text)), [JSON, "*/*"])
        assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    ("content_type", "names", "expected"),
    [
        ("application/json", [JSON], JSON),
        ("Application/JSON; charset=utf-8", [JSON], JSON),
        (
            "application/json",
            ["application/json; charset=utf-8"],
            "application/json; charset=utf-8",
        ),
        ("application/json", [PROBLEM], None),
        ("application/problem+json", [JSON], None),
        ("text/csv", ["text/*", "*/*"], "text/*"),
        ("text/csv", ["*/*", "text/*"], "text/*"),
        ("text/csv", ["*/*", "text/csv"], "text/csv"),
        ("image/png", ["text/*"], None),
        ("image/png", ["*/*"], "*/*"),
        ("a/b; v=2", ["a/b; v=1", "a/b; v=2"], "a/b; v=2"),
        ("a/b; v=3", ["a/b; v=1", "a/b; v=2"], None),
        ("a/b", ["a/b; v=1", "a/b; v=2"], "a/b; v=1"),
        ("a/b; v=3", ["a/b; v=1", "a/b"], "a/b"),
        ("a/b; v=1", ["a/b", "a/b; v=1"], "a/b; v=1"),
        ("multipart/form-data; boundary=x", ["multipart/form-data"], "multipart/form-data"),
        ("application/json; charset", [JSON], JSON),
        ("nonsense", ["*/*"], None),
        ("", ["*/*"], None),
        ("application/json", [], None),
    ],
)
def test_a_body_has_the_documented_type_that_is_closest(
    content_type: str, names: list[str], expected: str | None
) -> None:
    assert documented(content_type, names) == expected


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [
        (JSON, True),
        (PROBLEM, True),
        ("Application/JSON ; charset=utf-8", True),
        ("application/x-ndjson", False),
        ("text/json-ish", False),
        ("text/plain; x=application/json", False),
    ],
)
def test_json_is_json_whatever_its_kind(media_type: str, *, expected: bool) -> None:
    assert is_json(media_type) is expected


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [
        ("application/xml", True),
        ("Text/XML; charset=utf-8", True),
        ("image/svg+xml", True),
        ("application/xml-dtd", False),
        ("application/json; a=b+xml", False),
    ],
)
def test_xml_is_known_by_its_subtype(media_type: str, *, expected: bool) -> None:
    assert is_xml(media_type) is expected
