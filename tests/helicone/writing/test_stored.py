"""What lives beside the rows: prices, the clock, and keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from locum.engine.layer import Layer
from locum.helicone.writing import logs, stored
from locum.provider import RawBody
from tests.helicone.ingestion.logs import log
from tests.helicone.writing.conftest import KNOWN, MINE, dataset
from tests.oracles.bundled import data_of, find

ID = "6f1c0001-3a2b-4c5d-8e6f-7a8b9c0d1e2f"
PRICES = [
    {
        "match": "^pebble",
        "provider": "custom",
        "input": 2.5,
        "output": 10,
        "breakdown": {"input": {"cache_read": 1.25}},
    }
]
END_US = 1_781_524_800_000_000  # 2026-06-15T12:00:00Z


def layer_over(folder: Path, prices: Any = None) -> Layer:
    dataset(folder / "data")
    if prices is not None:
        (folder / "data" / "prices.json").write_text(json.dumps(prices))
    return Layer(data_of(find(str(folder / "data"))))


def sent(layer: Layer, made: Any) -> dict[str, Any]:
    body = RawBody(json.dumps(made).encode(), {"helicone-request-id": ID})
    layer.write(lambda transaction: logs.worker_log(transaction, MINE, body, provider="CUSTOM"))
    row = layer.write(lambda transaction: stored.request(transaction, (MINE, ID)))
    assert row is not None
    return row


def test_prices_of_the_dataset_count_where_no_cost_is_given(tmp_path: Path) -> None:
    """1000 tokens of which 400 were cached: 600 · 2.5 + 400 · 1.25 + 200 · 10 USD a million."""
    layer = layer_over(tmp_path, PRICES)
    details = {"cached_tokens": 400}
    tokens = {"prompt_tokens": 1000, "completion_tokens": 200, "prompt_tokens_details": details}
    assert sent(layer, log({"model": "pebble-7b", "usage": tokens}))["cost"] == 4_000_000
    assert sent(layer, log({"model": "other", "usage": tokens}))["cost"] == 0
    tokens |= {"cost": 0.5}
    assert sent(layer, log({"model": "pebble-7b", "usage": tokens}))["cost"] == 500_000_000


def test_without_prices_nothing_costs(tmp_path: Path) -> None:
    tokens = {"prompt_tokens": 1000}
    assert sent(layer_over(tmp_path), log({"model": "pebble-7b", "usage": tokens}))["cost"] == 0


@pytest.mark.parametrize(("machine_us", "us"), [(END_US - 1, END_US - 1), (END_US + 1, END_US)])
def test_what_is_recent_is_so_by_either_clock(tmp_path: Path, machine_us: int, us: int) -> None:
    state = stored.new_state(layer_over(tmp_path).base)
    state.now_us = lambda: machine_us
    assert state.recent_us() == us
    assert state.setting(MINE).now_us == machine_us


@pytest.mark.parametrize(
    ("request_id", "its"), [(ID.upper(), ID), ("No UUID", "No UUID"), (ID[:-1], ID[:-1])]
)
def test_uuids_are_told_apart_in_lower_case(request_id: str, its: str) -> None:
    assert stored.key(MINE, request_id) == (MINE, its)
    assert stored.key(None, its) == ("", its)


def test_a_request_of_the_files_is_there_and_an_unknown_one_is_not(tmp_path: Path) -> None:
    layer = layer_over(tmp_path)
    row = layer.write(lambda transaction: stored.request(transaction, (MINE, KNOWN)))
    assert row is not None
    assert (row["model"], row["scores"]) == ("of the files", {"quality": 3})
    assert layer.write(lambda transaction: stored.request(transaction, (MINE, ID))) is None
