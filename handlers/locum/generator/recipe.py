"""What a dataset is made of: the fields of fixtures/world.yaml and texts.yaml.

fixtures/recipe.schema.json says what each means and may be; `recipe_loader` makes a Recipe only of
what has been checked. A share or rate is from 0 to 1, a weight counts relative to the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import attrs
from attrs import Factory, frozen

# Raised whenever the same recipe gives other rows, or the same rows other files.
VERSION = "4"
# The names of `threads.keys`.
THREAD_KEYS = ("thread_id", "session_id", "conversation_id")


@frozen
class LogNormal:
    """least + median * exp(sigma * z), z standard normal."""

    median: float
    sigma: float
    least: int = 0


@frozen
class Outcomes:
    """Shares of turns that fail, that recover from a failed child, and that hang."""

    failed: float = 0.0
    recovered: float = 0.0
    pending: float = 0.0

    def weights(self) -> tuple[float, ...]:
        """Return those of success, failed, recovered and pending (conversations.SUCCESS, …)."""
        rates = (self.failed, self.recovered, self.pending)
        return (max(0.0, 1.0 - sum(rates)), *rates)


@frozen
class Event:
    """Hours that are other than usual, from `hours_ago` before now on."""

    hours_ago: int
    hours: int
    volume: float = 1.0
    outcomes: Outcomes | None = None


@frozen
class Volume:
    """Weights of hours and weekdays, events, and exact times of arrival (ISO-8601)."""

    hours: tuple[float, ...]
    weekdays: tuple[float, ...]
    events: tuple[Event, ...]
    arrivals: tuple[str, ...]


@frozen
class Singles:
    """Single calls of a project."""

    project: str
    failed: float
    pending: float


@frozen
class Threads:
    """Weights of the metadata keys that hold a thread's id, and the pauses between its turns."""

    keys: dict[str, float]
    pause_ms: LogNormal
    longest_pause_ms: int


@frozen
class Late:
    """The share of traces that arrive late, and by how many hours."""

    share: float
    hours: LogNormal


@frozen
class ExamplesOf:
    """So many examples, of the questions of a project."""

    count: int
    project: str


@frozen
class Examples:
    """Of the shared dataset and the private one."""

    shared: ExamplesOf
    private: ExamplesOf


@frozen
class Experiments:
    """Weights of the times that an example is run, and whether all runs have ended."""

    times: tuple[float, ...]
    over: bool


@frozen
class Latency:
    """Durations of runs; `own_us` by their type."""

    own_us: dict[str, LogNormal]
    gap_us: LogNormal
    first_token_ms: LogNormal
    ms_per_token: LogNormal


@frozen
class Detail:
    """The rate of calls that have tokens of a category, and their share of a call's tokens."""

    rate: float
    low: float
    high: float


@frozen
class Usage:
    """Tokens of calls; `details` by category."""

    prompt_tokens: LogNormal
    completion_tokens: LogNormal
    growth_per_turn: float
    reasoning_factor: float
    unreported: float
    cached: float
    details: dict[str, Detail]


@frozen
class FeedbackRates:
    """The share of runs that get feedback of a key."""

    user_score: float
    user_score_again: float
    quality: float
    topic: float
    resolved: float
    tone: float
    groundedness: float
    correctness: float
    conciseness: float


@frozen
class Comments:
    """What users comment: where they like an answer or not, or a turn that failed, or not."""

    liked: tuple[str, ...]
    disliked: tuple[str, ...]
    forgiven: tuple[str, ...]
    failed: tuple[str, ...]


@frozen
class Feedback:
    """Who judges how, and when."""

    rates: FeedbackRates
    liked: float
    liked_failure: float
    resolved: float
    correct: float
    commented: float
    edited: float
    delay_seconds: LogNormal
    comments: Comments


@frozen
class ModelError:
    """What a provider answers, and how often among failures."""

    weight: float
    message: str


@frozen(kw_only=True)
class Model:
    """A model with its prices in nano-USD a token, and what of it is other than usual."""

    name: str
    provider: str
    prompt: int
    completion: int
    cache_read: int
    cache_creation: int = 0
    audio_prompt: int = 0
    audio_completion: int = 0
    reasons: bool = False
    prompt_tokens: LogNormal | None = None
    completion_tokens: LogNormal | None = None
    first_token_ms: LogNormal | None = None
    ms_per_token: LogNormal | None = None


@frozen(kw_only=True)
class Slot:
    """What a text may have in a place: one of some texts or maps of texts, or an integer."""

    texts: tuple[str, ...] = ()
    maps: tuple[dict[str, str], ...] = ()
    least: int = 0
    most: int = -1

    @property
    def choices(self) -> Sequence[Any]:
        """Return all of which one is drawn."""
        return self.texts or self.maps or range(self.least, self.most + 1)


@frozen
class Tool:
    """What a tool is given, and what it finds."""

    args: dict[str, str]
    result: dict[str, str]


@frozen(kw_only=True)
class Saying:
    """A question and its answer, one of each. A model may write a `statement` that is run, or by
    `mistakes` a wrong one; `documents` are titles and contents that are found."""

    questions: tuple[str, ...]
    answers: tuple[str, ...]
    statements: tuple[str, ...] = ()
    mistakes: tuple[str, ...] = ()
    documents: tuple[tuple[str, ...], ...] = ()


@frozen(kw_only=True)
class Subject(Saying):
    """What turns are about; `ways` are what is said instead in a trace with a run of that name."""

    topic: str
    liked: tuple[str, ...] = ()
    disliked: tuple[str, ...] = ()
    ways: dict[str, Saying] = Factory(dict)


@frozen(kw_only=True)
class Project:
    """A tracing project: one application, or one experiment. `apologies` are its answers where
    nothing could be looked up."""

    name: str
    description: str
    tenant: str = "demo"
    share: float = 0.0
    shapes: dict[str, float]
    models: dict[str, float]
    turns: tuple[float, ...] = (1.0,)
    threaded: float = 0.0
    streamed: float = 0.0
    session_name: str | None = None
    escalation: str | None = None
    prompt_id: str | None = None
    system: str = ""
    apologies: tuple[str, ...] = ()
    talks: tuple[Subject, ...] = ()
    experiment: bool = False
    ran: bool = True


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
        """Return whether the value is as claimed; null is not."""
        return (
            found is not None
            and (self.equals is None or found == self.equals)
            and (self.at_least is None or found >= self.at_least)
            and (self.at_most is None or found <= self.at_most)
        )


@frozen
class Recipe:
    """A dataset to generate. It holds exactly `runs` runs, in the `days` before `now`."""

    name: str
    description: str
    world: str
    seed: int
    runs: int
    days: int
    now: str
    format: str
    committed: bool
    users: int
    other_threads: int
    volume: Volume
    outcomes: Outcomes
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
    slots: dict[str, Slot]
    tools: dict[str, Tool]
    errors: dict[str, tuple[str, ...]]
    tags: tuple[str, ...]
    tag_counts: tuple[float, ...]
    claims: tuple[Claim, ...] = ()

    @property
    def now_ms(self) -> int:
        """`now` in Unix milliseconds."""
        return int(instant(self.now).timestamp()) * 1000

    @property
    def tenants(self) -> set[str]:
        """Those that have a project."""
        return {project.tenant for project in self.projects.values()}

    def of_models(self, column: str) -> Any:
        """Return an attribute of every model, as a list."""
        return [getattr(model, column) for model in self.models.values()]

    def place(self, key: str) -> int:
        """Return where the project of that key stands among `projects`."""
        return list(self.projects).index(key)


def instant(time: str) -> datetime:
    """Return the time in UTC. Raises ValueError where the text is not ISO-8601 with a zone, and
    OverflowError at the edges of the calendar."""
    moment = datetime.fromisoformat(time)
    if moment.tzinfo is None:
        raise ValueError(f"{time!r} has no zone")
    return moment.astimezone(UTC)


def structured(kind: Any, value: Any) -> Any:
    """Return the checked JSON value as one of the type: a class above, a tuple, a dict or a scalar.

    An entry of a dict is named by its key where its class has a `name` and it has none.
    """
    if isinstance(kind, UnionType):  # with None, which a recipe says by saying nothing
        kind = get_args(kind)[0]
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple:
        return tuple(structured(inner[0], item) for item in value)
    if origin is dict:
        named = attrs.has(inner[1]) and "name" in attrs.fields_dict(inner[1])
        entries = {key: {"name": key, **item} if named else item for key, item in value.items()}
        return {key: structured(inner[1], item) for key, item in entries.items()}
    if not attrs.has(kind):
        return kind(value)  # an integer may be a float that ends in .0
    hints = get_type_hints(kind)
    return kind(**{name: structured(hints[name], item) for name, item in value.items()})
