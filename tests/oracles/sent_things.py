"""What worlds are made of: projects, runs, feedback, datasets, as applications know them, before
anybody has derived anything."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from attrs import define, field

Json = dict[str, Any]

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
DEFAULT = "default"  # the project of runs that name none
# A model's name, its provider, and, as in `prices.json`, USD for a million tokens.
PRICES: list[Json] = [
    {
        "match": "^small(-mini)?$",
        "provider": "Acme",
        "input": 0.25,
        "output": "2",
        "breakdown": {"input": {"cache_read": "0.025", "audio": 1.5}, "output": {"reasoning": 3}},
    },
    {"match": "^large$", "input": 3.75, "output": 15.0000005},
    {"match": "^large$", "input": "4.5", "output": 20, "from": "2026-06-25"},
    {"match": "half", "input": 1},
]
END = ("outputs", "error", "events")  # what runs say when they end

Named = Literal["id", "name", ""]


@define(eq=False)
class Project:
    """`id` is None where runs make it by naming it: then the server gives one, and it begins when
    the first of them does, unless a `start` was told. `extra_at_first` is what it had before it
    was changed."""

    id: str | None
    name: str
    start: datetime | None = None
    end: datetime | None = None
    description: str | None = None
    extra: Json | None = None
    extra_at_first: Json | None = None
    dataset: Dataset | None = None
    is_in_file: bool = False


@define(eq=False)
class Dataset:
    """A dataset; one that is shared has a token that the server gives."""

    id: str
    name: str
    created: datetime
    description: str | None
    metadata: Json | None
    is_shared: bool


@define(eq=False)
class Example:
    """An example; its split is in the metadata. `outputs_at_first` are those that it had before it
    was changed, at a time that the server knows."""

    id: str
    dataset: Dataset
    inputs: Json
    outputs: Json | None
    metadata: Json | None
    source: str | None
    created: datetime
    modified: datetime | None = None  # None: never
    outputs_at_first: Json | None = None


@define(eq=False)
class Run:
    """A run as it is in the end. `above` are the ids of the runs over it, the root first; one that
    `is_lost` is never sent, though others name it. `order` is its dotted_order, which
    `is_derived` by the rule where nobody needs to send it. `said` are further columns as they were
    sent: error, inputs, outputs, tags, metadata, extra, runtime, events, serialized. One that
    `is_pending_in_file` has not ended there, and is updated by what it said in the END."""

    id: str
    above: tuple[str, ...]
    order: str
    is_derived: bool
    project: Project
    names_project_by: Named
    name: str
    run_type: str
    start: datetime
    end: datetime | None
    said: Json
    status: str | None = None  # where one is sent that counts
    example: str | None = None
    attachments: dict[str, tuple[str, bytes]] = field(factory=dict)
    share_token: str | None = None
    is_lost: bool = False
    is_in_file: bool = False
    is_pending_in_file: bool = False
    span: Span | None = None  # by which it comes, if it does

    @property
    def parent(self) -> str | None:
        return self.above[-1] if self.above else None

    @property
    def trace(self) -> str:
        return self.above[0] if self.above else self.id


@define(eq=False)
class Span:
    """A span of OpenTelemetry: its ids, that of the span above where it names it, what it tells of
    the run's usage beside outputs and metadata, if anything, and outputs that an update takes the
    place of."""

    trace_id: bytes
    span_id: bytes
    parent_id: bytes = b""
    usage: Json | None = None
    outputs_at_first: Json | None = None

    @property
    def run_id(self) -> str:
        """The id of its run, where it does not name another."""
        return str(UUID(bytes=bytes(8) + self.span_id))


@define(eq=False)
class Feedback:
    """A judgement on a run, which may never come (then on the project that is named, if any), or on
    a project alone. Its times are None where the server gives them; `at_first` is what it said
    before it was changed."""

    id: str
    run: Run | None
    project: Project | None
    key: str
    score: Any
    value: Any
    comment: str | None
    correction: Any
    source: Json | None
    created: datetime | None
    modified: datetime | None
    at_first: Json | None = None


def iso(time: datetime) -> str:
    """A time as files have it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
