"""What a request prefers, read from the Prefer header as RFC 7240 writes it, and from its path."""

from __future__ import annotations

import pytest
from starlette.types import Scope

from locum.exceptions import InvalidPreference
from locum.http.preferences import of_path, of_query, preferences, read
from locum.http.routes import encoded_path
from locum.http.settings import Delay, Settings


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", {}),
        ("scenario=spike", {"scenario": "spike"}),
        ("Scenario = spike", {"scenario": "spike"}),
        ('scenario="my data"', {"scenario": "my data"}),
        (r'scenario="a\"b\\c"', {"scenario": r"a\"b\c".replace(r"\"", '"')}),
        ('scenario=""', {"scenario": ""}),
        ("respond-async, scenario=a, wait=1", {"respond-async": "", "scenario": "a", "wait": "1"}),
        ("scenario=a; strict=1; x, wait=2", {"scenario": "a", "wait": "2"}),
        ("scenario=a, scenario=b", {"scenario": "a"}),
        ('x="a, scenario=b"', {"x": "a, scenario=b"}),
        ("wait=1, , scenario=a,", {"wait": "1", "scenario": "a"}),
        ('a=b; c="d, e", scenario=x', {"a": "b", "scenario": "x"}),
        ("scenario=tiny/../x", {"scenario": "tiny/../x"}),
        ("scenario=ünï", {"scenario": "ünï"}),
        ("clock=2026-07-15T12:00Z,b=0.2..3", {"clock": "2026-07-15T12:00Z", "b": "0.2..3"}),
    ],
)
def test_preferences_are_read(header: str, expected: dict[str, str]) -> None:
    assert preferences(header) == expected


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("wait=1, =, scenario=a", "=, scenario=a"),
        ('scenario="open', 'scenario="open'),
        ("wait=1,bad(", "bad("),
        ("a b", "a b"),
    ],
)
def test_what_cannot_be_read_is_told(header: str, found: str) -> None:
    """Rather than left out: what comes after it would be ignored too."""
    with pytest.raises(InvalidPreference) as caught:
        preferences(header)
    assert caught.value.found == found


def test_a_long_header_takes_no_time() -> None:
    assert len(preferences("a=b;" * 15_000)) == 1
    assert len(preferences(",".join(f"p{n}" for n in range(10_000)))) == 10_000
    assert len(read(tuple(f"p{n}" for n in range(10_000))).unknown) == 10_000
    with pytest.raises(InvalidPreference) as caught:
        preferences('a="' + '\\"' * 30_000)
    assert len(str(caught.value)) < 300  # it is not repeated whole


def test_settings_are_told_from_what_is_not_ours() -> None:
    found = read(("delay=0.2..3, wait=5, code=503", "sandbox=a, code=404, odd=1, clock=2026-07-01"))
    assert found.settings == Settings(delay=Delay(0.2, 3), code=503, clock=739798)
    assert (found.sandbox, found.unknown) == ("a", ("odd",))
    assert found.applied == ("sandbox=a", "clock=2026-07-01")
    assert dict(found.acting) == {"delay": "0.2..3", "code": "503"}


@pytest.mark.parametrize("name", ["", "a b", "ü", "x" * 65, "a/b"])
def test_a_sandbox_has_a_short_word_as_its_name(name: str) -> None:
    with pytest.raises(InvalidPreference):
        read((f'sandbox="{name}"',))


@pytest.mark.parametrize(
    ("raw", "path", "raw_path", "text"),
    [
        (b"/__locum/with/scenario=a/v1/x", "/v1/x", b"/v1/x", "scenario=a"),
        (b"/__locum/with/a=b,delay=0.2/v1/%C3%BC%2F", "/v1/ü/", b"/v1/%C3%BC%2F", "a=b,delay=0.2"),
        (b"/__locum/with/scenario=%22my%20data%22/", "/", b"/", 'scenario="my data"'),
        (b"/__locum/with/scenario=a", "/", b"/", "scenario=a"),
        (b"/__%6Cocum/%77ith/a%3D1/v1/x", "/v1/x", b"/v1/x", "a=1"),
        (b"/__locum/with/a=1/__locum/with/b", "/__locum/with/b", b"/__locum/with/b", "a=1"),
    ],
)
def test_preferences_in_the_path_are_taken_out(
    raw: bytes, path: str, raw_path: bytes, text: str
) -> None:
    scope: Scope = {"type": "http", "raw_path": raw, "path": "is not looked at"}
    stripped, found = of_path(scope, encoded_path(scope))
    assert (stripped["path"], stripped["raw_path"], found) == (path, raw_path, text)


def test_a_slash_that_is_encoded_separates_nothing() -> None:
    scope: Scope = {"raw_path": b"/__locum%2Fwith/a=1/v1/x", "path": "/__locum/with/a=1/v1/x"}
    assert of_path(scope, encoded_path(scope)) == (scope, "")


@pytest.mark.parametrize(
    ("query", "kept", "text"),
    [
        (b"__code=404", b"", "code=404"),
        (b"a=1&__example=dog&b=2", b"a=1&b=2", "example=dog"),
        (b"__dynamic=true&__seed=7&a=%2F", b"a=%2F", "dynamic=true, seed=7"),
        (b"__example=a+b%22%2C", b"", r'example="a b\","'),
        (b"__code=", b"", 'code=""'),
        (b"__code", b"", 'code=""'),
        (b"__sandbox=a&__delay=1&code=404&__code_=1", None, ""),
        (b"q=__code=404", None, ""),
        (b"__clock=1&__Code=404", None, ""),
        (b"", None, ""),
    ],
)
def test_preferences_in_the_query_are_taken_out_of_it(
    query: bytes, kept: bytes | None, text: str
) -> None:
    """As Prism has them; those of other names are the operation's."""
    scope: Scope = {"query_string": query, "path": "/a"}
    found, preferred = of_query(scope, ())
    assert (found["query_string"], found["path"]) == (query if kept is None else kept, "/a")
    assert preferred == text


def test_what_a_document_has_itself_is_no_preference() -> None:
    scope: Scope = {"query_string": b"__code=404&__seed=a"}
    found, preferred = of_query(scope, {"__code"})
    assert (found["query_string"], preferred) == (b"__code=404", "seed=a")


@pytest.mark.parametrize("text", ['example=""', 'seed="a\nb"', f"seed={'x' * 201}"])
def test_what_cannot_stand_in_a_header_is_no_preference(text: str) -> None:
    with pytest.raises(InvalidPreference, match="expected 1 to 200 printable characters"):
        read((text,))
