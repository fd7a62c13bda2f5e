"""The Prefer header, read as RFC 7240 writes it."""

from __future__ import annotations

import pytest

from locum.http.preferences import preferences


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
        ("wait=1, =, scenario=a", {"wait": "1"}),
        ('scenario="open', {}),
        ('a=b; c="d, e", scenario=x', {"a": "b", "scenario": "x"}),
        ("scenario=tiny/../x", {"scenario": "tiny/../x"}),
        ("scenario=ünï", {"scenario": "ünï"}),
    ],
)
def test_preferences_are_read(header: str, expected: dict[str, str]) -> None:
    assert preferences(header) == expected


def test_a_long_header_takes_no_time() -> None:
    assert len(preferences("a=b;" * 15_000)) == 1
    assert preferences('a="' + '\\"' * 30_000) == {}
    assert len(preferences(",".join(f"p{n}" for n in range(10_000)))) == 10_000
