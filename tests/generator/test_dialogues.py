"""What is said in traces."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from locum.generator.dialogues import Talk, example_talks
from locum.generator.recipe import Project, Recipe, Saying, Slot, Subject, Tool
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


def saying(**said: Any) -> Recipe:
    """tiny, of which every application says this."""
    subject = Subject(**{"topic": "t", "questions": ("q",), "answers": ("a",)} | said)
    projects = {
        key: project if project.experiment else evolve(project, talks=(subject,), apologies=())
        for key, project in TINY.projects.items()
    }
    return evolve(TINY, projects=projects)


def plain(recipe: Recipe) -> list[Talk]:
    return [talk for _, talk in talks(build(recipe), experiment=False)]


def project_of(world: World, thread: int) -> Project:
    return world.projects[int(world.threads.project[thread])]


def test_a_trace_is_about_something_that_its_project_talks_about(world: World) -> None:
    for thread, talk in talks(world, experiment=False):
        topics = [subject.topic for subject in project_of(world, thread).talks]
        assert talk.topic in topics


def test_a_topic_is_known_without_the_talk(world: World) -> None:
    found = [world.talks.topic(trace) for trace in range(len(world.talks))]
    assert found == [talk.topic for talk in world.talks]


def test_every_slot_is_filled(world: World) -> None:
    said = [text for talk in world.talks for text in (talk.question, talk.answer)]
    assert all(said)
    assert not [text for text in said if "{" in text]


def test_a_slot_is_the_same_throughout_a_trace() -> None:
    found = plain(saying(questions=("{order} {delivery[status]}",), answers=("{order}",)))
    assert len({talk.answer for talk in found}) > 20
    for talk in found:
        assert talk.question.startswith(f"{talk.answer} ")


def test_a_conversation_keeps_name_city_and_company(world: World) -> None:
    found: dict[int, set[tuple[str, ...]]] = {}
    for trace, thread in enumerate(world.traces.thread.tolist()):
        slots = world.talks.slots(trace)
        kept = tuple(slots[slot] for slot in ("name", "city", "company"))
        found.setdefault(thread, set()).add(kept)
    assert {len(kept) for kept in found.values()} == {1}
    assert len({name for kept in found.values() for name, *_ in kept}) > 10


def test_a_question_has_the_answer_in_its_place_where_there_are_as_many() -> None:
    found = plain(saying(questions=("q0", "q1", "q2"), answers=("a0", "a1", "a2")))
    assert {(talk.question, talk.answer) for talk in found} == {
        ("q0", "a0"),
        ("q1", "a1"),
        ("q2", "a2"),
    }
    found = plain(saying(questions=("q0", "q1", "q2"), answers=("a0", "a1")))
    assert len({(talk.question, talk.answer) for talk in found}) == 6


def test_another_way_is_taken_where_a_run_has_its_name() -> None:
    way = Saying(questions=("looked up",), answers=("found",))
    found = plain(saying(ways={"lookup_order": way, "fetch_audio": way}))
    for talk in found:
        tools = {"lookup_order", "fetch_audio"} & talk.calls.keys()
        assert talk.question == ("looked up" if tools else "q")
    assert {talk.question for talk in found} == {"looked up", "q"}


def test_documents_are_of_the_talk_and_the_first_is_the_best() -> None:
    """The first half of the questions has the first document, the other half the other."""
    documents = (("one", "1"), ("two", "2"))
    found = plain(saying(questions=("q0", "q1"), answers=("{document}",), documents=documents))
    for talk in found:
        best = documents[int(talk.question[1])]
        assert (talk.documents[0]["title"], talk.documents[0]["content"]) == best
        assert talk.answer == best[1]
        assert len(talk.documents) <= 2
    assert {len(talk.documents) for talk in found} == {1, 2}


def test_without_documents_the_answer_is_what_is_found() -> None:
    for talk in plain(saying()):
        (found,) = talk.documents
        assert (found["title"], found["content"]) == ("t", "a")


def test_tools_are_called_as_the_recipe_says() -> None:
    tools = {"lookup_order": Tool({"n": "{n}"}, {"told": "it is {n}", "same": "{n}"})}
    recipe = evolve(saying(), tools=tools, slots=TINY.slots | {"n": Slot(least=3, most=4)})
    called = [talk.calls["lookup_order"] for talk in plain(recipe) if "lookup_order" in talk.calls]
    assert {call.args["n"] for call in called} == {3, 4}
    for args, result in called:
        assert result == {"told": f"it is {args['n']}", "same": args["n"]}
    others = {
        name: call
        for talk in plain(recipe)
        for name, call in talk.calls.items()
        if name != "lookup_order"
    }
    assert set(others) == {"run_query", "fetch_audio"}
    assert set(map(str, others.values())) == {"Call(args={'input': 'q'}, result={'status': 'ok'})"}


def test_what_could_not_be_looked_up_is_not_answered() -> None:
    recipe = saying()
    projects = {key: evolve(p, apologies=("sorry",)) for key, p in recipe.projects.items()}
    recovered = evolve(TINY.outcomes, failed=0.0, pending=0.0, recovered=1.0)
    world = build(evolve(recipe, projects=projects, outcomes=recovered))
    found = talks(world, experiment=False)
    assert {talk.answer for _, talk in found} == {"sorry", "a"}
    for _, talk in found:
        if {"lookup_order", "fetch_audio"} & talk.calls.keys():  # where nothing else is looked up
            assert talk.answer == "sorry"


def test_a_thread_has_one_user_and_the_other_tenants_has_another(world: World) -> None:
    """tiny has 8 users, numbered from 0; whoever is none of them is the other tenant's."""
    user_of: dict[int, int] = {}
    for thread, talk in talks(world, experiment=False):
        assert user_of.setdefault(thread, talk.user) == talk.user
        tenant = project_of(world, thread).tenant
        assert (talk.user == 8) == (tenant == "other")
        assert 0 <= talk.user <= 8
    assert len(set(user_of.values())) > 5
    assert [world.talks.user(n) for n in range(len(world.talks))] == [t.user for t in world.talks]


def test_an_experiment_asks_what_its_example_does(world: World) -> None:
    examples = example_talks(TINY, 10)
    for thread, talk in talks(world, experiment=True):
        assert talk == examples[int(world.threads.example[thread])]
        assert talk.user == -1


def test_examples_take_the_talks_of_their_project_in_turn_and_answer_with_statements() -> None:
    subjects = TINY.projects["sql-copilot"].talks
    found = example_talks(TINY, 12)
    assert [talk.topic for talk in found[:6]] == [*(s.topic for s in subjects), subjects[0].topic]
    for talk in found:
        assert talk.answer == talk.statement
        assert talk.answer.startswith("SELECT ")
        assert talk.mistake.startswith("SELECT ")
        assert talk.mistake != talk.answer


def test_examples_are_the_same_whatever_the_seed_and_however_many() -> None:
    assert example_talks(evolve(TINY, seed=5), 3) == example_talks(TINY, 10)[:3]
