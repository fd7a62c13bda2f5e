"""What calls cost by a list of prices."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from attrs import field, frozen

from locum.helicone.ingestion import list_prices
from locum.helicone.ingestion.usage import Usage


@frozen
class Rate:
    """As `datasets.prices` has it: categories first, the rest at the base price."""

    base: int | None = None
    own: Mapping[str, int] = field(factory=dict)

    def cost(self, tokens: int, details: Mapping[str, int]) -> tuple[int | None, dict[str, int]]:
        costs = {name: details[name] * price for name, price in self.own.items() if name in details}
        rest = tokens - sum(details[name] for name in costs)
        if self.base is None and (rest or not costs):
            return None, costs
        return sum(costs.values()) + rest * (self.base or 0), costs


@frozen
class Price:
    input: Rate
    output: Rate


class Listed:
    def __init__(self, price: Price | None) -> None:
        self.found, self.asked = price, ("", "", "")

    def price(self, model: str | None, provider: str | None, at: str) -> Price | None:
        self.asked = model or "", provider or "", at
        return self.found


# USD a million: 2.5 and 10 as nano-USD.
IN, OUT = 2_500_000_000, 10_000_000_000
USED = Usage(prompt=176, completion=180, cache_read=1024, cache_write=10)


@pytest.mark.parametrize(
    ("price", "used", "nano_usd"),
    [
        # 1210 tokens at 2500 and 180 at 10000
        (Price(Rate(IN), Rate(OUT)), USED, 4_825_000),
        # 186 at 2500, 1024 at 1250
        (Price(Rate(IN, {"cache_read": IN // 2}), Rate(OUT)), USED, 3_545_000),
        (Price(Rate(IN, {"cache_creation": 2 * IN}), Rate(OUT)), USED, 4_850_000),
        (Price(Rate(IN), Rate()), Usage(4, 0), 10_000),  # of embeddings
        (Price(Rate(IN), Rate()), Usage(4, 9), 10_000),
        (Price(Rate(500_000), Rate()), Usage(1), 0),  # half a nano-USD, to even
        (Price(Rate(500_000), Rate()), Usage(3), 2),
        (Price(Rate(250_000), Rate(250_000)), Usage(1, 2), 1),  # rounded once, not by side
        (None, USED, None),
    ],
)
def test_cost(price: Price | None, used: Usage, nano_usd: int | None) -> None:
    listed = Listed(price)
    assert list_prices.by(listed)("OPENAI", "m", used, 1_781_514_060_007) == nano_usd
    assert listed.asked == ("m", "OPENAI", "2026-06-15T09:01:00.007000Z")


def test_times_beyond_the_calendar_are_its_ends() -> None:
    listed = Listed(None)
    for time_ms, text in ((10**16, "9999-12-31T23:59:59"), (-(10**16), "0001-01-01T00:00:00")):
        list_prices.by(listed)("", "m", USED, time_ms)
        assert listed.asked[2].startswith(text)
