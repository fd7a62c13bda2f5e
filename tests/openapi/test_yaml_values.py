"""YAML is read as the types of JSON, within bounds. Expected values by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from locum.openapi import reader
from locum.openapi.yaml_values import value_of
from tests.oracles.small_document import refusal


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("True", "True"),
        ("2024-01-01", "2024-01-01"),
        ("1:30", "1:30"),
        ("010", "010"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("'1'", "1"),
        (".inf", ".inf"),
        ("1.0.0", "1.0.0"),
        ("true", True),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("-0.25E-2", -0.0025),
    ],
)
def test_plain_scalars_are_json_types_or_texts(tmp_path: Path, text: str, value: object) -> None:
    (tmp_path / "d.yaml").write_text(f"key: {text}\n")
    read = reader.read(tmp_path / "d.yaml")["key"]
    assert (read, type(read)) == (value, type(value))


def test_keys_are_texts_as_written(tmp_path: Path) -> None:
    (tmp_path / "d.yaml").write_text("200: a\nno: b\n1.50: c\nnull: d\n")
    assert reader.read(tmp_path / "d.yaml") == {"200": "a", "no": "b", "1.50": "c", "null": "d"}


def test_aliases_become_objects_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "d.yaml").write_text("a: &x {k: []}\nb: *x\n")
    read = reader.read(tmp_path / "d.yaml")
    assert read == {"a": {"k": []}, "b": {"k": []}}
    assert read["a"] is not read["b"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3, column 1: found the key 'a' twice, expected it once"),
        ("200: 1\n'200': 2\n", "line 2, column 1: found the key '200' twice"),
        ("? [a]\n: 1\n", "line 1, column 3: found a key that is no text"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "line 3, column 3: found the merge key <<"),
        ("a: [1\n", "line 2, column 1: did not find expected ',' or ']'"),
        ("a: *b\n", "line 1, column 4: found undefined alias"),
        ("a: !!python/name:os.system\n", "could not determine a constructor"),
        ("a: !!timestamp 2024-01-01\n", "could not determine a constructor"),
        ("a: &x [*x]\n", "ecursi"),
        ("- a\n", "found no object, expected one"),
        ("", "found no object, expected one"),
        ("a: 1\n---\nb: 2\n", "but found another document"),
    ],
)
def test_malformed_yaml_is_refused(tmp_path: Path, text: str, message: str) -> None:
    assert message in refusal(tmp_path, text)


# Bounds. A value counts for 20 characters beside its text, and all may count for 20,000,000.


def test_aliases_stand_for_as_much_as_is_allowed_and_no_more() -> None:
    """A thousand texts of 979 characters are 999,000; the list around them 20; nineteen of those
    in a list 18,981,000 and more."""
    texts = "a: &a [" + ",".join(["x" * 979] * 1000) + "]\n"
    value = value_of(texts + "b: [" + ",".join(["*a"] * 19) + "]\n")
    assert [len(item) for item in value["b"]] == [1000] * 19
    with pytest.raises(yaml.YAMLError, match="aliases that stand for more than 20,000,000"):
        value_of(texts + "b: [" + ",".join(["*a"] * 20) + "]\n")


def test_alias_that_is_too_much_is_told_with_its_place() -> None:
    laughs = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for name, before in zip("bcdefghij", "abcdefghi", strict=True):
        laughs += f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
    with pytest.raises(yaml.MarkedYAMLError) as raised:
        value_of(laughs)
    assert raised.value.problem_mark is not None
    assert raised.value.problem_mark.line + 1 == 7
    # 21 characters for each text: 9 ** 6 of them are 11 million, 9 ** 7 are 100 million.


@pytest.mark.parametrize(
    ("levels", "text"),
    [
        (200, "[" * 200 + "]" * 200),
        (201, "[" * 201 + "]" * 201),
        (200, "- " * 200 + "x"),
        (201, "- " * 201 + "x"),
        (200, "{a: " * 200 + "}" * 200),
        (200, "- &a " + "[" * 150 + "]" * 150 + "\n- " + "[" * 49 + "*a" + "]" * 49),
        (201, "- &a " + "[" * 150 + "]" * 150 + "\n- " + "[" * 50 + "*a" + "]" * 50),
    ],
)
def test_two_hundred_levels_are_read_and_no_more(levels: int, text: str) -> None:
    """The list of two items is a level, and what an alias stands for brings its own."""
    if levels == 200:
        assert reader.levels(value_of(text)) == 200
    else:
        with pytest.raises(yaml.YAMLError, match="more than 200 levels"):
            value_of(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("18446744073709551615", 2**64 - 1),
        ("-9223372036854775808", -(2**63)),
        ("1e308", 1e308),
        ("!!str 5", "5"),
        ("! 5", "5"),
        ("!!int 5", 5),
        ("!!float 5.0", 5.0),
        ("!!null ~", None),
        ("!!bool true", True),
        ("!!map {a: b}", {"a": "b"}),
        ("!!seq [a]", ["a"]),
    ],
)
def test_numbers_of_64_bits_and_tags_of_json_are_read(text: str, value: object) -> None:
    read = value_of(text)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("18446744073709551616", "found the number 18446744073709551616, expected one of 64 bits"),
        ("-9223372036854775809", "expected one of 64 bits"),
        ("9" * 10_000, "expected one of 64 bits"),
        ("1e309", "found the number 1e309, expected one of 64 bits"),
        ("!!int x", "found 'x', expected a value of its tag int"),
        ("!!float .nan", "found '.nan', expected a value of its tag float"),
        ("!!set {a}", "could not determine a constructor"),
        ("!mine 5", "could not determine a constructor for the tag '!mine'"),
        ("{a: &x b, *x : c}", "found a key that is an alias, expected it written out"),
        ("[&a [*a]]", "found the recursive alias 'a', expected one of what has ended before"),
    ],
)
def test_what_json_does_not_have_is_refused(text: str, message: str) -> None:
    with pytest.raises(yaml.MarkedYAMLError) as raised:
        value_of(text)
    assert message in str(raised.value.problem)


def test_anchor_may_be_given_again_and_to_a_key() -> None:
    assert value_of("{a: &x 1, b: *x, c: &x 2, d: *x, &k e: *k}") == {
        "a": 1,
        "b": 1,
        "c": 2,
        "d": 2,
        "e": "e",
    }
