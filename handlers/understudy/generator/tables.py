"""All tables of a generated dataset."""

from __future__ import annotations

from collections.abc import Iterator

from understudy.generator import (
    helicone_requests,
    langsmith_feedback,
    langsmith_projects,
    langsmith_runs,
)
from understudy.generator.world import Row, World


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
