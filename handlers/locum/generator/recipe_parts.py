"""The parts of a recipe, field by field as fixtures/world.yaml explains them."""

from __future__ import annotations

from typing import Annotated

from attrs import astuple, frozen

from locum.generator.fields import Must
from locum.generator.recipe_values import (
    Amount,
    Count,
    Hours,
    Least,
    OfHours,
    OfWeekdays,
    Rate,
    Sigma,
    Texts,
    Time,
    Weights,
)

_ONE = 1 + 1e-9  # three rates that sum up to 1 may do so only nearly


@frozen
class LogNormal:
    """least + median * exp(sigma * z), z standard normal."""

    median: Amount
    sigma: Sigma
    least: Least = 0


@frozen
class Outcomes:
    """Shares of turns that fail, that recover from a failed child, and that hang."""

    failed: Rate = 0.0
    recovered: Rate = 0.0
    pending: Rate = 0.0

    def weights(self) -> tuple[float, ...]:
        """Of success, failed, recovered and pending (conversations.SUCCESS, …)."""
        rates = (self.failed, self.recovered, self.pending)
        return (max(0.0, 1.0 - sum(rates)), *rates)


_UP_TO_ONE = Must(lambda o: o.failed + o.recovered + o.pending < _ONE, "a sum of 1 at most")
OutcomeRates = Annotated[Outcomes, _UP_TO_ONE]


@frozen
class Event:
    """Hours that are other than usual, from `hours_ago` before now on."""

    hours_ago: Hours
    hours: Hours
    volume: Amount = 1.0
    outcomes: OutcomeRates | None = None


@frozen
class Volume:
    """Weights of hours and weekdays, events, and exact times of arrival."""

    hours: OfHours
    weekdays: OfWeekdays
    events: tuple[Event, ...]
    arrivals: tuple[Time, ...]


@frozen
class Singles:
    """Single calls of a project."""

    project: str
    failed: Rate
    pending: Rate


@frozen
class ThreadKeys:
    """Weights of the metadata keys that hold a thread's id."""

    thread_id: Amount
    session_id: Amount
    conversation_id: Amount


_SOME_KEY = Must(lambda keys: any(astuple(keys)), "one weight above 0")


@frozen
class Threads:
    """Where a thread's id stands, and the pauses between its turns."""

    keys: Annotated[ThreadKeys, _SOME_KEY]
    pause_ms: LogNormal
    longest_pause_ms: Least


@frozen
class Late:
    """The share of traces that arrive late, and how many hours."""

    share: Rate
    hours: LogNormal


@frozen
class ExamplesOf:
    """So many examples, of the questions of a project."""

    count: Count
    project: str


@frozen
class Examples:
    """Of the shared dataset and the private one."""

    shared: ExamplesOf
    private: ExamplesOf


@frozen
class Experiments:
    """Weights of the times that an example is run, and whether all runs have ended."""

    times: Weights
    over: bool


@frozen
class OwnLatency:
    """What a run takes by itself, by its type."""

    chain: LogNormal
    retriever: LogNormal
    tool: LogNormal
    embedding: LogNormal
    prompt: LogNormal
    parser: LogNormal


@frozen
class Latency:
    """Durations of runs."""

    own_us: OwnLatency
    gap_us: LogNormal
    first_token_ms: LogNormal
    ms_per_token: LogNormal


@frozen
class Detail:
    """The rate of calls that have tokens of a category, and their share of a call's tokens."""

    rate: Rate
    low: Rate
    high: Rate


@frozen
class Details:
    """Categories of tokens."""

    audio: Detail
    cache_read: Detail
    cache_creation: Detail
    spoken: Detail
    reasoning: Detail


@frozen
class Usage:
    """Tokens of calls."""

    prompt_tokens: LogNormal
    completion_tokens: LogNormal
    growth_per_turn: Amount
    reasoning_factor: Amount
    unreported: Rate
    cached: Rate
    details: Details


@frozen
class FeedbackRates:
    """The share of runs that get feedback of a key."""

    user_score: Rate
    user_score_again: Rate
    quality: Rate
    topic: Rate
    resolved: Rate
    tone: Rate
    groundedness: Rate
    correctness: Rate
    conciseness: Rate


@frozen
class Feedback:
    """Who judges how, and when."""

    rates: FeedbackRates
    liked: Rate
    liked_failure: Rate
    resolved: Rate
    correct: Rate
    commented: Annotated[Rate, Must(bool, "a number above 0")]
    edited: Rate
    delay_seconds: LogNormal
    comments: Texts


@frozen
class ModelError:
    """What a provider answers, and how often among failures."""

    weight: Amount
    message: str
