"""All tables of a generated dataset."""

from __future__ import annotations

from collections.abc import Iterator

from locum.generator.world import Row, World
from locum.helicone import fixtures as helicone_requests
from locum.langsmith.fixtures import feedback as langsmith_feedback
from locum.langsmith.fixtures import projects as langsmith_projects
from locum.langsmith.fixtures import runs as langsmith_runs


def rows(world: World) -> dict[str, Iterator[Row]]:
    """The rows of every table, made as they are read."""
    given = langsmith_feedback.notes(world)
    return {
        "keys": langsmith_projects.keys(world),
        "langsmith/sessions": langsmith_projects.sessions(world),
        "langsmith/datasets": langsmith_projects.datasets(world),
        "langsmith/examples": langsmith_projects.examples(world),
        "langsmith/runs": langsmith_runs.rows(world),
        "langsmith/feedback": langsmith_feedback.rows(world, given),
        "helicone/requests": helicone_requests.rows(world, given),
        "helicone/session_tags": helicone_requests.session_tags(world),
    }
