"""What v2's questions have in common: what is now, the window of time by default, what is not
served, and the envelope of a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from locum.engine.data import Data
from locum.exceptions import NotBuilt
from locum.langsmith.run_order import NO_START, run_order
from locum.langsmith.selection import Window, instant

_DAY_US = 86_400_000_000
# What the vendor itself answers with 501 where a deployment lacks it.
_NOT_BUILT = {
    "ai_query": "Locum asks no language model",
    "ai_search": "Locum asks no language model",
    "sem_filter": "Locum asks no language model",
    "thread_filter": "no document says which fields a thread's summary has for a filter",
}


def refuse_unbuilt(body: Mapping[str, Any]) -> None:
    """Raise NotBuilt for a body that asks for what is not served."""
    for name, reason in _NOT_BUILT.items():
        if name in body:
            raise NotBuilt(name, reason)


def now_us(data: Data) -> int:
    """Return what is now in the dataset, in microseconds: the end of its time as its manifest says,
    and the first microsecond after all starts of runs where that is later or nothing is said (our
    choice)."""
    starts = data.once(run_order).starts
    latest = int(starts[-1]) if len(starts) else NO_START
    after = 0 if latest == NO_START else latest + 1
    return after if data.now_us is None else max(data.now_us, after)


def window(data: Data, body: Mapping[str, Any]) -> Window:
    """Return the window of a body: by default from a day before now until now, in which the upper
    bound is not (documented so since SDK 0.15). Raises InvalidRequest."""
    now = now_us(data)
    start = instant(body.get("min_start_time"), ("body", "min_start_time"))
    end = instant(body.get("max_start_time"), ("body", "max_start_time"))
    return Window(now - _DAY_US if start is None else start, now if end is None else end)


def question(operation: str, tenant: str | None, asked: Mapping[str, Any]) -> list[Any]:
    """Return what a page is of: all that is asked but which page, how long it is, and what is shown
    of its items."""
    of_all = {k: v for k, v in asked.items() if k not in ("cursor", "page_size", "selects")}
    return [operation, tenant, of_all]


def paged(items: list[dict[str, Any]], next_cursor: str | None) -> dict[str, Any]:
    """Return a page: next_cursor is absent on the last one (documented)."""
    page = {"items": items, "has_more": next_cursor is not None}
    return page if next_cursor is None else page | {"next_cursor": next_cursor}
