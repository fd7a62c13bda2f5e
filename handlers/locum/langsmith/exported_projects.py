"""The projects, datasets and examples of imported runs: what the runs tell about them; and feedback
that waits for its run."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid5

from attrs import define, field

from locum.importer.rows import Row
from locum.provider import LeftOut
from locum.provider import Row as Fields


@define
class Project:
    """A tracing project: when its first run began and its last one ended, and the dataset that it
    is an experiment on."""

    name: str
    start_time: str
    end_time: str | None = None
    dataset_id: str | None = None


@define
class Example:
    """What an experiment ran on: the (tenant, project) of the first run, and when that began."""

    project: tuple[str, str]
    created_at: str


@define
class Projects:
    """Gathered run by run."""

    projects: dict[tuple[str, str], Project] = field(factory=dict)
    examples: dict[str, Example] = field(factory=dict)

    def add(self, row: Row) -> None:
        """Take note of a run, as `langsmith.run` reads it."""
        owner = (row["tenant_id"], row["session_id"])
        project = self.projects.setdefault(owner, Project(owner[1], row["start_time"]))
        project.name = row["session_name"] or project.name
        project.dataset_id = row["reference_dataset_id"] or project.dataset_id
        project.start_time = min(project.start_time, row["start_time"])
        project.end_time = max(filter(None, (project.end_time, row["end_time"])), default=None)
        if row["reference_example_id"] is not None:
            example = Example(owner, row["start_time"])
            known = self.examples.setdefault(row["reference_example_id"], example)
            known.created_at = min(known.created_at, row["start_time"])

    def sessions(self) -> Iterator[Row]:
        """The rows of `langsmith/sessions`. A project whose name nobody gave has its id's."""
        for (tenant_id, session_id), project in self.projects.items():
            yield {
                "id": session_id,
                "tenant_id": tenant_id,
                "name": project.name,
                "start_time": project.start_time,
                "end_time": project.end_time if project.dataset_id else None,
                "reference_dataset_id": project.dataset_id,
            }

    def datasets(self) -> Iterator[Row]:
        """The rows of `langsmith/datasets`, each with a share token made of its id."""
        owners = {p.dataset_id: tenant for (tenant, _), p in self.projects.items() if p.dataset_id}
        for dataset_id, tenant_id in owners.items():
            yield {
                "id": dataset_id,
                "tenant_id": tenant_id,
                "name": dataset_id,
                "share_token": str(uuid5(UUID(dataset_id), "share_token")),
            }

    def known_examples(self) -> Iterator[Row]:
        """The rows of `langsmith/examples`: of those whose project tells its dataset.

        What they ask is not in an export of runs.
        """
        for id_, example in self.examples.items():
            if (dataset_id := self.projects[example.project].dataset_id) is not None:
                yield {
                    "id": id_,
                    "dataset_id": dataset_id,
                    "inputs": {},
                    "created_at": example.created_at,
                    "modified_at": example.created_at,
                }


@define
class Gathered:
    """What follows from all rows of an import (`locum.provider.Gathering`)."""

    projects: Projects = field(factory=Projects)
    project_of_run: dict[bytes, str] = field(factory=dict)
    waiting: list[Row] = field(factory=list)
    feedback_stats: int = 0
    examples_left_out: int = 0

    def add(self, table: str, row: Row, fields: Fields) -> bool:
        """Take note of a run; keep feedback that does not tell its project."""
        if table == "langsmith/runs":
            self.project_of_run[UUID(row["id"]).bytes] = row["session_id"]
            self.projects.add(row)
            self.feedback_stats += bool(fields.get("feedback_stats"))
        elif row["session_id"] is None:
            self.waiting.append(row)
            return False
        return True

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Give the feedback that has waited, with the project of its run if that was there, and
        then projects, datasets and examples."""
        for row in self.waiting:
            project = self.project_of_run.get(UUID(row["run_id"]).bytes)
            yield "langsmith/feedback", row | {"session_id": project}
        examples = list(self.projects.known_examples())
        self.examples_left_out = len(self.projects.examples) - len(examples)
        for table, rows in (
            ("langsmith/sessions", self.projects.sessions()),
            ("langsmith/datasets", self.projects.datasets()),
            ("langsmith/examples", examples),
        ):
            for row in rows:
                yield table, row

    def left_out(self) -> list[LeftOut]:
        """Tell of totals of feedback, and of examples that nothing is known of."""
        return [
            LeftOut(
                "feedback_stats",
                self.feedback_stats,
                f"feedback_stats of {self.feedback_stats:,} runs left out: they are totals; import "
                "the feedback itself (the SDK's list_feedback)",
            ),
            LeftOut(
                "examples_left_out",
                self.examples_left_out,
                f"{self.examples_left_out:,} examples left out: no run of their project names the "
                "dataset (reference_dataset_id)",
            ),
        ]
