"""JSON as clients send it: what is read, and what is not."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from locum.langsmith.ingestion.json_values import MOST_LEVELS, loads


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b'{"a": [1, 2.5, null, true, "\xc3\xa9\\u0000"]}', {"a": [1, 2.5, None, True, "é\0"]}),
        (b" null ", None),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b"123456789012345678901", 1.2345678901234568e20),
        (b"18446744073709551615", 2**64 - 1),
    ],
)
def test_a_text_is_its_value(content: bytes, value: Any) -> None:
    assert loads(content) == value


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"NaN", b"[Infinity]", b"1e400", b'"\xff"', b'"\\ud800"', b"\xef\xbb\xbf1"],
)
def test_what_is_no_json_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"line 1 column 1|char"):
        loads(content)


def nested(levels: int, begin: bytes = b"[", end: bytes = b"]") -> bytes:
    return begin * levels + b"1" + end * levels


@pytest.mark.parametrize(("begin", "end"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")])
def test_a_value_may_be_nested_so_deeply_and_no_more(begin: bytes, end: bytes) -> None:
    per = begin.count(b"[") + begin.count(b"{")
    levels = MOST_LEVELS // per
    value = loads(nested(levels, begin, end))
    assert orjson.dumps(value) == nested(levels, begin, end)
    for more in (levels + 1, levels + 100):
        with pytest.raises(ValueError, match=f"more than {MOST_LEVELS} levels of nesting"):
            loads(nested(more, begin, end))


def test_what_no_reader_takes_is_refused_as_well() -> None:
    with pytest.raises(ValueError, match=r"depth|recursion|nest"):
        loads(nested(100_000))


def test_what_is_wide_is_not_deep() -> None:
    assert len(loads(b"[" + b",".join([b"[{}]"] * 10_000) + b"]")) == 10_000


def test_brackets_in_a_text_are_no_levels() -> None:
    assert loads(b'"' + b"[" * 500 + b'"') == "[" * 500
