"""What is kept beside the rows: scores that came before their request, and properties that were
given to a request, which outlive a new log of it."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

from attrs import define, field, frozen

from locum.helicone.ingestion.rows import Row

DAYS_30_US = 30 * 86_400_000_000
_MOST_WAITING = 100_000  # requests that are waited for; the oldest gives way

Key = tuple[str, str]  # organization and request: one id may be in two organizations


def key(row: Row) -> Key:
    """Return what tells a row of `helicone/requests` apart."""
    return str(row["organization_id"]).lower(), str(row["request_id"]).lower()


@frozen
class Waiting:
    """Scores whose request has not come, and when the last of them came."""

    scores: Mapping[str, int]
    given_us: int


@define
class Kept:
    """Lives as long as the rows that were written."""

    waiting: MutableMapping[Key, Waiting] = field(factory=dict)
    properties: MutableMapping[Key, Mapping[str, str]] = field(factory=dict)

    def wait(self, request: Key, scores: Mapping[str, int], now_us: int) -> None:
        """Keep scores until their request comes, for 30 days at most (our choice: the vendor asks
        for it once more, ten minutes later)."""
        known = self.waiting.pop(request, Waiting({}, now_us))
        if now_us - known.given_us > DAYS_30_US:
            known = Waiting({}, now_us)
        self.waiting[request] = Waiting({**known.scores, **scores}, now_us)
        if len(self.waiting) > _MOST_WAITING:
            del self.waiting[next(iter(self.waiting))]

    def add(self, request: Key, name: str, value: str) -> None:
        """Remember a property that was given to the request."""
        self.properties[request] = {**self.properties.get(request, {}), name: value}

    def arrived(self, row: Row, before: Row | None, now_us: int) -> Row:
        """Return the row of a new log: it replaces the one before whole, but for the scores and the
        properties that were given to that since, and has the scores that waited for it, which do so
        until it is `settled`."""
        request = key(row)
        scores = dict(before["scores"] or {}) if before is not None else {}
        waiting = self.waiting.get(request)
        if waiting is not None and now_us - waiting.given_us <= DAYS_30_US:
            scores |= waiting.scores
        given = self.properties.get(request, {})
        return row | {"scores": scores, "properties": {**row["properties"], **given}}

    def settled(self, request: Key) -> None:
        """Wait no longer for the request, which is there."""
        self.waiting.pop(request, None)
