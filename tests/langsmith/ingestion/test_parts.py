"""The parts of a form: how they are told apart, and what they say of themselves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locum.exceptions import InvalidRequest, UnreadableBody, UnsupportedMediaType
from locum.http import forms
from locum.langsmith.ingestion import parts as its
from locum.langsmith.ingestion.parts import Part, parts
from locum.provider import RawBody

FORM = "multipart/form-data; boundary=b0"
NAME = 'Content-Disposition: form-data; name="a"'
JSON = "Content-Type: application/json"
BYTES = "its number of bytes, as in Content-Length"


def form(content: bytes | str, content_type: str = FORM) -> RawBody:
    raw = content.encode() if isinstance(content, str) else content
    return RawBody(raw, {"content-type": content_type})


def one(head: str, content: bytes | str = "1") -> Part:
    """The only part of a form, of that head."""
    raw = content.encode() if isinstance(content, str) else content
    (part,) = parts(form(b"--b0\r\n" + head.encode() + b"\r\n\r\n" + raw + b"\r\n--b0--\r\n"))
    return part


def read(*head: str, content: bytes | str = "1") -> Any:
    """The JSON value of the part of that head."""
    return one("\r\n".join(head), content).json()


def refused(*head: str, content: bytes | str = "1") -> str:
    """The words with which such a part is refused."""
    with pytest.raises(InvalidRequest) as raised:
        read(*head, content=content)
    return str(raised.value)


def unreadable(content: bytes | str, content_type: str = FORM) -> str:
    with pytest.raises(UnreadableBody) as raised:
        list(parts(form(content, content_type)))
    return str(raised.value)


# Heads.


@pytest.mark.parametrize(
    "head",
    [
        (NAME, JSON, "Content-Length: 1"),
        (NAME, f"{JSON}; length=1"),
        (f'{NAME}; filename="blob"', f"{JSON};length=1"),
        ("Content-Length: 1", JSON, NAME),
        (NAME.lower(), JSON.lower(), "content-length:1"),
        ("Content-Disposition:form-data;name=a", JSON, "Content-Length: 1", "X-Other: 7"),
        (NAME, f'{JSON}; charset="utf-8"; Length="1"', "Content-Length: 1"),
        (NAME, f"{JSON}; length=1 ; charset=UTF-8", "Content-Transfer-Encoding: 8bit"),
        (f"{NAME}; filename*=utf-8''%e2%82%ac", JSON, "Content-Length: 000001"),
    ],
)
def test_a_part_says_name_type_and_length_in_any_form_of_a_head(head: tuple[str, ...]) -> None:
    part = one("\r\n".join(head))
    assert (part.name, part.content, part.json()) == (b"a", b"1", 1)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ('name="a b"', "a b"),
        ("name=a", "a"),
        (r'name="a\"b"', 'a"b'),
        ('name="a%22b"', 'a"b'),
        ('name="é"', "é"),
        ('filename="x"; name="a"', "a"),
        ('name=""', ""),
    ],
)
def test_a_name_is_what_is_quoted(written: str, name: str) -> None:
    assert one(f"Content-Disposition: form-data; {written}").name == name.encode()


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("X: 1", "Part 1 has no name in its Content-Disposition"),
        ("Content-Disposition: form-data", "Part 1 has no name in its Content-Disposition"),
        ('Content-Disposition: inline; name="a"', "Part 1 has no name in its Content-Disposition"),
        (f"{NAME}\r\nX", "The head of part 1 is not one header a line, each once"),
        (f"{NAME}\r\nX: 1\r\n 2", "The head of part 1 is not one header a line, each once"),
        (f"{NAME}\r\nX : 1", "The head of part 1 is not one header a line, each once"),
        (f"{NAME}\r\n{NAME}", "The head of part 1 is not one header a line, each once"),
        (
            "\r\n".join([NAME, *(f"X-{number}: 1" for number in range(16))]),
            "The head of part 1 does not end within 4096 bytes and 16 headers",
        ),
        (
            f"{NAME}\r\nX: {'x' * 4_096}",
            "The head of part 1 does not end within 4096 bytes and 16 headers",
        ),
    ],
)
def test_a_head_that_cannot_be_read_is_refused(head: str, expected: str) -> None:
    assert unreadable(f"--b0\r\n{head}\r\n\r\n1\r\n--b0--") == expected


def test_a_name_may_be_so_long() -> None:
    for form_of in (
        'Content-Disposition: form-data; name="{}"',
        "content-disposition: form-data; name={}",
    ):
        head = form_of.format("a" * 300)
        assert len(one(f"{head}\r\n{JSON}\r\nContent-Length: 1").name) == 300
        found = refused(form_of.format("a" * 301), JSON, "Content-Length: 1")
        assert found == f"body.{'a' * 300}: found a name of 301 bytes, expected at most 300"


# Types and lengths.


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (("Content-Length: 1",), "found no Content-Type, expected one of each part"),
        ((JSON,), "found no length, expected a Content-Length, or length in its Content-Type"),
        (
            (f"{JSON}; charset=utf-8",),
            "found no length, expected a Content-Length, or length in its Content-Type",
        ),
        (
            ("Content-Type: text/plain; length=1",),
            "found Content-Type text/plain; length=1, expected application/json",
        ),
        (
            (f"{JSON}; charset=utf-16; length=1",),
            f"found {JSON.replace(':', '')}; charset=utf-16; length=1, expected application/json",
        ),
        (
            ("Content-Type: json", "Content-Length: 1"),
            "found Content-Type json, expected a media type",
        ),
        ((JSON, "Content-Length: 2"), "found 1 bytes, expected 2, as it says"),
        ((f"{JSON}; length=0",), "found 1 bytes, expected 0, as it says"),
        ((JSON, "Content-Length: x"), "found Content-Length x, expected a number of bytes"),
        ((JSON, "Content-Length: -1"), "found Content-Length -1, expected a number of bytes"),
        (
            (JSON, "Content-Length: 1234567890123"),
            "found Content-Length 1234567890123, expected a number of bytes",
        ),
        (
            (f"{JSON}; length=x",),
            f"found length=x in its Content-Type, expected {BYTES}",
        ),
        (
            (f"{JSON}; length=2", "Content-Length: 1"),
            f"found length=2 in its Content-Type, expected {BYTES}",
        ),
        (
            (JSON, "Content-Length: 1", "Content-Encoding: gzip"),
            "found Content-Encoding gzip, expected none of a part",
        ),
        (
            (JSON, "Content-Length: 1", "Content-Transfer-Encoding: base64"),
            "found Content-Transfer-Encoding base64, expected binary",
        ),
    ],
)
def test_a_part_that_says_something_else_is_refused_by_its_name(
    head: tuple[str, ...], expected: str
) -> None:
    assert refused(NAME, *head) == f"body.a: {expected}"


def test_a_length_is_a_number_of_bytes_or_of_characters_in_javascript() -> None:
    """The euro has 3 bytes, the face 4 and two surrogates: with quotation marks 9 and 5."""
    text = '"€😀"'
    for length in (9, 5):
        assert read(NAME, f"{JSON}; length={length}", content=text) == "€😀"
    assert (
        refused(NAME, f"{JSON}; length=4", content=text)
        == "body.a: found 9 bytes, expected 4, as it says"
    )


@pytest.mark.parametrize("content", ["", "{", "nothing", b"\xff", "[" * 300 + "]" * 300])
def test_a_part_that_is_no_json_is_refused_by_its_name(content: bytes | str) -> None:
    size = len(content if isinstance(content, bytes) else content.encode())
    found = refused(NAME, JSON, f"Content-Length: {size}", content=content)
    assert found.startswith("body.a: found no JSON (")
    assert found.endswith("), expected JSON")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("image/png; length=1", "image/png"),
        ("text/plain; charset=utf-8; length=1", "text/plain; charset=utf-8"),
        ('text/plain; Length="1" ; charset=utf-8', "text/plain ; charset=utf-8"),
        ("Image/PNG\r\nContent-Length: 1", "Image/PNG"),
        ("application/json\r\nContent-Length: 1", "application/json"),
    ],
)
def test_the_type_of_a_file_is_as_it_says_without_the_length(said: str, expected: str) -> None:
    assert one(f"{NAME}\r\nContent-Type: {said}", b"\xff").file_type() == expected


@pytest.mark.parametrize(
    "head", ["X: 1", "Content-Type: image/png", "Content-Type: image/png; length=2"]
)
def test_a_file_says_its_type_and_length_too(head: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^body\.a: found "):
        one(f"{NAME}\r\n{head}").file_type()


@pytest.mark.parametrize("said", [JSON, f"{JSON}; charset=utf-8", f"{JSON}; length=1"])
def test_a_part_need_not_say_its_length_where_none_must(said: str) -> None:
    content = f"--b0\r\n{NAME}\r\n{said}\r\n\r\n1\r\n--b0--"
    (part,) = parts(form(content), are_measured=False)
    assert (part.json(), part.file_type().partition(";")[0]) == (1, "application/json")


def test_a_length_that_is_said_must_be_right_all_the_same() -> None:
    content = f"--b0\r\n{NAME}\r\n{JSON}; length=2\r\n\r\n1\r\n--b0--"
    (part,) = parts(form(content), are_measured=False)
    with pytest.raises(InvalidRequest, match="found 1 bytes, expected 2, as it says"):
        part.json()


# Framing.

PART = f"{NAME}\r\n{JSON}\r\nContent-Length: 1\r\n\r\n1"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("--b0--", []),
        ("\r\n--b0--\r\n", []),
        (f"--b0\r\n{PART}\r\n--b0--", [b"1"]),
        (f"\r\n--b0 \t\r\n{PART}\r\n--b0--\r\n \r\n", [b"1"]),
        (f"--b0\r\n{PART}\r\n--b0\r\n{PART}2\r\n--b0--", [b"1", b"12"]),
        (f"--b0\r\n{PART}\n--b0--\r\n--b0--", [b"1\n--b0--"]),  # no line of its own
        (f"--b0\r\n{PART}\r\n--b1--\r\n--b0--", [b"1\r\n--b1--"]),
        (f"--b0\r\n{PART[:-1]}\r\n--b0--", [b""]),
        (f"--b0\r\n{PART[:-3]}\r\n--b0--", [b""]),  # the empty line is that before the boundary
        (f"--b0\r\n{PART[:-1]}\r\n\r\n--b0--", [b"\r\n"]),
    ],
)
def test_parts_are_what_stands_between_the_boundaries(content: str, expected: list[bytes]) -> None:
    assert [part.content for part in parts(form(content))] == expected


@pytest.mark.parametrize(
    "boundary",
    ['"b0"', "b0; charset=utf-8", "b0 "],
)
def test_a_boundary_may_be_quoted_and_followed(boundary: str) -> None:
    content_type = f"Multipart/Form-Data; boundary={boundary}"
    assert len([*parts(form(f"--b0\r\n{PART}\r\n--b0--", content_type))]) == 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "The body does not begin with the boundary that its type names"),
        (
            f"--b\r\n{PART}\r\n--b--",
            "The body does not begin with the boundary that its type names",
        ),
        (
            f"x\r\n--b0\r\n{PART}\r\n--b0--",
            "The body does not begin with the boundary that its type names",
        ),
        (f"--b0\r\n{PART}", "The body has no end: no boundary follows part 1"),
        (f"--b0\r\n{PART}\r\n--b0\r\n{PART}", "The body has no end: no boundary follows part 2"),
        (
            f"--b0\r\n{PART}\r\n--b0",
            "The head of part 2 does not end within 4096 bytes and 16 headers",
        ),
        (
            f"--b0\r\n{PART}\r\n--b0-",
            "The head of part 2 does not end within 4096 bytes and 16 headers",
        ),
        (
            f"--b0\r\n{PART}\r\n--b0x\r\n{PART}\r\n--b0--",
            "The boundary before part 2 does not end its line",
        ),
        (f"--b0\n{PART}\r\n--b0--", "The boundary before part 1 does not end its line"),
        (f"--b0\r\n{PART}\r\n--b0--\r\nmore", "More follows the last boundary of the body"),
        (f"--b0--\r\n--b0\r\n{PART}\r\n--b0--", "More follows the last boundary of the body"),
    ],
)
def test_a_body_that_cannot_be_taken_apart_is_refused(content: str, expected: str) -> None:
    assert unreadable(content) == expected


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/json",
        "multipart/mixed; boundary=b0",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        f"multipart/form-data; boundary={'b' * 201}",
    ],
)
def test_a_body_that_is_no_form_is_refused(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaType, match="Unsupported media type"):
        list(parts(form("--b0--", content_type)))


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[a-z0-9. -]{1,20}", fullmatch=True),
            st.sampled_from([JSON, f"{JSON}; length=7", "content-type:text/plain", "X: 1"]),
            st.lists(st.sampled_from([b"\r\n", b"--b0", b"--", b"\r", b"\n", b"a", b"\xff\0"])),
        ),
        max_size=4,
    )
)
def test_parts_are_those_that_the_library_of_forms_reads(
    drawn: list[tuple[str, str, list[bytes]]],
) -> None:
    written = [
        (name, head, content)
        for name, head, pieces in drawn
        if b"\r\n--b0" not in b"\r\n" + (content := b"".join(pieces))
    ]
    raw = b"".join(
        f'--b0\r\nContent-Disposition: form-data; name="{name}"\r\n{head}\r\n\r\n'.encode()
        + content
        + b"\r\n"
        for name, head, content in written
    )
    found = [(part.name.decode(), part.content) for part in parts(form(raw + b"--b0--\r\n"))]
    assert found == [(name, content) for name, _, content in written]
    library = forms._parts(raw + b"--b0--\r\n", "b0") if written else []
    assert [content for _, content in found] == [bytes(part.data) for part in library]


def test_there_may_be_so_many_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(its, "MOST_PARTS", 3)
    part = f"--b0\r\n{PART}\r\n"
    assert len([*parts(form(part * 3 + "--b0--"))]) == 3
    with pytest.raises(InvalidRequest, match=r"^body: found more than 3 parts, expected fewer$"):
        list(parts(form(part * 4 + "--b0--")))


def test_what_is_left_open_takes_no_time() -> None:
    """A million heads without ends, and boundaries that are none."""
    assert unreadable(b"--b0\r\n" + b"\r\n" * 500_000).startswith("The head of part 1")
    assert unreadable(b"--b0\r\n" + PART.encode() + b"\r\n--b" * 500_000).startswith(
        "The body has no"
    )
