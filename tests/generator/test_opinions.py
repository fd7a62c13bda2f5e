"""What is thought of runs: at the recipe's rates, and of those alone that ended."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from attrs import evolve, fields

from locum.generator.opinions import Opinion
from locum.generator.recipe import Comments, FeedbackRates, Recipe, Slot, Subject
from locum.generator.runs import OK, OPEN
from locum.generator.world import World, build
from tests.oracles.drawn import TINY

KEYS = [field.name for field in fields(FeedbackRates)]


def rated(rate: float, **changed: Any) -> Recipe:
    """tiny with this rate of every key, and other habits."""
    rates = FeedbackRates(**dict.fromkeys(KEYS, rate))
    return evolve(TINY, feedback=evolve(TINY.feedback, rates=rates, **changed))


def by_key(world: World) -> dict[str, list[Opinion]]:
    found: dict[str, list[Opinion]] = {}
    for opinion in world.opinions:
        found.setdefault(opinion.key, []).append(opinion)
    return found


def roots(world: World, *, experiment: bool) -> list[int]:
    """Root runs that ended, of experiments or of all others."""
    on = world.threads.example[world.traces.thread[world.runs.trace]] >= 0
    chosen = (world.runs.parent < 0) & (world.runs.status != OPEN) & (on == experiment)
    found: list[int] = np.flatnonzero(chosen).tolist()
    return found


def test_at_a_rate_of_0_nobody_thinks_anything() -> None:
    assert build(rated(0)).opinions == []


def test_at_a_rate_of_1_everybody_does() -> None:
    """Users and applications of conversations, twice where a rating may come again; evaluators of
    experiments."""
    world = build(rated(1))
    of, ok = by_key(world), world.runs.status == OK
    plain, experiment = roots(world, experiment=False), roots(world, experiment=True)
    answered = [run for run in plain if ok[run]]
    calls = np.flatnonzero(world.runs.is_llm & ok & (world.runs.parent >= 0)).tolist()
    assert [opinion.run for opinion in of["user_score"]] == plain * 2
    assert [opinion.run for opinion in of["topic"]] == plain
    assert [opinion.run for opinion in of["resolved"]] == plain
    assert [opinion.run for opinion in of["quality"]] == answered
    assert [opinion.run for opinion in of["tone"]] == answered
    assert [opinion.run for opinion in of["groundedness"]] == calls
    assert [opinion.run for opinion in of["correctness"]] == experiment
    assert [opinion.run for opinion in of["conciseness"]] == experiment
    assert len(of) == 8


def test_users_like_as_often_as_the_recipe_says() -> None:
    world = build(rated(1, liked=1.0, liked_failure=0.0))
    for opinion in by_key(world)["user_score"]:
        assert opinion.score == int(world.runs.status[opinion.run] == OK)
        assert opinion.source == "app"


def test_comments_fit_the_score_the_outcome_and_what_the_run_is_about() -> None:
    """Those of anything, and those of a talk on traces that are about it."""
    comments = Comments(
        liked=("good {count}",), disliked=("bad",), forgiven=("never mind",), failed=("broken",)
    )
    subject = Subject(
        topic="t", questions=("q",), answers=("a",), liked=("t is good",), disliked=("t is bad",)
    )
    projects = {
        key: evolve(project, talks=(subject,)) if key == "support-bot" else project
        for key, project in TINY.projects.items()
    }
    recipe = evolve(
        rated(1, commented=1.0, comments=comments, liked=0.5, liked_failure=0.5),
        projects=projects,
        slots=TINY.slots | {"count": Slot(least=2, most=2)},
    )
    world, seen = build(recipe), set()
    for opinion in by_key(world)["user_score"]:
        ok = bool(world.runs.status[opinion.run] == OK)
        about = world.projects[world.project_of_run[opinion.run]].name == "support-bot"
        expected = {
            (True, 1): {"good 2", "t is good"} if about else {"good 2"},
            (True, 0): {"bad", "t is bad"} if about else {"bad"},
            (False, 1): {"never mind"},
            (False, 0): {"broken"},
        }
        if not about and ok:  # of another talk, which has its own
            topic = world.talks.topic(int(world.runs.trace[opinion.run]))
            assert topic != "t"
            assert opinion.comment
        else:
            assert opinion.comment in expected[ok, int(opinion.score or 0)]
        seen.add(opinion.comment)
    assert {"good 2", "t is good", "bad", "t is bad", "never mind", "broken"} <= seen


def test_what_is_poor_is_corrected() -> None:
    quality = by_key(build(rated(1)))["quality"]
    assert {opinion.score < 0.4 for opinion in quality if opinion.score is not None} == {
        True,
        False,
    }
    for opinion in quality:
        assert opinion.score is not None
        assert opinion.score == round(opinion.score, 2)
        assert (opinion.correction is not None) == (opinion.score < 0.4)


def test_each_kind_of_value_occurs() -> None:
    """A label alone, a boolean, and a score with the label that goes with it."""
    of = by_key(build(rated(1)))
    topics = {talk.topic for talk in build(TINY).talks}
    assert {(o.score, o.value in topics) for o in of["topic"]} == {(None, True)}
    assert {o.score for o in of["resolved"]} == {True, False}
    assert {(o.score, o.value) for o in of["tone"]} == {(-1, "rude"), (0, "neutral"), (1, "kind")}
    assert {(o.score, o.value) for o in of["correctness"]} == {(0, "wrong"), (1, "correct")}


def test_a_failed_run_of_an_experiment_is_wrong() -> None:
    recipe = evolve(rated(1, correct=1.0), outcomes=evolve(TINY.outcomes, failed=0.5))
    world = build(recipe)
    told = Counter(
        (bool(world.runs.status[o.run] == OK), o.value) for o in by_key(world)["correctness"]
    )
    assert set(told) == {(True, "correct"), (False, "wrong")}


def test_what_is_judged_to_be_wrong_is_known_by_trace() -> None:
    world = build(rated(1, correct=0.5))
    wrong = {
        int(world.runs.trace[o.run]) for o in by_key(world)["correctness"] if o.value == "wrong"
    }
    assert world.mistaken == wrong
    assert wrong
