"""Prices of models. Costs are worked out by hand: USD per million tokens times tokens."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from locum.datasets import dataset as datasets
from locum.datasets import prices
from locum.datasets.prices import NONE, Price, Prices, Rate, nano_usd
from tests.oracles.bundled import TABLES

NOON = "2026-06-01T12:00:00.000000Z"


def read(folder: Path, content: Any) -> Prices:
    file = folder / prices.FILE
    file.write_text(json.dumps(content), encoding="utf-8")
    found, findings = prices.read(file)
    assert findings == []
    return found


def faults(folder: Path, text: str) -> list[str]:
    file = folder / prices.FILE
    file.write_text(text, encoding="utf-8")
    found, findings = prices.read(file)
    assert found is NONE
    assert all(each.is_error for each in findings)
    return [str(each).removeprefix(f"{file}") for each in findings]


def test_amounts_are_exact(tmp_path: Path) -> None:
    """0.075 USD a million tokens are 75,000,000 nano-USD, as a number or as a text."""
    listed = read(tmp_path, [{"match": "a", "input": 0.075, "output": "0.000000001"}])
    assert listed.price("a", None, NOON) == Price(Rate(75_000_000), Rate(1))


@pytest.mark.parametrize(
    ("units", "nano"),
    [(0, 0), (499_999, 0), (500_000, 0), (500_001, 1), (1_500_000, 2), (2_500_000, 2)],
)
def test_costs_are_rounded_half_to_even(units: int, nano: int) -> None:
    assert nano_usd(units) == nano


def test_categories_come_first_and_the_rest_costs_the_base_price() -> None:
    """The vendor's example: 20 tokens, 5 of them cached, at $2 and $1 a million: 35 micro-USD."""
    rate = Rate(2 * 10**9, {"cache_read": 10**9})
    cost, of_category = rate.cost(20, {"cache_read": 5, "audio": 3})
    assert cost is not None
    assert (nano_usd(cost), of_category) == (35_000, {"cache_read": 5 * 10**9})


def test_no_token_is_counted_twice() -> None:
    """10 tokens, 8 cached and 8 of audio: 8 at 1 and the 2 that are left at 5."""
    rate = Rate(100, {"cache_read": 1, "audio": 5})
    assert rate.cost(10, {"audio": 8, "cache_read": 8}) == (18, {"cache_read": 8, "audio": 10})


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({}, (None, {})),
        ({"cache_read": 4}, (None, {"cache_read": 12})),
        ({"cache_read": 9}, (27, {"cache_read": 27})),
    ],
)
def test_without_a_base_price_the_whole_is_known_only_where_nothing_is_left(
    details: dict[str, int], expected: tuple[int | None, dict[str, int]]
) -> None:
    assert Rate(None, {"cache_read": 3}).cost(9, details) == expected


def test_the_first_match_counts(tmp_path: Path) -> None:
    listed = read(
        tmp_path,
        [
            {"match": "^gpt-4o$", "provider": "OpenAI", "input": 1},
            {"match": "gpt", "input": 2},
            {"match": "gpt-4o", "input": 3},
        ],
    )

    def found(model: str | None, provider: str | None) -> int | None:
        price = listed.price(model, provider, NOON)
        return None if price is None or price.input.base is None else price.input.base // 10**9

    assert found("gpt-4o", "openai") == 1
    assert found("gpt-4o", "azure") == found("gpt-4o", None) == 2
    assert found("my-gpt-5", "openai") == 2
    assert found("claude", "openai") is found("", None) is found(None, None) is None


def test_the_latest_price_that_had_begun_counts(tmp_path: Path) -> None:
    listed = read(
        tmp_path,
        [
            {"match": "a", "input": 2, "from": "2026-06-01"},
            {"match": "a", "input": 3, "from": "2026-06-02T02:00:00+02:00"},
            {"match": "a", "input": 1},
            {"match": "a", "provider": "p", "input": 9},
        ],
    )
    times = ("2026-05-31T23:59:59.999999Z", "2026-06-01T00:00:00.000000Z", "2026-06-02T00:00:00.0Z")
    bases = [listed.price("a", None, time).input.base for time in times]  # type: ignore[union-attr]
    assert bases == [10**9, 2 * 10**9, 3 * 10**9]


def test_where_none_has_begun_the_next_match_counts(tmp_path: Path) -> None:
    listed = read(
        tmp_path, [{"match": "^a", "input": 2, "from": "2030-01-01"}, {"match": "a", "input": 1}]
    )
    price = listed.price("a", None, NOON)
    assert price is not None
    assert price.input.base == 10**9


def test_no_expression_takes_longer_than_its_text(tmp_path: Path) -> None:
    """Python's own engine needs 2 to the power of 40 steps for this one."""
    listed = read(tmp_path, [{"match": "^(a+)+$", "input": 1}])
    begin = time.perf_counter()
    assert listed.price("a" * 40 + "b", None, NOON) is None
    assert time.perf_counter() - begin < 1


def test_what_is_remembered_is_bounded(tmp_path: Path) -> None:
    listed = read(tmp_path, [{"match": "a", "input": 1}])
    for number in range(10_000):
        listed.price(f"a{number}", None, NOON)
    assert len(listed._found) <= 4096


@pytest.mark.parametrize(
    ("price", "told"),
    [
        ({"input": 1}, "match: found nothing, expected a text"),
        ({"match": "", "input": 1}, 'match: found "", expected a text'),
        ({"match": "a"}, "found no price, expected input, output or breakdown"),
        ({"match": "a", "inptu": 1}, "did you mean input?"),
        ({"match": "a", "input": -1}, "input: found -1, expected USD per million tokens"),
        ({"match": "a", "input": True}, "input: found true, expected USD per million tokens"),
        ({"match": "a", "input": "x"}, 'input: found "x", expected USD per million tokens'),
        ({"match": "a", "input": "NaN"}, 'input: found "NaN", expected USD per million tokens'),
        ({"match": "a", "output": 1e-10}, "output: found"),
        ({"match": "a", "output": 1e-10}, "expected nine decimals at most"),
        ({"match": "a", "breakdown": {"in": {}}}, "breakdown: found 'in', expected one of input"),
        (
            {"match": "a", "breakdown": {"input": {"audio": []}}},
            "breakdown.input.audio: found [], expected USD",
        ),
        ({"match": "a", "input": 1, "from": "June"}, 'from: found "June", expected a day'),
        ({"match": "(?=a)", "input": 1}, "expected a regular expression without lookaround"),
        ({"match": r"(a)\1", "input": 1}, "expected a regular expression without lookaround"),
        ({"match": "(", "input": 1}, "expected a regular expression"),
        ({"match": "(a{1000}){1000}", "input": 1}, "expected a regular expression"),
        (3, "found 3, expected an object"),
    ],
)
def test_what_is_wrong_with_a_price_is_told(tmp_path: Path, price: Any, told: str) -> None:
    good = {"match": "b", "input": 1}
    (found,) = faults(tmp_path, json.dumps([good, price, good | {"match": "c"}]))
    assert found.startswith(": price 2: ")
    assert told in found


def test_a_price_is_not_told_twice(tmp_path: Path) -> None:
    price = {"match": "a", "provider": "P", "input": 1, "from": "2026-06-01"}
    other = {"match": "a", "provider": "p", "input": 2, "from": "2026-06-01T00:00:00Z"}
    (found,) = faults(tmp_path, json.dumps([price, other]))
    assert found.startswith(": price 2: found the match and provider of another price")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "found {}, expected an array"),
        ("[", "is not JSON: Expecting value"),
        ('[{"match": "a", "input": NaN}]', "is not JSON: found NaN"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_what_is_wrong_with_the_file_is_told(tmp_path: Path, text: str, told: str) -> None:
    (found,) = faults(tmp_path, text)
    assert told in found


def test_a_dataset_has_the_prices_of_its_folder(tmp_path: Path) -> None:
    """A folder with nothing else is an empty dataset."""
    read(tmp_path, [{"match": "a", "input": 1}])
    dataset = datasets.read(tmp_path, TABLES)
    assert dataset.findings == ()
    assert dataset.files == {}
    assert dataset.prices.price("a", None, NOON) is not None


def test_a_dataset_with_wrong_prices_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys.jsonl").write_text("")
    (tmp_path / prices.FILE).write_text("[{}]")
    dataset = datasets.look(tmp_path, TABLES)
    (finding,) = dataset.findings
    assert finding.is_error
    assert finding.file == tmp_path / prices.FILE
    assert dataset.prices is NONE
