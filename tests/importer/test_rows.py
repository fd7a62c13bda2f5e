"""A row of an export: parsed, and its fields read one by one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from locum.importer.rows import BadRow, ExportRow
from locum.importer.values import count, text
from tests.conftest import Rows
from tests.oracles import exported
from tests.oracles.exported import imported


def test_an_amount_is_exact_whatever_a_double_holds(tmp_path: Path, tiny: Rows) -> None:
    """2**53 + 1 nano-USD: no double is 9007199.254740993."""
    run = exported.run(tiny("langsmith/runs")[0]) | {"total_cost": "AMOUNT"}
    file = tmp_path / "runs.jsonl"
    file.write_text(json.dumps(run).replace('"AMOUNT"', "9007199.254740993"), encoding="utf-8")
    (row,) = imported(tmp_path / "out", str(file))("langsmith/runs")
    assert row["total_cost_nano"] == 2**53 + 1


def test_fields_are_taken_and_what_was_asked_for_is_known() -> None:
    """Null and absent are the same."""
    row = ExportRow.parse(b'{"a": "x", "b": null, "c": 1}')
    assert row.take("a", text) == "x"
    assert row.take("b", text) is None
    assert row.take("d", text) is None
    assert row.fields.keys() - row.taken == {"c"}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a", 'a: found "x", expected an integer of 64 bits, 0 or more'),
        ("b", "b: found nothing, expected an integer of 64 bits, 0 or more"),
        ("c", f'c: found ["{"y" * 58}…, expected an integer of 64 bits, 0 or more'),
    ],
)
def test_a_field_that_must_be_there_is_told(name: str, told: str) -> None:
    row = ExportRow.parse(json.dumps({"a": "x", "c": ["y" * 99]}).encode())
    with pytest.raises(BadRow) as refused:
        row.need(name, count)
    assert str(refused.value) == told


def test_money_is_rounded_half_to_even_and_counted() -> None:
    """In nano-USD: 1.5, 2.5, 3; and a map of 0.5 and 4."""
    row = ExportRow.parse(
        b'{"a": 1.5e-9, "b": "0.0000000025", "c": 3e-9, "d": {"x": 0.0000000005, "y": 4e-9}}'
    )
    assert [row.money(name) for name in ("a", "b", "c", "z")] == [2, 2, 3, None]
    assert row.money_map("d") == {"x": 0, "y": 4}
    assert row.rounded == 3


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"[]", "found [], expected an object"),
        (b"null", "found nothing, expected an object"),
        (b"{", "found no JSON ("),
        (b'{"a": 18446744073709551616}', "found an integer of 20 digits, expected one of 64 bits"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, "found more than 250 levels of nesting"),
    ],
)
def test_what_is_no_row_is_told(line: bytes, told: str) -> None:
    with pytest.raises(BadRow) as refused:
        ExportRow.parse(line)
    assert str(refused.value).startswith(told)


def test_integers_of_64_bits_are_kept() -> None:
    row = ExportRow.parse(b'{"a": 18446744073709551615, "b": -9223372036854775808}')
    assert row.fields == {"a": 2**64 - 1, "b": -(2**63)}
