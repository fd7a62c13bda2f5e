"""The rows of requests as they are now, and what lives beside them as long as they do."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import uuid4

from attrs import define, evolve

from locum.datasets import prices as price_lists
from locum.engine.data import Data
from locum.engine.transactions import Transaction
from locum.helicone import clock
from locum.helicone.ingestion import list_prices, usage
from locum.helicone.ingestion.changes import is_id
from locum.helicone.ingestion.kept import Kept, Key
from locum.helicone.ingestion.rows import Row, Setting
from locum.helicone.ingestion.usage import Prices

WAITING = "helicone/waiting"
"""The name under which scores are kept whose request has not come."""
REQUESTS, TAGS = "helicone/requests", "helicone/session_tags"


def _microseconds() -> int:
    return time.time_ns() // 1000


def _new_id() -> str:
    return str(uuid4())


@define
class State:
    """What writers keep beside the rows of a layer. `last_us` is the end of the dataset's time,
    `now_us` tells that of the machine; both in microseconds since 1970."""

    kept: Kept
    prices: Prices
    last_us: int
    now_us: Callable[[], int] = _microseconds
    new_id: Callable[[], str] = _new_id

    def recent_us(self) -> int:
        """Return the time of which it is told whether a request is old: the earlier of both, so
        that neither the dataset's own requests are nor those that come now (our choice)."""
        return min(self.last_us, self.now_us())

    def setting(self, tenant: str | None) -> Setting:
        """Return what a row needs besides of its log. A log that does not say when it was is of the
        machine's time, as clients' are (our choice)."""
        return Setting(tenant or "", self.now_us(), self.prices, self.new_id)


def new_state(data: Data) -> State:
    """Make the state of a layer."""
    listed = data.prices
    prices = usage.free if listed is price_lists.NONE else list_prices.by(listed)
    return State(Kept(), prices, clock.now_us(data))


def state(transaction: Transaction) -> State:
    """Return the state of the layer that the transaction is of."""
    kept = Kept(transaction.kept(WAITING), transaction.kept("helicone/properties"))
    return evolve(transaction.state(new_state), kept=kept)


def key(tenant: str | None, request_id: str) -> Key:
    """Return what tells a request apart, as the table has it."""
    return tenant or "", request_id.lower() if is_id(request_id) else request_id


def request(transaction: Transaction, its: Key) -> Row | None:
    """Return the row of a request as it is now, None where there is none."""
    return transaction.rows(REQUESTS, [its]).get(its)
