"""A random world as the applications of a tenant know it, before anybody has derived anything: its
projects, the runs of its traces, what is thought of them, datasets and experiments.

`sent_rows` says by which rows it stands in a dataset's files, `sent_requests` by which requests it
comes to a server. All is drawn from a seed; no code of the package takes part.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Literal
from uuid import UUID

from attrs import define, field

Json = dict[str, Any]

FIRST = datetime(2026, 6, 20, tzinfo=UTC)
NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
DEFAULT = "default"
THREAD_KEYS = ("thread_id", "session_id", "conversation_id")
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
MODELS = ("small", "small-mini", "large", "half-known", "unheard-of")
TYPES = (
    "chain",
    "chain",
    "llm",
    "llm",
    "llm",
    "tool",
    "retriever",
    "embedding",
    "prompt",
    "parser",
)
NAMES = ("agent", "ChatAcme", "the tool", "søk", "parser")
WORDS = ("the", "answer", "is", "große", "日本", "42", "naïve", "100%", 'a "quote"')
TAGS = ("prod", "test", "größe", "v2")
CATEGORIES = {"input": ("cache_read", "audio", "cache_creation"), "output": ("reasoning",)}
KEYS = ("helpful", "correctness", "user_score", "tøne")

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


class World:
    """What one tenant has. `in_file` is the share of what is there before anything is sent, and
    `by_span` of the traces that come by OpenTelemetry, most of their runs at least."""

    def __init__(
        self,
        seed: str,
        tenant: str,
        *,
        traces: int = 12,
        in_file: float = 0.0,
        by_span: float = 0.0,
    ) -> None:
        self.tenant = tenant
        self.draw = Random(f"{seed} {tenant}")  # noqa: S311 - a world that can be drawn again
        self._in_file, self._by_span = in_file, by_span
        self.datasets = [self._dataset(name) for name in ("questions", "ünknown")]
        self.projects = [self._project(name) for name in ("shop", "desk", "søk")]
        self.named = [Project(None, name) for name in ("by name", "tøday", DEFAULT)]
        self.named[1].start, self.named[1].description = FIRST, "described later"
        self.runs: list[Run] = []
        self.examples: list[Example] = []
        self.feedback: list[Feedback] = []
        for number in range(traces):
            root = self._root(number)
            self._below(root, 1)
        for project in self.named:  # each is made by a run at least
            self.runs.append(self.new_run(None, project))
        self._draw_examples()
        for number in range(2):
            self._experiment(f"experiment-{number}")
        for run in self.draw.sample(self.seen, 2):
            run.share_token = self.new_id()
        self._draw_feedback()

    @property
    def seen(self) -> list[Run]:
        """The runs that come."""
        return [run for run in self.runs if not run.is_lost]

    # Chances.

    def new_id(self) -> str:
        return str(UUID(int=self.draw.getrandbits(128), version=4))

    def _maybe(self, value: Any, share: float = 0.5) -> Any:
        return value if self.draw.random() < share else None

    def _is(self, share: float) -> bool:
        return self.draw.random() < share

    def _text(self) -> str:
        return " ".join(self.draw.choices(WORDS, k=self.draw.randrange(1, 6)))

    def _time(self, days: float = 9) -> datetime:
        return FIRST + timedelta(microseconds=self.draw.randrange(int(days * 86_400_000_000)))

    def _later(self, time: datetime, seconds: float) -> datetime:
        return time + timedelta(microseconds=self.draw.randrange(1, int(seconds * 1e6)))

    def _contents(self) -> Json:
        """What a run is given or gives."""
        draw = self.draw
        contents: Json = {"text": self._text()}
        if self._is(0.3):
            contents["n"] = draw.choice((0, 1.5, -3, True, None, 2**53))
        if self._is(0.3):
            contents["messages"] = [{"role": "user", "content": self._text()}]
        return contents

    # Projects, datasets, examples.

    def _dataset(self, name: str) -> Dataset:
        metadata = self._maybe({"owner": self._text()})
        is_shared = name == "questions"
        return Dataset(
            self.new_id(), name, self._time(1), self._maybe(self._text()), metadata, is_shared
        )

    def _project(self, name: str) -> Project:
        return Project(
            self.new_id(),
            name,
            self._time(1),
            description=self._maybe(self._text()),
            extra=self._maybe({"metadata": {"owner": self._text()}}),
            is_in_file=self._is(self._in_file),
        )

    def _draw_examples(self) -> None:
        for dataset, count in zip(self.datasets, (7, 2), strict=True):
            for _ in range(count):
                metadata: Json = {"topic": self.draw.choice(("sums", "joins"))}
                if self._is(0.7):
                    metadata["difficulty"] = self.draw.choice((1, 2, "hard"))
                if self._is(0.3):
                    metadata["dataset_split"] = self.draw.choice((["train"], ["base", "train"]))
                example = Example(
                    self.new_id(),
                    dataset,
                    self._contents(),
                    self._maybe(self._contents(), 0.8),
                    self._maybe(metadata, 0.8),
                    self._maybe(self.draw.choice(self.seen).id, 0.3),
                    self._time(3),
                )
                if self._is(0.3):
                    example.modified = self._later(example.created, 3600)
                elif example.outputs is not None and self._is(0.3):
                    example.outputs_at_first = self._contents()
                self.examples.append(example)

    def _experiment(self, name: str) -> None:
        """An experiment over the examples, of which each is run once, some twice and some not."""
        dataset = self.datasets[0]
        project = self._project(name)
        project.is_in_file = False
        project.dataset = dataset
        project.extra = {"metadata": {"models": ["small"], "num_repetitions": 1}}
        if self._is(0.5):
            project.extra_at_first = {"metadata": {"models": []}}
            project.end = NOW - timedelta(hours=1)
        self.projects.append(project)
        for example in self.examples:
            times = self.draw.choice((0, 1, 1, 1, 2)) if example.dataset is dataset else 0
            for _ in range(times):
                root = self.new_run(None, project, by_span=self._is(self._by_span))
                root.example = example.id
                self.runs.append(root)
                if self._is(0.5):
                    self._below(root, 3)

    # Runs.

    def _root(self, number: int) -> Run:
        project = self.draw.choice(self.projects[:3] * 2 + self.named)
        root = self.new_run(None, project, by_span=self._is(self._by_span))
        root.is_lost = number % 6 == 5
        is_old = project.is_in_file and root.span is None and self._is(0.8)
        root.is_in_file = is_old and not root.is_lost
        self.runs.append(root)
        return root

    def _below(self, parent: Run, depth: int) -> None:
        for _ in range(self.draw.choice((0, 1, 1, 2, 3) if depth > 1 else (1, 2, 3))):
            project = parent.project
            if self._is(0.05):  # which follows its own field, not the root's
                project = self.draw.choice(self.projects[:3])
            by_span = self._is(0.8 if parent.span is not None else self._by_span / 5)
            run = self.new_run(parent, project, by_span=by_span)
            run.is_lost = self._is(0.04)
            run.is_in_file = parent.is_in_file and project.is_in_file and self._is(0.7)
            run.is_in_file &= not run.is_lost and run.span is None
            run.is_pending_in_file = run.is_in_file and run.end is not None and self._is(0.4)
            self.runs.append(run)
            if depth < 4:
                self._below(run, depth + 1)

    def new_run(self, parent: Run | None, project: Project, *, by_span: bool = False) -> Run:
        draw, run_id = self.draw, self.new_id()
        span = self._span(parent) if by_span else None
        if span is not None and self._is(0.7):
            run_id = span.run_id
        start = self._time(8) if parent is None else self._later(parent.start, 20)
        if parent is not None:
            if self._is(0.1):  # whose clock is behind
                start = parent.start - timedelta(milliseconds=draw.randrange(1, 3000))
            elif self._is(0.1):  # late
                start += timedelta(hours=draw.randrange(1, 9))
            elif self._is(0.05):
                start = parent.start
        if self._is(0.2):
            start = start.replace(microsecond=start.microsecond // 1000 * 1000)
        end = self._later(start, draw.choice((0.9, 9, 90))) if self._is(0.9) else None
        told, is_derived = start, True
        if self._is(0.1):  # dotted_order may tell another time than the start
            told, is_derived = start + timedelta(milliseconds=draw.randrange(-500, 500)), False
        time = told.strftime("%Y%m%dT%H%M%S%fZ")
        order, above = time + run_id, tuple[str, ...]()
        if parent is not None:
            over = parent.order.rpartition(".")[2][: len(time)]
            order = f"{parent.order}.{max(over, time)}{run_id}"
            above = *parent.above, parent.id
        by: Named = "name" if project.id is None else draw.choice(("id", "id", "name"))
        run_type = draw.choice(TYPES)
        run = Run(
            run_id,
            above,
            order,
            is_derived,
            project,
            "" if project.name == DEFAULT and self._is(0.7) else by,
            draw.choice(NAMES),
            run_type,
            start,
            end,
            self._said(run_type, start, end),
            self._maybe(draw.choice(("success", "error", "pending")), 0.08),
            attachments=self._files() if self._is(0.1) else {},
            span=span,
        )
        if span is not None:
            self._tell_by_span(run, span)
        return run

    def _span(self, parent: Run | None) -> Span:
        above = parent.span if parent is not None else None
        if above is None:
            return Span(self.draw.randbytes(16), self.draw.randbytes(8))
        parent_id = above.span_id if self._is(0.7) else b""
        return Span(above.trace_id, self.draw.randbytes(8), parent_id)

    def _tell_by_span(self, run: Run, span: Span) -> None:
        """Have the run be one that a span can tell: it has tags, if none at all, its metadata begin
        with those of the resource, and it keeps what the span was."""
        said = run.said
        run.status = None
        said.pop("serialized", None)
        said["tags"] = said.get("tags", [])
        said["metadata"] = {"service.name": "shop", **said.get("metadata", {})}
        of_outputs = said.get("outputs", {}).get("usage_metadata")
        if of_outputs is not None and "usage_metadata" in said["metadata"]:
            said["metadata"]["usage_metadata"] = of_outputs  # else they are merged field by field
        if "usage" not in said.get("outputs", {}) and of_outputs is None and self._is(0.4):
            said["metadata"].pop("usage_metadata", None)
            span.usage = self._usage_metadata()
        if "outputs" in said and self._is(0.2):
            span.outputs_at_first = {"text": "at first"}
        otel = {"trace_id": span.trace_id.hex(), "span_id": span.span_id.hex()}
        if span.parent_id:
            otel["parent_span_id"] = span.parent_id.hex()
        said["extra"] = {**self._parameters(), "otel": otel}
        events = sorted(said.get("events", ()), key=lambda each: str(each["time"]))
        tokens = [each for each in events if each["name"] == "new_token"]
        events = tokens[:1] + [each for each in events if each["name"] != "new_token"]
        said["events"] = [{**each, "kwargs": self._kwargs()} for each in events]

    def _parameters(self) -> Json:
        return {"invocation_params": {"temperature": 0.5}} if self._is(0.5) else {}

    def _kwargs(self) -> Json:
        return {"n": self.draw.randrange(9), "text": self._text()} if self._is(0.5) else {}

    def _files(self) -> dict[str, tuple[str, bytes]]:
        names = self.draw.sample(("a.png", "b.c.txt", "größe 1"), self.draw.randrange(1, 3))
        return {name: ("image/png", self.draw.randbytes(20)) for name in sorted(names)}

    def _said(self, run_type: str, start: datetime, end: datetime | None) -> Json:
        draw = self.draw
        said: Json = {"inputs": self._contents()}
        if self._is(0.8):
            said["outputs"] = self._contents()
        if self._is(0.15):
            said["error"] = f"Error({self._text()})"
        if self._is(0.5):
            said["tags"] = draw.sample(TAGS, draw.randrange(3))
        metadata = self._metadata()
        if self._is(0.6 if run_type == "llm" else 0.15):
            self._use(said, metadata, run_type)
        if metadata or self._is(0.8):
            said["metadata"] = metadata
        if self._is(0.4):
            said["extra"] = {"invocation_params": {"temperature": draw.choice((0, 0.7))}, "k": "v"}
        if self._is(0.6):
            said["runtime"] = {"sdk": "langsmith-py", "sdk_version": draw.choice(("0.9.2", "1"))}
        if self._is(0.4 if run_type == "llm" else 0.05):
            length = (end - start) if end is not None else timedelta(seconds=5)
            said["events"] = [
                {"name": name, "time": iso(start + draw.random() * length)}
                for name in draw.choices(("new_token", "start", "end"), k=draw.randrange(1, 4))
            ]
        if self._is(0.2):
            said["serialized"] = {"lc": 1, "id": ["langchain", self._text()]}
        return said

    def _metadata(self) -> Json:
        draw, metadata = self.draw, Json()
        for key in draw.sample(THREAD_KEYS, draw.choice((0, 1, 1, 1, 2))):
            metadata[key] = draw.choice(("thread-1", "thread-2", "trå", str(UUID(int=7)), 12))
        if self._is(0.7):
            metadata["ls_model_name"] = draw.choice(MODELS)
            metadata["model"] = metadata["ls_model_name"]
        if self._is(0.6):
            metadata["ls_provider"] = draw.choice(("acme", "ACME", "other"))
        if self._is(0.5):
            metadata["user_id"] = draw.choice(("u1", "ü2", 3))
        if self._is(0.2):
            metadata["nested"] = {"list": [1, self._text(), None], "flag": self._is(0.5)}
        return metadata

    # Usage.

    def _use(self, said: Json, metadata: Json, run_type: str) -> None:
        """Tell what the run uses, in one of the places, or in two: then it counts once."""
        outputs = said.setdefault("outputs", {}) if self._is(0.8) else None
        if outputs is not None and run_type == "llm" and self._is(0.3):
            names = self.draw.choice(
                (("prompt_tokens", "completion_tokens"), ("input_tokens", "output_tokens"))
            )
            outputs["usage"] = {name: self.draw.randrange(900) for name in names}
            return
        told = self._usage_metadata()
        if outputs is not None:
            outputs["usage_metadata"] = told
        if outputs is None or self._is(0.3):
            metadata["usage_metadata"] = told if self._is(0.7) else self._usage_metadata()

    def _usage_metadata(self) -> Json:
        draw = self.draw
        told: Json = {}
        for side, categories in CATEGORIES.items():
            if self._is(0.95):
                told[f"{side}_tokens"] = draw.choice((0, 1, 19, draw.randrange(10**6)))
            if self._is(0.4):
                few = draw.sample(categories, draw.randrange(len(categories) + 1))
                told[f"{side}_token_details"] = {name: draw.randrange(20) for name in few}
            if self._is(0.25):
                told[f"{side}_cost"] = self._cost()
                if self._is(0.5):
                    told[f"{side}_cost_details"] = {draw.choice(categories): self._cost()}
        if self._is(0.5):
            told["total_tokens"] = told.get("input_tokens", 0) + told.get("output_tokens", 0)
        if self._is(0.1):
            told["total_cost"] = self._cost()
        return told

    def _cost(self) -> float | str | int:
        return self.draw.choice((0, 0.1, "0.0000000005", 2.5e-9, "0.0000000015", 0.00042, "1.25"))

    # Feedback.

    def _draw_feedback(self) -> None:
        on_runs: list[Run] = self.draw.choices(self.runs, k=len(self.runs) // 3)
        on_projects = [self.draw.choice(self.projects) for _ in range(4)]
        for run in on_runs:
            self.feedback.append(self._judgement(run, None))
        for project in on_projects:
            self.feedback.append(self._judgement(None, project))

    def _judgement(self, run: Run | None, project: Project | None) -> Feedback:
        draw = self.draw
        created = self._maybe(self._time(), 0.9)
        if run is not None and run.is_lost:
            if run.project.id is not None:
                project = run.project
            elif created is None:
                created = NOW  # it is nobody's, and nobody can be told when it came
        modified = created
        if modified is not None and self._is(0.2):
            modified = self._later(modified, 3600)
        feedback = Feedback(
            self.new_id(),
            run,
            project,
            draw.choice(KEYS),
            draw.choice((None, 0, 1, True, False, 0.5, -3, 0.12341, 7.5)),
            draw.choice((None, None, "good", "bad", "größe", 5, {"a": 1})),
            self._maybe(self._text(), 0.3),
            self._maybe({"text": self._text()}, 0.2),
            draw.choice((None, {"type": "api"}, {"type": "app"}, {"type": "model"})),
            created,
            modified,
        )
        if (run is None or not run.is_lost) and self._is(0.15):
            feedback.modified = None
            feedback.at_first = {"score": 0.25, "comment": "at first"}
        return feedback
