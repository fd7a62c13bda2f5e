"""The applications of the world: two tenants, production projects and experiments."""

from __future__ import annotations

from attrs import frozen

from understudy.generator import models, shapes
from understudy.generator.recipes import Recipe

TENANTS = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")
KEYS = (
    ("understudy-demo-key", TENANTS[0], "rw"),
    ("understudy-read-key", TENANTS[0], "r"),
    ("understudy-other-key", TENANTS[1], "rw"),
)
THREAD_KEYS = ("thread_id", "session_id", "conversation_id")


@frozen
class Project:
    """A tracing project. `share` is its part of the tenant's conversations; `shapes`, `models` and
    `turns` (1, 2, …) are weights; `threaded` and `streamed` are the shares of conversations with a
    thread and of turns that stream. `session_name` is its workflow's name on Helicone's side.
    An experiment runs one model over the examples of the shared dataset.
    """

    name: str
    description: str
    tenant: int
    share: float
    shapes: dict[str, float]
    models: dict[str, float]
    turns: tuple[float, ...] = (1.0,)
    threaded: float = 0.0
    streamed: float = 0.0
    session_name: str | None = None
    is_experiment: bool = False

    def shape_weights(self) -> list[float]:
        """A weight for each of SHAPES."""
        return [self.shapes.get(name, 0.0) for name in shapes.NAMES]

    def model_weights(self) -> list[float]:
        """A weight for each of MODELS."""
        return [self.models.get(model.name, 0.0) for model in models.MODELS]


_PRODUCTION = (
    Project(
        name="support-bot",
        description="Answers customers of the web shop",
        tenant=0,
        share=0.44,
        shapes={"support-answer": 0.5, "support-order": 0.3, "support-small-talk": 0.2},
        models={
            "claude-sonnet-4": 0.35,
            "claude-3-5-haiku": 0.35,
            "gpt-4o-mini": 0.2,
            "gemini-2.5-flash": 0.1,
        },
        turns=(0.25, 0.22, 0.18, 0.12, 0.09, 0.06, 0.05, 0.03),
        threaded=0.93,
        streamed=0.7,
        session_name="Support chat",
    ),
    Project(
        name="sql-copilot",
        description="Writes SQL for analysts, runs it and explains the answer",
        tenant=0,
        share=0.3,
        shapes={"sql-query": 0.65, "sql-explain": 0.35},
        models={"o4-mini": 0.4, "gpt-4.1": 0.4, "claude-sonnet-4": 0.2},
        turns=(0.35, 0.27, 0.18, 0.1, 0.06, 0.04),
        threaded=0.9,
        streamed=0.4,
        session_name="SQL copilot",
    ),
    Project(
        name="voice-notes",
        description="Transcribes and answers spoken notes",
        tenant=0,
        share=0.1,
        shapes={"voice-note": 1.0},
        models={"gpt-4o-audio-preview": 1.0},
        turns=(0.7, 0.2, 0.1),
        threaded=0.7,
        session_name="Voice notes",
    ),
    Project(
        name="doc-tagger",
        description="Tags documents: one call each, no conversation",
        tenant=0,
        share=0.16,
        shapes={"tag": 1.0},
        models={"gpt-4o-mini": 0.6, "gemini-2.5-flash": 0.4},
    ),
)
_OTHER = Project(
    name="notes-app",
    description="Belongs to another tenant",
    tenant=1,
    share=1.0,
    shapes={"note": 1.0},
    models={"gpt-4o-mini": 1.0},
    turns=(0.5, 0.5),
    threaded=1.0,
    streamed=0.5,
    session_name="Notes",
)
_EXPERIMENTS = tuple(
    Project(
        name=f"sql-questions-{suffix}",
        description=f"{model} on the examples of sql-questions",
        tenant=0,
        share=0.0,
        shapes={"evaluate": 1.0},
        models={model: 1.0},
        is_experiment=True,
    )
    for suffix, model in (
        ("gpt-4.1", "gpt-4.1"),
        ("o4-mini", "o4-mini"),
        ("sonnet", "claude-sonnet-4"),
    )
)
# The project of single calls, which fill a dataset up to its exact number of runs.
FILLER = len(_PRODUCTION) - 1
OTHER = len(_PRODUCTION)


def projects(recipe: Recipe) -> tuple[Project, ...]:
    """Production projects, the other tenant's (at OTHER), then the recipe's experiments."""
    return (*_PRODUCTION, _OTHER, *_EXPERIMENTS[: recipe.experiments])
