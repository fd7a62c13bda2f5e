"""The lines of places in a text. Expected values by counting."""

from __future__ import annotations

import pytest

from locum.openapi.places import Places

LINES = """\
openapi: 3.1.0
paths:
  # a comment
  /a b:
    get: {parameters: [],
      responses: {}}
  "/c":
  - x: 1
    y: 2
  - 3
200: null
"""


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        ((), 1),
        (("paths",), 2),
        (("paths", "/a b"), 4),
        (("paths", "/a b", "get", "parameters"), 5),
        (("paths", "/a b", "get", "responses"), 6),
        (("paths", "/c"), 7),
        (("paths", "/c", 0), 8),
        (("paths", "/c", "0", "y"), 9),
        (("paths", "/c", 1), 10),
        (("200",), 11),
        # What is not there is nearest to what is.
        (("nothing",), 1),
        (("paths", "/a b", "put", "responses"), 4),
        (("paths", "/c", 2, "x"), 7),
        (("200", "x"), 11),
    ],
)
def test_line_of_a_pointer(pointer: tuple[str | int, ...], line: int) -> None:
    assert Places(LINES).line(pointer) == line


def test_line_in_json() -> None:
    assert Places('{\n "a": {\n  "b": [\n   1,\n   2]}}').line(("a", "b", 1)) == 5


def test_all_places_of_a_text_of_one_line_are_there() -> None:
    assert Places('{"a": {"b": [1, 2]}}').line(("a", "b", 1)) == 1


def test_text_that_is_no_yaml_has_one_line() -> None:
    assert Places("a: [1").line(("a",)) == 1


def test_alias_has_the_places_of_its_anchor() -> None:
    """It stands in a line of its own; what is in it stands where it is written."""
    places = Places("a: &x\n  k: 1\n  l: [\n    *y, 2]\nb: *x\n".replace("*y, ", ""))
    assert [places.line(("b",)), places.line(("b", "k")), places.line(("b", "l", 0))] == [5, 2, 4]


@pytest.mark.parametrize("text", ["a: &x [*x]\n", "[a]: b\n", "", "&a : *a", "a: 1\n---\nb: 2\n"])
def test_what_is_read_by_nobody_has_places_all_the_same(text: str) -> None:
    assert Places(text).line(("a", 0, 0, 0, "b")) >= 1
