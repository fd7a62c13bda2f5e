"""A random world as the applications of a tenant know it: its projects, the runs of its traces,
what is thought of them, datasets and experiments.

`sent_rows` says by which rows it stands in a dataset's files, `sent_requests` by which requests it
comes to a server. All is drawn from a seed; no code of the package takes part.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random

from tests.oracles.sent_contents import FIRST, Drawing
from tests.oracles.sent_things import (
    DEFAULT,
    NOW,
    Dataset,
    Example,
    Feedback,
    Json,
    Named,
    Project,
    Run,
    Span,
)

TYPES = (*["chain", "llm", "llm"] * 2, "tool", "retriever", "embedding", "prompt", "parser")
NAMES = ("agent", "ChatAcme", "the tool", "søk", "parser")
KEYS = ("helpful", "correctness", "user_score", "tøne")


class World(Drawing):
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
        super().__init__(Random(f"{seed} {tenant}"))  # noqa: S311 - it can be drawn again
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
            is_old = parent.is_in_file or self._is(0.3)  # else its parent comes late
            run.is_in_file = is_old and project.is_in_file and self._is(0.7)
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
