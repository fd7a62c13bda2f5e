"""Helicone's filter trees select what two other evaluations select: plain Python, ClickHouse."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from locum.exceptions import UpstreamFault
from tests.oracles import tree_evaluator
from tests.oracles.bundled import data_of, find
from tests.oracles.helicone_requests import DATA, ORGANISATION, Row, engine_over, golden, selected


def filled(rows: list[Row]) -> list[Row]:
    """The rows with values, some of them none, for the columns that they lack."""
    draw = random.Random(11)  # noqa: S311 -- the same rows every time
    words = ["", "OPENAI", "a_b", "a%b", "Straße", "null", "x\ny", "p1"]
    for row in rows:
        for name in [
            "target_url",
            "country_code",
            "prompt_id",
            "response_body",
            "request_referrer",
        ]:
            row[name] = draw.choice([*words, None])
        for name in ["time_to_first_token", "prompt_cache_read_tokens", "latency"]:
            row[name] = draw.choice([None, 0, 1, 250, 1000, 2**40])
        for name in ["threat", "cache_enabled", "is_passthrough_billing"]:
            row[name] = draw.choice([None, True, False])
        row["response_created_at"] = draw.choice(
            [None, "2025-06-01 02:00:00.000", "2025-06-01 02:00:00.250"]
        )
        row["cache_reference_id"] = draw.choice([None, tree_evaluator.NOTHING, row["request_id"]])
    return rows


def random_leaf(draw: random.Random, rows: list[Row]) -> Any:
    def words() -> dict[str, str]:
        word = draw.choice(["equals", "not-equals", "like", "ilike", "contains", "not-contains"])
        value = draw.choice(
            ["", "OPENAI", "openai", "gpt%", "%-4O%", "a_b", "_%", "straße", "p_p", "prod", "US"]
        )
        unquoted = {"equals": ["null", "__empty__"], "not-equals": ["null"]}.get(word, [])
        return {word: draw.choice([value, *unquoted])}

    def numbers(values: list[float]) -> dict[str, float]:
        return {draw.choice(list(tree_evaluator.ORDERS)): draw.choice(values)}

    kinds: list[Callable[[], Any]] = [
        lambda: {draw.choice(["provider", "model", "user_id", "request_body"]): words()},
        lambda: {draw.choice(["country_code", "target_url", "prompt_id"]): words()},
        lambda: {draw.choice(["status", "prompt_tokens"]): numbers([200, 404, 500, 100, 99.5])},
        lambda: {draw.choice(["latency", "time_to_first_token"]): numbers([0, 1000, 0.5, 2**40])},
        lambda: {"cost": numbers([0.001, 0.002, 0.0035, 1e-9, 0])},
        lambda: {
            draw.choice(["request_created_at", "response_created_at"]): {
                draw.choice(["equals", "gt", "gte", "lt", "lte"]): draw.choice(
                    ["2025-06-01T02:00:00Z", "2025-06-01T04:00:00.900+02:00", "2025-06-01T06:00"]
                )
            }
        },
        lambda: {
            draw.choice(["threat", "cached", "cache_enabled", "helicone-score-feedback"]): {
                "equals": draw.random() < 0.5
            }
        },
        lambda: {
            "properties": {
                draw.choice(["env", "Helicone-Session-Name", "none"]): {
                    draw.choice(["equals", "not-equals", "ilike"]): draw.choice(["prod", "", "%S"])
                }
            }
        },
        lambda: {"property_key": {"equals": draw.choice(["env", "none"])}},
        lambda: {
            "scores": {"quality": {draw.choice(["equals", "not-equals"]): str(draw.randint(0, 4))}}
        },
        lambda: {
            "request_id": {draw.choice(["equals", "not-equals"]): draw.choice(rows)["request_id"]}
        },
    ]
    leaf = {"request_response_rmt": draw.choice(kinds)()}
    if draw.random() < 0.2:
        tag = {
            draw.choice(["equals", "contains", "not-equals"]): draw.choice(["gold", "GOLD", "x"])
        }
        leaf["sessions_request_response_rmt"] = draw.choice(
            [{"session_tag": tag}, {"session_total_cost": {"gt": 1}}]
        )
    return leaf


def random_tree(draw: random.Random, rows: list[Row], depth: int) -> Any:
    if depth == 0 or draw.random() < 0.2:
        return draw.choice(["all", {}]) if draw.random() < 0.1 else random_leaf(draw, rows)
    return {
        "left": random_tree(draw, rows, depth - 1),
        "operator": draw.choice(["and", "or"]),
        "right": random_tree(draw, rows, depth - 1),
    }


def test_a_thousand_random_trees_select_what_plain_python_selects(tmp_path: Path) -> None:
    rows, tags = filled(golden("rows.json")), golden("tags.json")
    engine = engine_over(tmp_path, rows, tags)
    mine = [row for row in rows if row["organization_id"] == ORGANISATION]
    draw = random.Random(2)  # noqa: S311 -- the same trees every time
    some = 0
    for _ in range(1000):
        tree = random_tree(draw, mine, draw.choice([0, 0, 1, 2, 4]))
        expected = sorted(
            row["request_id"] for row in mine if tree_evaluator.holds(tree, row, tags)
        )
        assert selected(engine, tree) == expected, tree
        some += 0 < len(expected) < len(mine)
    assert some > 500


def test_trees_select_what_the_vendors_statement_selects_on_clickhouse() -> None:
    """Among them trees that the vendor's server fails on, with its message."""
    folder = DATA / "clickhouse_filters"
    lines = (folder / "helicone" / "requests.jsonl").read_bytes().splitlines()
    ids = [json.loads(line)["request_id"] for line in lines]
    engine = data_of(find(str(folder)))
    failed = 0
    for line in (DATA / "clickhouse_filter_cases.jsonl").read_bytes().splitlines():
        case = json.loads(line)
        if "error" in case:
            with pytest.raises(UpstreamFault) as fault:
                selected(engine, case["filter"])
            body = fault.value.body
            assert case["error"] in (body.get("error"), body.get("details")), line
            failed += 1
        else:
            expected = sorted(ids[index] for index in case["selected"])
            assert selected(engine, case["filter"]) == expected, line
    assert failed > 20
