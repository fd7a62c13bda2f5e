"""Heads: what a server has to refuse though the grammar is met. Expected by RFC 9112, sections 3.2
and 6.1, RFC 9110, section 10.1.1, and RFC 3986, section 3.2.2."""

from __future__ import annotations

import pytest

from locum.server.heads import fault, take_apart

HOST = (b"host", b"x")


@pytest.mark.parametrize(
    "value",
    [
        b"x",
        b"localhost:4010",
        b"127.0.0.1:80",
        b"a.b-c_d~e!$&'()*+,;=",
        b"%61",
        b"x:",
        b"",  # of a target without an authority
        b"[::1]",
        b"[2001:db8::7]:4010",
        b"[::ffff:127.0.0.1]",
        b"[fe80::1%25eth0]:1",
    ],
)
def test_a_host_and_a_port_are_fine(value: bytes) -> None:
    assert fault("1.1", [(b"host", value)]) is None


@pytest.mark.parametrize(
    "value",
    [
        b"bad host",
        b"a/b",
        b"a?b",
        b"u@h",
        b"a,b c",
        b"http://x",
        b"x:port",
        b"x:1:2",
        b"%zz",
        b"%6",
        b"::1",
        b"[::1",
        b"[::::]",
        b"[1.2.3.4]",
        b"[]",
        b"h\xc3\xa9",
        b"x\ty",
        b"x\n",
    ],
)
def test_what_is_no_host_and_port_is_400(value: bytes) -> None:
    assert fault("1.1", [(b"host", value)]) == 400
    assert fault("1.0", [(b"host", value)]) == 400


def test_one_host_is_needed_and_not_two() -> None:
    assert fault("1.1", []) == 400
    assert fault("1.0", []) is None
    assert fault("1.1", [HOST, HOST]) == 400
    assert fault("1.0", [HOST, HOST]) == 400


@pytest.mark.parametrize(("version", "expected"), [("0.9", 400), ("2.0", 505)])
def test_no_other_version_is_spoken(version: str, expected: int) -> None:
    assert fault(version, [HOST]) == expected


@pytest.mark.parametrize(
    ("version", "values", "expected"),
    [
        ("1.1", [b"chunked"], None),
        ("1.1", [b" Chunked "], None),
        ("1.1", [b"gzip, chunked"], 501),
        ("1.1", [b"gzip", b"chunked"], 501),
        ("1.1", [b"chunked", b"chunked"], 501),
        ("1.1", [b"identity"], 501),
        ("1.1", [b""], 501),
        ("1.0", [b"chunked"], 400),
    ],
)
def test_no_transfer_coding_but_chunked_is_understood(
    version: str, values: list[bytes], expected: int | None
) -> None:
    codings = [(b"transfer-encoding", value) for value in values]
    assert fault(version, [HOST, *codings]) == expected


@pytest.mark.parametrize(
    ("version", "value", "expected"),
    [
        ("1.1", b"100-continue", None),
        ("1.1", b"100-Continue", None),
        ("1.1", b"200-ok", 417),
        ("1.1", b"100-continue, more", 417),
        ("1.0", b"200-ok", None),
    ],
)
def test_no_other_expectation_is_met(version: str, value: bytes, expected: int | None) -> None:
    assert fault(version, [HOST, (b"expect", value)]) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (b"http://h:1/a?b", (b"h:1", b"/a?b")),
        (b"HTTPS://h/a#b", (b"h", b"/a")),
        (b"http://h", (b"h", b"/")),
        (b"http://h?q", (b"h", b"/?q")),
        (b"http:///a", None),
        (b"http://u@h/", None),
        (b"ftp://h/a", None),
        (b"h:1", None),
    ],
)
def test_an_absolute_target_is_taken_apart(
    target: bytes, expected: tuple[bytes, bytes] | None
) -> None:
    assert take_apart(target) == expected
