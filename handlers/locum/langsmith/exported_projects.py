"""The projects, datasets and examples of imported runs: what the runs tell about them."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid5

from attrs import define, field

from locum.importer.rows import Row


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
