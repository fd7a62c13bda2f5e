"""The generated world: everything that both providers see parts of."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np
from attrs import frozen

from understudy.generator import conversations, models, texts, usage
from understudy.generator.projects import Project, projects
from understudy.generator.recipes import Recipe
from understudy.generator.runs import ERROR, OPEN, Runs, Times, expand, schedule
from understudy.generator.streams import Ints, Streams

Row = dict[str, Any]
_ROOT = uuid.UUID("6d1f1c0e-6d3b-5b8e-9f63-2f3f7a1c9d10")


@frozen
class Talk:
    """What is said in a trace, and who says it (empty texts in an experiment)."""

    topic: str
    question: str
    answer: str
    order: str
    user: int


@frozen
class World:
    """All that has been drawn. Arrays and lists are by project, thread, trace and run."""

    recipe: Recipe
    streams: Streams
    projects: tuple[Project, ...]
    threads: conversations.Threads
    traces: conversations.Traces
    runs: Runs
    times: Times
    drawn: usage.Drawn
    usage: usage.Usage
    project_ids: list[str]
    thread_ids: list[str]
    run_ids: list[str]
    talks: list[Talk]
    http_statuses: Ints
    order: list[int]

    @property
    def project_of_run(self) -> Ints:
        """Each run's index into `projects`."""
        return self.threads.project[self.traces.thread[self.runs.trace]]


def ids(recipe: Recipe, table: str, count: int) -> list[str]:
    """The ids of a table's rows: the version 5 UUIDs of 0, 1, 2, … under dataset and table."""
    namespace = uuid.uuid5(_ROOT, f"{recipe.name}/{table}")
    return [_uuid5(namespace.bytes, number) for number in range(count)]


def _uuid5(namespace: bytes, number: int) -> str:
    """str(uuid.uuid5(namespace, str(number))), in a third of the time (RFC 9562, 5.5)."""
    name = namespace + str(number).encode()
    digits = hashlib.sha1(name, usedforsecurity=False).hexdigest()
    variant = _VARIANTS[digits[16]]
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


# A hexadecimal digit with its two highest bits made 10.
_VARIANTS = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


def iso(times_us: Ints) -> list[str]:
    """Unix microseconds as ISO-8601 in UTC, with six digits."""
    written = np.datetime_as_string(times_us.astype("datetime64[us]"))
    return [f"{text}Z" for text in written.tolist()]


def microseconds(time: str) -> int:
    """ISO-8601 as Unix microseconds (whole seconds only)."""
    return int(datetime.fromisoformat(time).timestamp()) * 1_000_000


def build(recipe: Recipe, streams: Streams | None = None) -> World:
    """Draw the recipe's world. `streams` other than the seed's own are for tests."""
    streams = streams or Streams(recipe.seed)
    all_projects = projects(recipe)
    threads, traces = conversations.converse(recipe, all_projects, streams)
    all_runs = expand(traces)
    drawn = usage.draw(traces, all_runs, streams)
    times = schedule(threads, traces, all_runs, drawn.completion, drawn.cached, streams)
    return World(
        recipe=recipe,
        streams=streams,
        projects=all_projects,
        threads=threads,
        traces=traces,
        runs=all_runs,
        times=times,
        drawn=drawn,
        usage=usage.report(traces, all_runs, drawn, streams),
        project_ids=ids(recipe, "langsmith/sessions", len(all_projects)),
        thread_ids=_thread_ids(recipe, threads),
        run_ids=ids(recipe, "langsmith/runs", len(all_runs.trace)),
        talks=list(_talks(recipe, all_projects, threads, traces, streams)),
        http_statuses=_http_statuses(all_runs, streams),
        order=np.argsort(times.start_us[all_runs.root], kind="stable").tolist(),
    )


def _http_statuses(all_runs: Runs, streams: Streams) -> Ints:
    """What the provider answered to each call of a model: -2 while pending, as Helicone has it."""
    statuses = np.where(all_runs.status == OPEN, -2, 200)
    failed = np.flatnonzero(all_runs.is_llm & (all_runs.status == ERROR))
    kind = streams.pick("runs", "model_error", texts.MODEL_ERROR_WEIGHTS, len(failed))
    statuses[failed] = np.array([code for code, _ in texts.MODEL_ERRORS])[kind]
    return statuses


def _thread_ids(recipe: Recipe, threads: conversations.Threads) -> list[str]:
    """UUIDs under the key thread_id, an application's own names under the other two."""
    uuids = ids(recipe, "threads", len(threads.key))
    return [
        each if key <= 0 else f"chat-{number:05d}"
        for number, (each, key) in enumerate(zip(uuids, threads.key.tolist(), strict=True))
    ]


def _talks(
    recipe: Recipe,
    all_projects: tuple[Project, ...],
    threads: conversations.Threads,
    traces: conversations.Traces,
    streams: Streams,
) -> Iterator[Talk]:
    size = len(traces.thread)
    names = streams.pool("talks", "name", "first_name", 40)
    cities = streams.pool("talks", "city", "city", 40)
    companies = streams.pool("talks", "company", "company", 20)
    users = streams.of("threads", "user").random(len(threads.project))
    columns = [
        streams.of("talks", column).integers(0, bound, size).tolist()
        for column, bound in (
            ("template", 1 << 30),
            ("which_name", len(names)),
            ("which_city", len(cities)),
            ("which_company", len(companies)),
            ("product", len(texts.PRODUCTS)),
            ("order", 9000),
        )
    ]
    for thread, example, template, name, city, company, product, order in zip(
        traces.thread.tolist(), threads.example[traces.thread].tolist(), *columns, strict=True
    ):
        project = all_projects[threads.project[thread]]
        slots = {
            "name": names[name],
            "city": cities[city],
            "company": companies[company],
            "product": texts.PRODUCTS[product],
            "order": f"A-{1000 + order}",
        }
        if project.is_experiment:
            yield example_talk(example, -1)
            continue
        choices = texts.TALKS[project.name]
        topic, question, answer = choices[template % len(choices)]
        user = recipe.users if project.tenant else int(users[thread] ** 2 * recipe.users)
        yield Talk(topic, question.format(**slots), answer.format(**slots), slots["order"], user)


def example_talk(number: int, user: int = -1) -> Talk:
    """What the example of that number in the shared dataset asks, and should be answered."""
    choices = texts.TALKS["sql-copilot"]
    topic, question, answer = choices[number % len(choices)]
    slots = {
        "city": ("Lisbon", "Oslo", "Nairobi", "Osaka")[number % 4],
        "product": texts.PRODUCTS[number % len(texts.PRODUCTS)],
        "company": ("Alder Ltd", "Birch GmbH", "Cedar SA")[number % 3],
    }
    return Talk(topic, question.format(**slots), answer.format(**slots), "", user)


def client(model: int) -> str:
    """The name of a call's run: LangChain's client class of the model's provider."""
    return models.CLIENTS[models.MODELS[model].provider]
