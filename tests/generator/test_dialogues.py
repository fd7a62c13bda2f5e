"""What is said in traces."""

from __future__ import annotations

import pytest

from locum.generator.dialogues import Talk, example_talk
from locum.generator.world import World, build
from tests.oracles.drawn import TINY


@pytest.fixture(scope="module")
def world() -> World:
    return build(TINY)


def talks(world: World, *, experiment: bool) -> list[tuple[int, Talk]]:
    """The talks of experiments or of all others, each with its thread."""
    found = []
    for thread, talk in zip(world.traces.thread.tolist(), world.talks, strict=True):
        if world.projects[world.threads.project[thread]].experiment == experiment:
            found.append((thread, talk))
    return found


def test_a_trace_is_about_something_that_its_project_talks_about(world: World) -> None:
    for thread, talk in talks(world, experiment=False):
        topics = [topic for topic, _, _ in world.projects[world.threads.project[thread]].talks]
        assert talk.topic in topics


def test_every_slot_is_filled(world: World) -> None:
    said = [text for talk in world.talks for text in (talk.question, talk.answer)]
    assert all(said)
    assert not [text for text in said if "{" in text]


def test_the_order_of_a_question_is_that_of_its_talk(world: World) -> None:
    asked = [talk for talk in world.talks if "A-" in talk.question]
    assert len(asked) > 5
    assert all(talk.order in talk.question for talk in asked)


def test_a_thread_has_one_user_and_the_other_tenants_has_another(world: World) -> None:
    """tiny has 8 users, numbered from 0; whoever is none of them is the other tenant's."""
    user_of: dict[int, int] = {}
    for thread, talk in talks(world, experiment=False):
        assert user_of.setdefault(thread, talk.user) == talk.user
        tenant = world.projects[world.threads.project[thread]].tenant
        assert (talk.user == 8) == (tenant == "other")
        assert 0 <= talk.user <= 8
    assert len(set(user_of.values())) > 5


def test_an_experiment_asks_what_its_example_does(world: World) -> None:
    for thread, talk in talks(world, experiment=True):
        assert talk == example_talk(TINY, int(world.threads.example[thread]))
        assert (talk.user, talk.order) == (-1, "")


def test_examples_take_the_talks_of_their_project_in_turn() -> None:
    """The first and the second, with the first and second text of each slot."""
    choices = TINY.projects["sql-copilot"].talks
    for number, city, product, company in (
        (0, "Lisbon", "toaster", "Alder Ltd"),
        (1, "Oslo", "desk lamp", "Birch GmbH"),
    ):
        topic, question, answer = choices[number]
        slots = {"city": city, "product": product, "company": company, "name": "", "order": ""}
        talk = example_talk(TINY, number)
        assert talk == Talk(topic, question.format(**slots), answer.format(**slots), "", -1)
