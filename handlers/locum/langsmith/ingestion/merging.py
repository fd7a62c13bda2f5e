"""A run as far as its payloads have come: one create and one update, in any order.

A run is the union of the two. Where both have a field the update's counts, whichever came first;
`extra` is merged key by key, and so is `metadata` in it; tags replace tags. The same payload again
changes nothing, and a second, different create or update is refused: the first stays.

A complete run is its row, and needs no more: what a row cannot tell of its payloads stands in its
column `received`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import Enum
from typing import Any

import orjson
from attrs import evolve, frozen

from locum.langsmith.ingestion import fields
from locum.langsmith.ingestion.dotted_orders import Place
from locum.langsmith.ingestion.fields import Sent
from locum.langsmith.ingestion.payloads import Payload
from locum.langsmith.ingestion.usage import GIVEN
from locum.langsmith.tables import FAILED, PENDING, SUCCESS

Row = Mapping[str, Any]

_DIGITS = 16  # of a digest: two payloads of one run are compared, and no others
_OF_FILE = ""  # the digest of a create that nobody has
_BY_ID, _BY_NAME = "id", "name"
# The columns that hold what was sent as it was sent.
_SENT = (
    *("trace_id", "parent_run_id", "dotted_order", "name", "run_type", "start_time", "end_time"),
    *("error", "tags", "metadata", "runtime", "extra", "inputs", "outputs", "events"),
    *("serialized", "attachments", "reference_example_id"),
)
_TIMES = ("start_time", "end_time")
_NEEDED = frozenset(("name", "run_type", "start_time", "trace_id", "dotted_order"))
_BY_KEY = ("metadata", "extra", "attachments")

OWN_PART = "own_part"
"""Beside what was sent of a run that waits for its parent's place: its own part of it."""

_PLACE = ("trace_id", "parent_run_id", "dotted_order", OWN_PART)


class Outcome(Enum):
    """What became of a payload."""

    NEW = "new"
    REPEATED = "repeated"
    CONFLICTING = "conflicting"


@frozen
class KnownProject:
    """A project that was named by a payload which has become a row: its id."""

    id: str


@frozen
class Received:
    """What has come of a run: the digest of its create and of its update, null for none.

    `status` is the one that counts because it was sent. `session` tells whether the project was
    given by its id or by its name (null: by neither), `is_untagged` that there are no tags because
    an empty list of them was sent, and `usage` is that which was given beside the fields.
    """

    post: str | None = None
    patch: str | None = None
    status: str | None = None
    session: str | None = None
    is_untagged: bool = False
    usage: Mapping[str, Any] | None = None

    @classmethod
    def of_row(cls, row: Row) -> Received:
        """Read the column of a row. A row without it is a dataset's own: a run whose create has
        come, whatever it was, and no update."""
        told = row.get("received")
        if isinstance(told, dict) and isinstance(told.get("post", told.get("patch")), str):
            return cls(
                told.get("post"),
                told.get("patch"),
                told.get("status"),
                told.get("session"),
                bool(told.get("untagged")),
                told.get("usage"),
            )
        status = row.get("status")
        sent = None if status == implied_status(row) else status
        return cls(_OF_FILE, None, sent, _BY_ID)

    def column(self) -> dict[str, Any]:
        """Return the value of the column."""
        told = {
            "post": self.post,
            "patch": self.patch,
            "status": self.status,
            "session": self.session,
            "untagged": self.is_untagged or None,
            "usage": self.usage,
        }
        return {name: value for name, value in told.items() if value is not None}


_NOTHING = Received()


def implied_status(sent: Mapping[str, Any]) -> str:
    """Return the status of a run for which none was sent: `error` where it has an error, `success`
    where it has ended, else `pending`."""
    if sent.get("error") is not None:
        return FAILED
    return PENDING if sent.get("end_time") is None else SUCCESS


def digest(payload: Payload) -> str:
    """Return what payloads of one run are told apart by: of the canonical JSON of the fields that
    are not null. Raises InvalidRequest for what is nested too deep to be a row."""
    known = payload.fields
    if None in known.values():
        known = {name: value for name, value in known.items() if value is not None}
    try:
        text = orjson.dumps(known, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise fields.refusal(payload.id, "extra", f"cannot be kept as JSON: {error}") from None
    # The quickest that there is; nobody gains by two payloads that look alike.
    return hashlib.sha1(text, usedforsecurity=False).hexdigest()[:_DIGITS]


def _by_key(earlier: dict[str, Any], later: dict[str, Any]) -> dict[str, Any]:
    """Merge two objects key by key, in the order of the keys: what is null later changes
    nothing."""
    changes = {k: v for k, v in later.items() if v is not None or k not in earlier}
    return earlier | changes


@frozen
class MergedRun:
    """What has come of a run: the union of what was `sent`, and what was `received`. `row` is what
    it is in the table, None where it is not there yet."""

    id: str
    sent: Sent
    received: Received
    row: Row | None = None

    @classmethod
    def new(cls, run_id: str) -> MergedRun:
        """Return a run of which nothing has come."""
        return cls(run_id, {}, _NOTHING)

    @classmethod
    def of_row(cls, row: Row) -> MergedRun:
        """Return the run that a row is."""
        received = Received.of_row(row)
        sent = {name: row[name] for name in _SENT if row.get(name) is not None}
        for name in _TIMES:
            if name in sent:
                sent[name] = fields.time(sent[name])
        if not sent.get("tags", True) and not received.is_untagged:
            del sent["tags"]
        if received.session == _BY_ID:
            sent["session_id"] = row.get("session_id")
        elif received.session == _BY_NAME:
            sent["session_name"] = KnownProject(row["session_id"])
        if received.usage is not None:
            sent[GIVEN] = received.usage
        return cls(row["id"], sent, received, row)

    @property
    def is_complete(self) -> bool:
        """Whether enough is known for it to be seen. What is in the table stays there."""
        return self.row is not None or self.sent.keys() >= _NEEDED

    @property
    def status(self) -> str:
        """The status by all that has come."""
        return self.received.status or implied_status(self.sent)

    def merged(self, payload: Payload, sent: Sent) -> tuple[MergedRun, Outcome]:
        """Return the run after a payload, of which `sent` is what it sends, and what became of the
        payload."""
        is_create = payload.kind == "post"
        found, known = digest(payload), self.received.post if is_create else self.received.patch
        if known is not None:
            return self, Outcome.REPEATED if found == known else Outcome.CONFLICTING
        earlier, later = (sent, self.sent) if is_create else (self.sent, sent)
        union = earlier | later
        for name in _BY_KEY:
            if name in earlier and name in later:
                union[name] = _by_key(earlier[name], later[name])
        status = self._status(sent, is_create=is_create)
        union.pop("status", None)
        if "session_id" in union:
            session: str | None = _BY_ID
        else:
            session = _BY_NAME if "session_name" in union else None
        received = Received(
            post=found if is_create else self.received.post,
            patch=self.received.patch if is_create else found,
            status=status,
            session=session,
            is_untagged=union.get("tags") == [],
            usage=union.get(GIVEN),
        )
        return MergedRun(self.id, union, received, self.row), Outcome.NEW

    def _status(self, sent: Sent, *, is_create: bool) -> str | None:
        """The status that counts because it was sent: the update's, else the create's where the
        update does not itself bring an end or an error."""
        if is_create and self.received.patch is None:
            return sent.get("status")
        if not is_create and self.received.post is None:
            return sent.get("status")
        update = self.sent if is_create else sent
        by_update = self.received.status if is_create else sent.get("status")
        by_create = sent.get("status") if is_create else self.received.status
        if by_update is not None or "end_time" in update or "error" in update:
            return by_update
        return by_create

    def attached(self, listed: Mapping[str, Any]) -> MergedRun:
        """Return the run with further attachments: by their names, whichever came first."""
        whole = self.sent.get("attachments", {}) | listed
        return evolve(self, sent=self.sent | {"attachments": dict(sorted(whole.items()))})

    def placed(self, place: Place) -> MergedRun:
        """Return the run at its place."""
        sent = {name: value for name, value in self.sent.items() if name not in _PLACE}
        sent["trace_id"], sent["dotted_order"] = place.trace_id, place.dotted_order
        if place.parent_run_id is not None:
            sent["parent_run_id"] = place.parent_run_id
        return evolve(self, sent=sent)
