"""What is said in the traces: questions, what is found, and answers, of the recipe's texts."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from locum.generator.conversations import RECOVERED, Threads, Traces
from locum.generator.random_streams import Flags, Ints, Streams
from locum.generator.recipe import Project, Recipe, Saying, Subject, Tool
from locum.generator.slots import FOUND, OF_THREADS, Deck, Slots
from locum.generator.trace_shapes import Shapes

_MOST_DOCUMENTS = 3
_DOCUMENT_IDS = 400
# Places, companies and people of examples, which are the same in every dataset.
_CITIES = ("Lisbon", "Oslo", "Nairobi", "Osaka", "Quito", "Perth", "Turin", "Accra")
_COMPANIES = ("Alder Ltd", "Birch GmbH", "Cedar SA", "Dogwood BV", "Elm Inc", "Fir Oy")
_NAMES = ("Ada", "Ben", "Chi", "Dora", "Emre", "Fay")
# What a tool that the recipe does not know is given, and finds.
_PLAIN = Tool({"input": "{question}"}, {"status": "ok"})

Document = dict[str, Any]


class Call(NamedTuple):
    """What a tool is given, and what it finds."""

    args: Document
    result: Document


class Talk(NamedTuple):
    """What is said in a trace, and who asks (-1 in an experiment).

    `statement` is what a model writes to be run, `mistake` what it writes where it is wrong, both
    empty where nothing is to be run. `documents` are what a retriever finds, the best first;
    `calls` are those of the trace's tools, by name.
    """

    topic: str
    question: str
    answer: str
    statement: str
    mistake: str
    documents: tuple[Document, ...]
    calls: dict[str, Call]
    user: int


class Talks(Sequence[Talk]):
    """The talk of each trace, made when it is first asked for; `of` gives it at once."""

    def __init__(
        self, recipe: Recipe, shapes: Shapes, threads: Threads, traces: Traces, streams: Streams
    ) -> None:
        self._recipe, size, thread = recipe, len(traces.thread), traces.thread
        pools = {
            slot: streams.pool("talks", slot, provider, count)
            for slot, (provider, count) in OF_THREADS.items()
        }
        self._deck = Deck("talks", choices(recipe) | pools, streams, thread)
        self._projects = tuple(recipe.projects.values())
        project = threads.project[thread]
        self._project: list[int] = project.tolist()
        self._shape: list[int] = traces.shape.tolist()
        template = streams.of("talks", "template").integers(0, 1 << 30, size)
        self._template: list[int] = template.tolist()
        self._nodes = [{node.name: node.run_type for node in nodes} for nodes in shapes.of]
        self._sorry: list[bool] = _found_nothing(shapes, traces).tolist()
        example = threads.example[thread]
        self._example: list[int] = example.tolist()
        self._examples = example_talks(recipe, int(np.max(example, initial=-1)) + 1)
        self._user: list[int] = _users(recipe, threads, streams)[thread].tolist()
        self.of: Callable[[int], Talk] = cache(self._made)

    def __len__(self) -> int:
        return len(self._project)

    def __getitem__(self, trace: Any) -> Any:
        return self.of(range(len(self))[trace])

    def topic(self, trace: int) -> str:
        """Return what the trace is about."""
        if (example := self._example[trace]) >= 0:
            return self._examples[example].topic
        return self._subject(trace).topic

    def user(self, trace: int) -> int:
        """Return who asks, -1 in an experiment."""
        return self._user[trace]

    def slots(self, trace: int) -> Slots:
        """Return what fills the slots of texts about the trace."""
        return Slots(self._deck, trace)

    def comments(self, trace: int, kind: str) -> tuple[str, ...]:
        """Return what may be said of the trace, liked or disliked, beside what is said of any."""
        if self._example[trace] >= 0:
            return ()
        said: tuple[str, ...] = getattr(self._subject(trace), kind)
        return said

    def _subject(self, trace: int) -> Subject:
        project = self._projects[self._project[trace]]
        return project.talks[self._template[trace] % len(project.talks)]

    def _made(self, trace: int) -> Talk:
        if (example := self._example[trace]) >= 0:
            return self._examples[example]
        project, nodes = self._projects[self._project[trace]], self._nodes[self._shape[trace]]
        place, slots = self._template[trace] % len(project.talks), self.slots(trace)
        sorry = project.apologies if self._sorry[trace] else ()
        way = next((way for way in project.talks[place].ways if way in nodes), "")
        talk = _told(project, place, way, slots, sorry)
        calls = {
            name: _called(self._recipe.tools.get(name, _PLAIN), slots)
            for name, run_type in nodes.items()
            if run_type == "tool"
        }
        return talk._replace(calls=calls, user=self._user[trace])


def _users(recipe: Recipe, threads: Threads, streams: Streams) -> Ints:
    """The user of each thread: a few of the demo tenant's ask often, and the other tenant's is one
    more; nobody (-1) in an experiment."""
    often = streams.of("threads", "user").random(len(threads.project)) ** 2
    is_demo = np.array([p.tenant == "demo" for p in recipe.projects.values()], dtype=np.bool_)
    user = np.where(is_demo[threads.project], (often * recipe.users).astype(np.int64), recipe.users)
    return np.where(threads.example >= 0, -1, user)


def choices(recipe: Recipe) -> dict[str, Sequence[Any]]:
    """Return the choices of each of the recipe's slots."""
    return {name: slot.choices for name, slot in recipe.slots.items()}


def _told(project: Project, place: int, way: str, slots: Slots, sorry: Sequence[str] = ()) -> Talk:
    """The talk about the project's subject in that place, as it is said in a way. A question's
    answer is the one in its place, or any where there are not as many."""
    subject = project.talks[place]
    saying: Saying = subject.ways[way] if way else subject
    statement = mistake = ""
    if saying.statements:
        statement = slots["statement"] = slots.pick("statements", saying.statements)
        mistake = slots.pick("mistakes", saying.mistakes or saying.statements)
    asked = slots.number("questions", len(saying.questions))
    documents: tuple[Document, ...] = ()
    if saying.documents:
        first = asked * len(saying.documents) // len(saying.questions)
        documents = _found(project, place, way, first, slots)
        slots["document"] = documents[0]["content"]
    question = slots["question"] = slots.fill(saying.questions[asked])
    if sorry or len(saying.answers) != len(saying.questions):
        answer = slots.pick("answers", sorry or saying.answers)
    else:
        answer = slots.fill(saying.answers[asked])
    slots["answer"] = answer
    documents = documents or (_document(subject.topic, answer, 0, slots),)
    return Talk(subject.topic, question, answer, statement, mistake, documents, {}, -1)


def _called(tool: Tool, slots: Slots) -> Call:
    return Call(slots.fill(tool.args), slots.fill(tool.result))


def _found(
    project: Project, place: int, way: str, first: int, slots: Slots
) -> tuple[Document, ...]:
    """What a retriever finds, one to three: the documents about the subject, with the best first,
    then those about the subjects that follow it."""
    wanted = 1 + slots[FOUND] % _MOST_DOCUMENTS
    found: dict[str, str] = {}
    for number in range(place, place + len(project.talks)):
        subject = project.talks[number % len(project.talks)]
        documents = subject.ways.get(way, subject).documents
        for title, content in (*documents[first:], *documents[:first]):
            found.setdefault(title, content)
        if len(found) >= wanted:
            break
        first = 0
    return tuple(
        _document(slots.fill(title), slots.fill(content), rank, slots)
        for rank, (title, content) in enumerate(list(found.items())[:wanted])
    )


def _document(title: str, content: str, rank: int, slots: Slots) -> Document:
    return {
        "id": f"kb-{zlib.crc32(title.encode()) % _DOCUMENT_IDS}",
        "title": title,
        "content": content,
        "score": (99 - slots[FOUND] % 40 - 9 * rank) / 100,
    }


def _found_nothing(shapes: Shapes, traces: Traces) -> Flags:
    """The traces that go on although their tool failed, or their retriever where they have no
    tool."""
    looks_up = [
        shapes.of_type(s, "tool")[-1:] or shapes.of_type(s, "retriever")[-1:]
        for s in range(len(shapes.of))
    ]
    node = np.array([nodes[0] if nodes else -1 for nodes in looks_up], dtype=np.int64)
    failed: Flags = (traces.outcome == RECOVERED) & (traces.stop == node[traces.shape])
    return failed


def example_talks(recipe: Recipe, count: int) -> list[Talk]:
    """Return what the first so many examples of the shared dataset ask, and should be answered.
    They are the same in every dataset of the recipe's texts, whatever its seed."""
    project = recipe.projects[recipe.examples.shared.project]
    known = {"city": _CITIES, "company": _COMPANIES, "name": _NAMES}
    deck = Deck("examples", choices(recipe) | known, Streams(0), np.arange(count))
    return [_example(project, Slots(deck, number), number) for number in range(count)]


def _example(project: Project, slots: Slots, number: int) -> Talk:
    """A question whose answer is a statement, where the subject has one."""
    place = number % len(project.talks)
    ways = project.talks[place].ways.items()
    talk = _told(
        project, place, next((way for way, saying in ways if saying.statements), ""), slots
    )
    return talk._replace(answer=talk.statement) if talk.statement else talk
