"""Forms: URL-encoded and multipart, and the objects that they are."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.exceptions import HTTPException

from locum.exceptions import InvalidRequest, UnreadableBody
from locum.http.forms import MOST_FIELDS, read_multipart, read_urlencoded, without_bytes
from locum.http.shapes import Shape
from locum.openapi.schemas import Schemas

FORM = {
    "type": "object",
    "properties": {
        "n": {"type": "integer"},
        "name": {"type": "string"},
        "ok": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "sizes": {"type": "array", "items": {"type": "integer"}},
        "point": {"type": "object", "properties": {"x": {"type": "integer"}}},
        "points": {
            "type": "array",
            "items": {"type": "object", "properties": {"x": {"type": "integer"}}},
        },
        "file": {"type": "string", "format": "binary"},
        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
        "image": {"contentMediaType": "image/png"},
        "any": {},
    },
}


def shape(schema: dict[str, Any] = FORM) -> Shape:
    return Shape.of(Schemas({"openapi": "3.1.0", "s": schema}).at("s"))


def urlencoded(raw: bytes, encodings: dict[str, Any] | None = None, charset: str = "utf-8") -> Any:
    return read_urlencoded(raw, charset, shape(), encodings or {})


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"n=7&name=7&ok=true", {"n": 7, "name": "7", "ok": True}),
        (b"name=a+b%20c%C3%A9&name2=%2B", {"name": "a b c\xe9", "name2": "+"}),
        (b"name=&n", {"name": "", "n": ""}),
        (b"tags=a&tags=b", {"tags": ["a", "b"]}),
        (b"tags=a", {"tags": ["a"]}),
        (b"tags[]=a&tags[]=b", {"tags": ["a", "b"]}),
        (b"sizes[0]=1&sizes[1]=2", {"sizes": [1, 2]}),
        (b"sizes=%5B1%2C2%5D", {"sizes": [1, 2]}),
        (b"point[x]=1", {"point": {"x": 1}}),
        (b"point=%7B%22x%22%3A1%7D", {"point": {"x": 1}}),
        (b"points[0][x]=1&points[1][x]=2", {"points": [{"x": 1}, {"x": 2}]}),
        (b"name=a&name=b", {"name": ["a", "b"]}),  # for the schema to refuse
        (b"other=1&other=2", {"other": ["1", "2"]}),
        (b"", {}),
        (b"&&=", {"": ""}),
    ],
)
def test_fields_are_an_object(raw: bytes, value: dict[str, Any]) -> None:
    assert urlencoded(raw) == value


def test_fields_of_an_object_may_stand_beside_the_others() -> None:
    """Unless the form has fields of that name itself, or of any name, or two objects of it do."""
    point = {"type": "object", "properties": {"x": {"type": "integer"}}}
    form: dict[str, Any] = {"properties": {"point": point, "n": {"type": "integer"}}}

    def read(schema: dict[str, Any], raw: bytes) -> Any:
        return read_urlencoded(raw, "utf-8", shape(schema), {})

    assert read(form, b"x=1&n=2") == {"point": {"x": 1}, "n": 2}
    assert read(form, b"y=1") == {"y": "1"}
    assert read(form | {"additionalProperties": True}, b"x=1") == {"x": "1"}
    own = {"properties": form["properties"] | {"x": {"type": "string"}}}
    assert read(own, b"x=1") == {"x": "1"}
    two = {"properties": form["properties"] | {"place": point}}
    assert read(two, b"x=1") == {"x": "1"}


@pytest.mark.parametrize(
    ("encoding", "raw", "value"),
    [
        ({"style": "form", "explode": False}, b"tags=a,b", ["a", "b"]),
        ({"explode": False}, b"tags=a%2Cb", ["a", "b"]),
        ({"style": "spaceDelimited"}, b"tags=a%20b", ["a", "b"]),
        ({"style": "pipeDelimited"}, b"tags=a|b", ["a", "b"]),
        ({"style": "pipeDelimited"}, b"tags=a|b&tags=c", ["a|b", "c"]),
        ({"style": "form"}, b"tags=a,b", ["a,b"]),
        ({"style": "deepObject"}, b"tags[]=a", ["a"]),
    ],
)
def test_an_array_is_written_as_its_encoding_says(
    encoding: dict[str, Any], raw: bytes, value: list[str]
) -> None:
    assert urlencoded(raw, {"tags": encoding}) == {"tags": value}


def test_an_object_is_written_as_its_encoding_says() -> None:
    encoding = {"point": {"style": "form", "explode": False}}
    assert urlencoded(b"point=x,1", encoding) == {"point": {"x": 1}}
    with pytest.raises(InvalidRequest) as raised:
        urlencoded(b"point=x", encoding)
    (fault,) = raised.value.faults
    assert (fault.location, fault.message) == (
        ("body", "point"),
        "Found 'x', expected it written as name,value,name,value",
    )


def test_a_form_is_in_its_charset() -> None:
    assert urlencoded(b"name=%E9", charset="latin-1") == {"name": "\xe9"}
    for raw in (b"name=%E9", b"name=\xe9"):
        with pytest.raises(UnreadableBody, match="The form is not encoded in utf-8"):
            urlencoded(raw)


def test_a_form_of_too_many_fields_is_not_read() -> None:
    assert urlencoded(b"&".join([b"tags=a"] * MOST_FIELDS)) == {"tags": ["a"] * MOST_FIELDS}
    with pytest.raises(UnreadableBody, match="The form has more than 1000 fields"):
        urlencoded(b"&".join([b"tags=a"] * (MOST_FIELDS + 1)))


def part(name: str, data: bytes = b"", media_type: str = "", file: str | None = None) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{name}"'
    if file is not None:
        disposition += f'; filename="{file}"'
    kind = f"\r\nContent-Type: {media_type}" if media_type else ""
    return f"{disposition}{kind}\r\n\r\n".encode() + data


def multipart(*parts: bytes, encodings: dict[str, Any] | None = None) -> Any:
    raw = b"".join(b"--B\r\n" + each + b"\r\n" for each in parts) + b"--B--\r\n"
    return read_multipart(raw, "B", shape(), encodings or {})


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (part("n", b"7"), {"n": 7}),
        (part("name", "é".encode()), {"name": "é"}),
        (part("name", b"a\r\nb"), {"name": "a\r\nb"}),
        (part("point", b'{"x": 1}', "application/json"), {"point": {"x": 1}}),
        (part("point", b'{"x": 1}'), {"point": {"x": 1}}),
        (part("point[x]", b"1"), {"point": {"x": 1}}),
        (part("any", b"[7]", "application/vnd.a+json"), {"any": [7]}),
        (part("sizes", b"[1, 2]", "application/json"), {"sizes": [1, 2]}),
        (part("tags", b"a"), {"tags": ["a"]}),
        # Files.
        (part("file", b"abc", "text/plain", "a.txt"), {"file": b"abc"}),
        (part("file", b"abc"), {"file": b"abc"}),
        (part("file", b"\x00\xff", "image/png", "a.png"), {"file": b"\x00\xff"}),
        (part("files", b"\xff", "image/png", "a"), {"files": [b"\xff"]}),
        (part("image", b"abc"), {"image": b"abc"}),
        (part("any", b"abc", "", "a"), {"any": b"abc"}),
        (part("any", b"abc"), {"any": "abc"}),
        (part("name", b"abc", "text/plain", "a.txt"), {"name": "abc"}),
        (part("name", b"\xff"), {"name": b"\xff"}),
        (part("other", b"abc", "application/octet-stream", "a"), {"other": b"abc"}),
        (part("file", b"", "", ""), {"file": b""}),
    ],
)
def test_a_part_is_a_field(given: bytes, value: dict[str, Any]) -> None:
    assert multipart(given) == value


def test_parts_of_one_name_are_an_array() -> None:
    assert multipart(part("tags", b"a"), part("n", b"1"), part("tags", b"b")) == {
        "tags": ["a", "b"],
        "n": 1,
    }
    assert multipart(part("points", b'{"x": 1}'), part("points", b'{"x": 2}')) == {
        "points": [{"x": 1}, {"x": 2}]
    }


def test_the_document_may_say_what_a_part_is() -> None:
    assert multipart(part("any", b"7"), encodings={"any": {"contentType": "application/json"}}) == {
        "any": 7
    }
    with pytest.raises(InvalidRequest) as raised:
        multipart(part("any", b"{", "application/json"))
    (fault,) = raised.value.faults
    assert (fault.location, fault.kind) == (("body", "any"), "json_invalid")


def test_a_multipart_form_without_a_boundary_is_of_no_type_that_is_read() -> None:
    with pytest.raises(HTTPException, match="The form's Content-Type has no boundary") as caught:
        read_multipart(b"n=1", "", shape(), {})
    assert caught.value.status_code == 415


RESERVED = {"name": {"allowReserved": False}, "point": {"allowReserved": False}}


@pytest.mark.parametrize(
    "raw", [b"name=a%3Ab", b"name=(a)!*'+b", b"tags=a:b", b"tags=name=a/b", b"point[x]=1", b"name"]
)
def test_what_a_form_may_hold_is_read(raw: bytes) -> None:
    assert urlencoded(raw, RESERVED) == urlencoded(raw)


@pytest.mark.parametrize("character", ":/?#[]@$,;=")
def test_a_reserved_character_is_encoded_where_the_document_asks_for_it(character: str) -> None:
    for name, field in (("name", "name"), ("n%61me", "name"), ("point[x]", "point")):
        raw = f"tags=a&{name}=b{character}".encode()
        with pytest.raises(InvalidRequest) as caught:
            urlencoded(raw, RESERVED)
        (fault,) = caught.value.faults
        assert fault.location == ("body", field)
        expected = f"%{ord(character):02X}"
        assert fault.message == f"Found {character!r}, expected it written as {expected}"
        assert urlencoded(raw, {"name": {"allowReserved": True}}) == urlencoded(raw)


def test_an_empty_form_has_no_fields() -> None:
    assert multipart() == {}


@pytest.mark.parametrize(
    ("raw", "boundary", "message"),
    [
        (b"--B\r\n" + part("n") + b"\r\n", "B", "The form has no end"),
        (b"", "B", "The form has no end"),
        (b"--C--\r\n", "B", "The form cannot be read: "),
        (b"--B\r\n" + part("n") + b"\r\n--B--", "B" * 5000, "The form cannot be read: "),
        (b"--B\r\nX: y\r\n\r\n\r\n--B--\r\n", "B", "A part of the form has no name"),
        (
            b"--B\r\nContent-Disposition: attachment; name=n\r\n\r\n\r\n--B--\r\n",
            "B",
            "A part of the form has no name",
        ),
        (b"--B\r\n" + b"X: y\r\n" * 100 + b"\r\n\r\n--B--\r\n", "B", "The form cannot be read: "),
        (b"--B\r\nX: " + b"y" * 5000 + b"\r\n\r\n\r\n--B--\r\n", "B", "The form cannot be read: "),
        (
            (b"--B\r\n" + part("n") + b"\r\n") * 1001 + b"--B--\r\n",
            "B",
            "The form has more than 1000",
        ),
    ],
)
def test_what_is_no_multipart_form_is_not_read(
    raw: bytes, boundary: str, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """And nothing is logged by the parser."""
    with pytest.raises(UnreadableBody) as raised:
        read_multipart(raw, boundary, shape(), {})
    assert str(raised.value).startswith(message)
    assert capfd.readouterr() == ("", "")


def test_bytes_are_texts_of_their_length_to_a_schema() -> None:
    value = {"a": b"\xff\x00", "b": [b"c", 7], "d": "e"}
    assert without_bytes(value) == {"a": "\xff\x00", "b": ["c", 7], "d": "e"}
