"""Prices of models as a dataset lists them (`prices.json`), by which calls cost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from locum.helicone.ingestion.usage import Prices, Usage

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - texts without a zone are made of it
_FIRST_MS, _LAST_MS = -62_135_596_800_000, 253_402_300_799_999  # of the years 1 to 9999
_TOKENS = 1_000_000  # that a price is for


class Rate(Protocol):
    """What tokens of one side cost."""

    def cost(self, tokens: int, details: Mapping[str, int]) -> tuple[int | None, Mapping[str, int]]:
        """Return what so many tokens cost, in nano-USD per million of them, None where they have no
        price; `details` are those among them of a category, which may have a price of its own."""
        ...


class Price(Protocol):
    """What a model's tokens cost."""

    @property
    def input(self) -> Rate:
        """Those of the prompt."""
        ...

    @property
    def output(self) -> Rate:
        """Those of the completion."""
        ...


class List(Protocol):
    """The prices of models."""

    def price(self, model: str | None, provider: str | None, at: str) -> Price | None:
        """Return the price of a provider's model (the provider in any letter case) for a call that
        began at a time, an ISO 8601 text in UTC with six decimals; None where there is none."""
        ...


def by(listed: List) -> Prices:
    """Return what calls cost by these prices.

    A row counts tokens of a cache apart from the prompt's, where a list counts them among the
    input's. A side that has no price costs nothing (our choice: the column knows no null).
    """

    def cost(provider: str, model: str, used: Usage, start_ms: int) -> int | None:
        price = listed.price(model, provider, _text(start_ms))
        if price is None:
            return None
        cached = {"cache_read": used.cache_read, "cache_creation": used.cache_write}
        asked, _ = price.input.cost(used.prompt + used.cache_read + used.cache_write, cached)
        said, _ = price.output.cost(used.completion, {})
        return _rounded((asked or 0) + (said or 0))

    return cost


def _rounded(units: int) -> int:
    """Half to even."""
    whole, rest = divmod(units, _TOKENS)
    return whole + (2 * rest > _TOKENS or (2 * rest == _TOKENS and whole % 2 == 1))


def _text(time_ms: int) -> str:
    time = _EPOCH + timedelta(milliseconds=max(_FIRST_MS, min(time_ms, _LAST_MS)))
    return time.isoformat(timespec="microseconds") + "Z"
