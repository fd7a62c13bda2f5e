"""Rules of generated datasets: they give the rows that break them, and no others."""

from __future__ import annotations

import duckdb
import pytest

from locum.generator.rules import in_range, refers, rules
from locum.provider import Rule, WorldTables

ROWS = """
CREATE TABLE acme_boxes AS SELECT * FROM (VALUES ('b1', 10), ('b2', -1)) t(id, size);
CREATE TABLE acme_widgets AS
SELECT * FROM (VALUES ('w1', 'b1'), ('w2', 'b9'), ('w3', NULL)) t(name, box);
"""


def found(rule: Rule) -> list[tuple[str, object]]:
    with duckdb.connect(":memory:") as connection:
        connection.execute(ROWS)
        rows: list[tuple[str, object]] = connection.execute(rule.select).fetchall()
    return rows


def test_a_reference_leads_to_a_row_or_nowhere() -> None:
    rule = refers("acme/widgets", "box", "acme/boxes", name="name")
    assert (rule.table, rule.column, rule.expected) == ("acme/widgets", "box", "a id of acme/boxes")
    assert found(rule) == [("w2", "b9")]


def test_a_value_is_in_its_range() -> None:
    rule = in_range("acme/boxes", "size", "0 or more", "size < 0")
    assert found(rule) == [("b2", -1)]


@pytest.mark.parametrize(
    ("names", "agreements"),
    [(["langsmith", "helicone"], 12), (["langsmith"], 0), (["acme", "helicone"], 0), ([], 0)],
)
def test_agreements_hold_between_providers_that_are_there(
    names: list[str], agreements: int
) -> None:
    """Each provider has one rule of its own here: those come first."""
    own = Rule("acme/boxes", "size", "anything", "SELECT 1, 1")
    worlds = {name: WorldTables(lambda _: {}, rules=[own]) for name in names}
    told = list(rules(worlds))
    assert told[: len(names)] == [own] * len(names)
    assert len(told) == len(names) + agreements
