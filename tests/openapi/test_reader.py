"""Files are read as JSON values, or refused with file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from locum.exceptions import DocumentError
from locum.openapi import documents, reader
from locum.resources import bundled
from tests.oracles.small_document import SMALL, load, refusal


def test_yaml_and_json_read_alike(tmp_path: Path) -> None:
    assert (
        load(tmp_path, yaml.safe_dump(SMALL)).effective
        == load(tmp_path, SMALL, name="d.json").effective
    )


@pytest.mark.parametrize(
    "path", sorted(bundled("specs").glob("*.yaml")), ids=lambda path: str(path.name)
)
def test_bundled_document_reads_as_an_independent_reader_does(path: Path) -> None:
    assert reader.read(path) == yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": {"b": 1, "b": 2}}', "found the key 'b' twice, expected it once"),
        ('{"a": 1', "Expecting ',' delimiter: line 1 column 8"),
        ('{"a": "\\ud800"}', "surrogates not allowed"),
        ("[]", "found no object"),
        ("[" * 100_000, "more than 200 levels of nesting"),
    ],
)
def test_malformed_json_is_refused(tmp_path: Path, text: str, message: str) -> None:
    assert message in refusal(tmp_path, text, name="d.json")


def test_file_that_is_missing_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="No such file"):
        documents.load(tmp_path / "d.yaml")
    (tmp_path / "d.yaml").write_bytes(b"\xff")
    with pytest.raises(DocumentError, match="can't decode byte 0xff"):
        documents.load(tmp_path / "d.yaml")


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("d.yaml", "a: 1\nb: 2\na: 3\n", 3),
        ("d.yaml", "a: [1\n", 2),
        ("d.yaml", "a: &x {b: 1}\nc:\n  <<: *x\n", 3),
        ("d.json", '{\n"a": 1,\n"b": 2,,\n"c": 3}', 3),
        ("d.json", '{"a": "\\ud800"}', None),  # found by the check of the whole value
        ("d.yaml", "- a\n", None),
    ],
)
def test_fault_of_syntax_has_its_file_and_line(
    tmp_path: Path, name: str, text: str, line: int | None
) -> None:
    with pytest.raises(DocumentError) as raised:
        load(tmp_path, text, name=name)
    assert (raised.value.path, raised.value.line) == (tmp_path / name, line)
    assert raised.value.pointer is None


def test_file_that_holds_no_object_or_is_missing_is_at_fault_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as raised:
        load(tmp_path, "[]")
    assert (raised.value.found, raised.value.expected) == ("no object", "one")
    with pytest.raises(DocumentError) as raised:
        reader.read(tmp_path / "missing.yaml")
    assert str(raised.value) == f"{tmp_path}/missing.yaml: No such file or directory"
    assert (raised.value.path, raised.value.pointer) == (tmp_path / "missing.yaml", None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": NaN}', "found NaN, expected a number of JSON"),
        ('{"a": -Infinity}', "found -Infinity, expected a number of JSON"),
        ('{"a": 1e309}', "found the number 1e309, expected one of 64 bits"),
        ('{"a": 18446744073709551616}', "Integer exceeds 64-bit range"),
        ('{"a": ' + "[" * 200 + "]" * 200 + "}", "found more than 200 levels of nesting"),
    ],
)
def test_what_no_other_reader_of_json_takes_is_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    assert message in refusal(tmp_path, text, name="d.json")


@pytest.mark.parametrize(
    ("value", "levels"),
    [(5, 0), ("[[", 0), ([], 1), ({}, 1), ({"a": [], "b": [[{}], 1]}, 4)],
)
def test_levels_are_arrays_and_objects_in_each_other(value: Any, levels: int) -> None:
    assert reader.levels(value) == levels
