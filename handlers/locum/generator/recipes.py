"""Recipes: what a dataset is made of. fixtures/world.yaml says what each field means.

The classes have the fields of that file, in its order. A recipe is a file that is laid upon it.
"""

from __future__ import annotations

from typing import Annotated, Any

from attrs import frozen

from locum.generator.fields import Must
from locum.generator.recipe_parts import (
    Examples,
    Experiments,
    Feedback,
    Late,
    Latency,
    LogNormal,
    ModelError,
    OutcomeRates,
    Singles,
    Threads,
    Usage,
    Volume,
)
from locum.generator.recipe_values import (
    Amount,
    Count,
    Days,
    Format,
    Name,
    Now,
    Price,
    Provider,
    Rate,
    RunCount,
    Seed,
    Talk,
    Tenant,
    Texts,
    Users,
    Weights,
    WeightsByName,
    instant,
)

# Raised whenever the same recipe gives other rows, or the same rows other files.
VERSION = "1"


@frozen(kw_only=True)
class Model:
    """A model with its prices in nano-USD a token, and what of it is other than usual."""

    name: str
    provider: Provider
    prompt: Price
    completion: Price
    cache_read: Price
    cache_creation: Price = 0
    audio_prompt: Price = 0
    audio_completion: Price = 0
    reasons: bool = False
    prompt_tokens: LogNormal | None = None
    completion_tokens: LogNormal | None = None
    first_token_ms: LogNormal | None = None
    ms_per_token: LogNormal | None = None


@frozen(kw_only=True)
class Project:
    """A tracing project: one application, or one experiment."""

    name: str
    description: str
    tenant: Tenant = "demo"
    share: Amount = 0.0
    shapes: WeightsByName
    models: WeightsByName
    turns: Weights = (1.0,)
    threaded: Rate = 0.0
    streamed: Rate = 0.0
    session_name: str | None = None
    escalation: str | None = None
    prompt_id: str | None = None
    system: str = ""
    talks: tuple[Talk, ...] = ()
    experiment: bool = False


@frozen
class Claim:
    """What is special about the dataset: `claim` names the one value that the SQL statement
    `select` gives, which is as `equals`, `at_least` or `at_most` says. Its tables are those of the
    data dictionary, `/` written as `_`, and their times are TIMESTAMPs in UTC."""

    claim: str
    select: str
    equals: int | None = None
    at_least: int | None = None
    at_most: int | None = None

    @property
    def expected(self) -> str:
        """What the value must be, in words."""
        bounds = (("", self.equals), ("at least ", self.at_least), ("at most ", self.at_most))
        return " and ".join(f"{word}{value:,}" for word, value in bounds if value is not None)

    def holds(self, found: float | None) -> bool:
        """Whether the value is as claimed; null is not."""
        return (
            found is not None
            and (self.equals is None or found == self.equals)
            and (self.at_least is None or found >= self.at_least)
            and (self.at_most is None or found <= self.at_most)
        )


_BOUNDED = Must(lambda claim: claim.expected, "equals, at_least or at_most")


@frozen
class Recipe:
    """A dataset to generate. It holds exactly `runs` runs, in the `days` before `now`."""

    name: Name
    description: str
    seed: Seed
    runs: RunCount
    days: Days
    now: Now
    format: Format
    committed: bool
    users: Users
    other_threads: Count
    volume: Volume
    outcomes: OutcomeRates
    singles: Singles
    threads: Threads
    late: Late
    examples: Examples
    experiments: Experiments
    latency: Latency
    usage: Usage
    feedback: Feedback
    model_errors: dict[str, ModelError]
    models: dict[str, Model]
    shapes: dict[str, str]
    projects: dict[str, Project]
    tags: Texts
    tag_counts: Weights
    claims: tuple[Annotated[Claim, _BOUNDED], ...] = ()

    @property
    def now_ms(self) -> int:
        """`now` in Unix milliseconds."""
        return int(instant(self.now).timestamp()) * 1000

    def of_models(self, column: str) -> Any:
        """An attribute of every model, as a list."""
        return [getattr(model, column) for model in self.models.values()]

    def place(self, key: str) -> int:
        """Where the project of that key stands among `projects`."""
        return list(self.projects).index(key)
