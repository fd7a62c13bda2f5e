"""Helicone's exports: requests, field by field."""

from __future__ import annotations

import json
from pathlib import Path

import orjson
import pytest

from locum.helicone import request_rows
from locum.helicone.exports import EXPORTS, request
from locum.importer.rows import ExportRow
from tests.conftest import Rows
from tests.oracles import exported
from tests.oracles.bundled import TABLES, data_of, find
from tests.oracles.exported import REQUEST, SECRET, Row, imported, known, lines, refusal, stand_in

# A row, fields that are not as they must be, and what is told of them.
FIELDS: list[tuple[Row, Row, str]] = [
    (REQUEST, {"request_id": "1"}, 'request_id: found "1", expected a UUID'),
    (REQUEST, {"request_created_at": None}, "request_created_at: found nothing, expected a time"),
    (REQUEST, {"response_created_at": "2026-01-02T03:04:04Z"}, "response_created_at: found 2026"),
    (REQUEST, {"delay_ms": -3}, "delay_ms: found -3, expected an integer of 64 bits, 0 or more"),
    (REQUEST, {"scores": {"a": 0.5}}, "expected an integer of 64 bits under 'a'"),
    (REQUEST, {"cache_enabled": 2}, "cache_enabled: found 2, expected true or false"),
    (REQUEST, {"request_body": 1}, "request_body: found 1, expected a text, an object or an array"),
    (REQUEST, {"response_status": "x"}, 'response_status: found "x", expected an integer of 64'),
]


@pytest.mark.parametrize(("base", "changed", "told"), FIELDS)
def test_a_bad_value_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], base: Row, changed: Row, told: str
) -> None:
    (field,) = changed
    first = refusal(tmp_path, capsys, base, changed)
    assert first.startswith(f"{field}: found ")
    assert told in first


# Fields as they are given, and columns as they are imported.
READ: list[tuple[Row, Row, Row]] = [
    (REQUEST, {"cost": 0.0000349, "costUSD": 7}, {"cost": 34_900}),
    (REQUEST, {"costUSD": 7}, {"cost": 7 * 10**9}),
    (REQUEST, {"response_model": "r", "request_model": "q", "model": "m"}, {"model": "r"}),
    (REQUEST, {"model_override": "o", "response_model": "r"}, {"model": "o"}),
    (REQUEST, {"response_model": "", "model": "m"}, {"model": "m"}),
    (REQUEST, {"scores": {"a": {"value": 3, "valueType": "number"}}}, {"scores": {"a": 3}}),
    (REQUEST, {"scores": {"a": True}}, {"scores": {"a": 1}}),
    (REQUEST, {"feedback_rating": False}, {"scores": {"helicone-score-feedback": 0}}),
    (
        REQUEST,
        {"properties": {}, "request_properties": {"n": 2, "b": True, "t": "x", "z": None}},
        {"properties": {"n": "2", "b": "true", "t": "x"}},
    ),
    (REQUEST, {"request_body": {"a": [1]}}, {"request_body": '{"a":[1]}'}),
    (REQUEST, {"response_body": "plain"}, {"response_body": "plain"}),
    (REQUEST, {"response_status": None}, {"status": None}),
]


@pytest.mark.parametrize(("base", "changed", "columns"), READ)
def test_a_value_is_read(tmp_path: Path, base: Row, changed: Row, columns: Row) -> None:
    """And the server loads what is written."""
    (row,) = imported(tmp_path / "out", lines(tmp_path / "file", [base | changed]))(
        "helicone/requests"
    )
    assert {name: row.get(name) for name in columns} == columns
    data_of(find(str(tmp_path / "out")))


def test_clickhouse_columns_are_read(tmp_path: Path, tiny: Rows) -> None:
    file = exported.lines(
        tmp_path / "rows.jsonl", map(exported.table_row, tiny("helicone/requests"))
    )
    found = imported(tmp_path / "out", file)("helicone/requests")
    assert list(map(known, found)) == list(map(known, tiny("helicone/requests")))


def test_every_text_of_a_row_is_replaced_but_the_vendors_words(tmp_path: Path) -> None:
    """And the names of a session's properties. A body stays a text of JSON if it is one, and an id
    that stands for none stays."""
    request = REQUEST | {
        "model": "gpt",
        "provider": "OPENAI",
        "country_code": "DE",
        "request_user_id": "secret",
        "properties": {"Helicone-Session-Id": "secret", "secret": "secret"},
        "scores": {"helicone-score-feedback": 1, "secret": 2},
        "request_body": {"secret": ["secret"]},
        "response_body": "secret",
        "cache_reference_id": "00000000-0000-0000-0000-000000000000",
    }
    file = lines(tmp_path / "f", [request])
    (row,) = imported(tmp_path / "out", file, "--anonymise", "--secret", SECRET)(
        "helicone/requests"
    )
    hidden = stand_in("secret")
    assert (row["model"], row["provider"], row["country_code"]) == ("gpt", "OPENAI", "DE")
    assert row["user_id"] == row["response_body"] == hidden
    assert row["properties"] == {"Helicone-Session-Id": hidden, hidden: hidden}
    assert row["scores"] == {"helicone-score-feedback": 1, hidden: 2}
    assert row["request_body"] == f'{{"{hidden}":["{hidden}"]}}'
    assert row["cache_reference_id"] == request["cache_reference_id"]


def test_kinds_and_words_are_of_tables_and_columns_that_there_are() -> None:
    (kind,), words = EXPORTS.kinds, EXPORTS.vocabulary
    assert {kind.id, kind.tenant} <= TABLES[kind.table].keys()
    for columns in (words.columns, words.contents):
        for table, names in columns.items():
            assert set(names) <= TABLES[table].keys()


def test_what_the_server_answers_is_imported_as_the_rows_that_it_was_made_of(
    tiny: Rows,
) -> None:
    """Numbers that are texts in the answer too. It does not say whose a request is, who is billed
    for it, and whether a threat was found in it; and its times have milliseconds."""
    data = data_of(find("tiny"))
    answers = request_rows.of(
        data, [row for (row,) in data.rows("SELECT row FROM helicone_requests")]
    )
    given = {row["request_id"]: row for row in tiny("helicone/requests")}
    assert len(answers) == len(given) > 50
    for answer in answers:
        read = ExportRow.parse(orjson.dumps(answer))
        expected = given[answer["request_id"]]
        for name, value in request(read).items():
            if name.endswith("created_at"):
                assert (value or "")[:23] == (expected[name] or "")[:23]
            elif name.endswith("_body"):
                assert json.loads(value or "null") == json.loads(expected[name] or "null")
            elif name not in ("organization_id", "is_passthrough_billing", "threat"):
                assert value == expected[name], name
        known = set(EXPORTS.kinds[0].unused)
        assert answer.keys() - read.taken <= known
