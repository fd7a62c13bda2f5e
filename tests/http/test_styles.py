"""Styles of parameters: how one text is taken apart."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from locum.http.styles import Malformed, Writing, style_in

ARRAY = ["blue", "black", "brown"]
OBJECT = {"R": "100", "G": "200", "B": "150"}

# OpenAPI 3.1.0, section 4.8.12.4, the parameter `color`: style, explode, text.
SINGLE = [("matrix", False, ";color=blue"), ("label", False, ".blue"), ("simple", False, "blue")]
ARRAYS = [
    ("matrix", False, ";color=blue,black,brown"),
    ("matrix", True, ";color=blue;color=black;color=brown"),
    ("label", False, ".blue.black.brown"),
    ("label", True, ".blue.black.brown"),
    ("label", False, ".blue,black,brown"),  # of OpenAPI 3.1.1, as RFC 6570 has it
    ("form", False, "blue,black,brown"),
    ("simple", False, "blue,black,brown"),
    ("simple", True, "blue,black,brown"),
    ("spaceDelimited", False, "blue%20black%20brown"),
    ("pipeDelimited", False, "blue%7Cblack%7Cbrown"),
    ("pipeDelimited", False, "blue|black|brown"),
]
OBJECTS = [
    ("matrix", False, ";color=R,100,G,200,B,150"),
    ("matrix", True, ";R=100;G=200;B=150"),
    ("label", False, ".R.100.G.200.B.150"),
    ("label", True, ".R=100.G=200.B=150"),
    ("label", False, ".R,100,G,200,B,150"),  # as above
    ("form", False, "R,100,G,200,B,150"),
    ("simple", False, "R,100,G,200,B,150"),
    ("simple", True, "R=100,G=200,B=150"),
    ("spaceDelimited", False, "R%20100%20G%20200%20B%20150"),
    ("pipeDelimited", False, "R%7C100%7CG%7C200%7CB%7C150"),
]


def writing(style: str, *, explode: bool) -> Writing:
    return Writing("color", style, explode, unquote)


@pytest.mark.parametrize(("style", "explode", "text"), SINGLE)
@pytest.mark.parametrize("is_exploded", [False, True])
def test_single_values_of_the_specification(
    style: str, text: str, *, explode: bool, is_exploded: bool
) -> None:
    assert writing(style, explode=explode or is_exploded).single(text) == "blue"


@pytest.mark.parametrize(("style", "explode", "text"), ARRAYS)
def test_arrays_of_the_specification(style: str, text: str, *, explode: bool) -> None:
    assert writing(style, explode=explode).items(text) == ARRAY


@pytest.mark.parametrize(("style", "explode", "text"), OBJECTS)
def test_objects_of_the_specification(style: str, text: str, *, explode: bool) -> None:
    assert writing(style, explode=explode).properties(text) == OBJECT


@pytest.mark.parametrize(
    ("style", "explode", "text", "expected"),
    [
        # A delimiter that is encoded belongs to an item, where others part them.
        ("simple", False, "a%2Cb,c", ["a,b", "c"]),
        ("form", False, "a%2Cb,c", ["a,b", "c"]),
        ("pipeDelimited", False, "a%7Cb|c", ["a|b", "c"]),
        ("matrix", False, ";color=a%2Cb,c", ["a,b", "c"]),
        ("matrix", True, ";color=a%3Bb;color=c", ["a;b", "c"]),
        # Where none does, clients have encoded all of them.
        ("simple", False, "a%2Cb", ["a", "b"]),
        ("matrix", False, "%3Bcolor%3Da%2Cb", ["a", "b"]),
        ("label", False, "%2Ea%2Eb", ["a", "b"]),
        # Empty texts.
        ("simple", False, "", [""]),
        ("simple", False, "a,,b", ["a", "", "b"]),
        ("label", False, ".", [""]),
        ("matrix", False, ";color=", [""]),
        ("matrix", False, ";color", [""]),
        ("simple", False, "a, b", ["a", "b"]),
    ],
)
def test_pieces_are_decoded_once_they_are_apart(
    style: str, text: str, expected: list[str], *, explode: bool
) -> None:
    assert writing(style, explode=explode).items(text) == expected


@pytest.mark.parametrize(
    ("style", "explode", "text", "example"),
    [
        ("label", False, "blue", ".value"),
        ("matrix", False, "blue", ";color=…"),
        ("matrix", False, ";size=blue", ";color=…"),
        ("matrix", False, ";color=a;color=b", ";color=…"),
        ("matrix", True, ";color=a;size=b", ";color=…;color=…"),
        ("matrix", True, "a", ";color=…"),
    ],
)
def test_what_is_not_in_its_style_is_told_what_is(
    style: str, text: str, example: str, *, explode: bool
) -> None:
    with pytest.raises(Malformed) as raised:
        writing(style, explode=explode).items(text)
    assert str(raised.value) == example


@pytest.mark.parametrize(
    ("style", "explode", "text", "example"),
    [
        ("simple", False, "R,100,G", "name,value,name,value"),
        ("pipeDelimited", False, "R", "name|value|name|value"),
        ("label", False, ".R.100.G", "name.value.name.value"),
        ("simple", True, "R,100", "name=value,name=value"),
        ("label", True, ".R.100", "name=value.name=value"),
        ("matrix", False, ";size=R,100", ";color=…"),
    ],
)
def test_an_object_is_pairs(style: str, text: str, example: str, *, explode: bool) -> None:
    with pytest.raises(Malformed) as raised:
        writing(style, explode=explode).properties(text)
    assert str(raised.value) == example


@pytest.mark.parametrize(
    ("place", "named", "expected"),
    [
        ("path", None, "simple"),
        ("path", "matrix", "matrix"),
        ("path", "form", "simple"),
        ("query", None, "form"),
        ("query", "deepObject", "deepObject"),
        ("query", "simple", "form"),
        ("header", "form", "simple"),
        ("cookie", None, "form"),
        ("cookie", "deepObject", "form"),
    ],
)
def test_a_style_that_its_place_has_not_is_the_default(
    place: str, named: str | None, expected: str
) -> None:
    assert style_in(place, named) == expected
