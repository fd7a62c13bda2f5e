"""What is called of the LangSmith SDK for Python to write: as in `python_calls.py`, each call also
reads back what it wrote, and returns that. The server is as new before each."""

from __future__ import annotations

import datetime as dt
import inspect
import io
import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import langsmith
from langsmith import Client
from langsmith.run_trees import get_cached_client

Asked = SimpleNamespace
Call = Callable[[Any, Asked], Any]
Probe = tuple[str, str, Call]


async def settled(value: Any) -> Any:
    """The value: awaited where it is to be, a list where it comes by and by or in pages."""
    if hasattr(value, "__aiter__"):
        return [item async for item in value]
    if inspect.isawaitable(value):
        return await settled(await value)
    if hasattr(value, "__next__") or hasattr(value, "next_page_info"):
        return list(value)
    return value


def after(write: Call, read: Callable[[Any, Asked, Any], Any]) -> Call:
    """What is read when it is written, with what the writing has returned."""

    async def call(client: Any, a: Asked) -> Any:
        made = await settled(write(client, a))
        if isinstance(client, Client):
            client.flush()
            get_cached_client().flush()  # by which evaluators are traced
        return await settled(read(client, a, made))

    return call


async def gone(read: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    """Whether nothing is there to be read."""
    try:
        await settled(read(*args, **kwargs))
    except Exception as raised:
        if "NotFound" not in type(raised).__name__:
            raise
        return "gone"
    return "there"


def when(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def run(**more: Any) -> dict[str, Any]:
    """A root run as callers of create_run describe one that they give an id."""
    id_ = uuid.uuid4()
    begun = dt.datetime.now(dt.UTC)
    return {
        "id": id_,
        "trace_id": id_,
        "dotted_order": f"{begun:%Y%m%dT%H%M%S%f}Z{id_}",
        "name": "turn",
        "run_type": "chain",
        "inputs": {"question": "Where?"},
        "start_time": begun,
        **more,
    }


def new_run(send: Callable[[Any, dict[str, Any]], Any]) -> Call:
    """A run that is sent so, as it is read."""

    async def call(client: Any, _: Asked) -> Any:
        sent = run()
        read = after(lambda c, _: send(c, sent), lambda c, _, __: c.read_run(sent["id"]))
        return await settled(read(client, _))

    return call


def traced(client: Any, _: Asked) -> Any:
    """What a traced function has left in its project."""

    def turn(question: str) -> str:
        return f"{question} There."

    langsmith.traceable(client=client)(turn)("Where?")
    client.flush()
    return client.list_runs(project_name="default")


def new_example(client: Any, a: Asked) -> Any:
    return client.create_example(inputs={"q": 1}, outputs={"a": 2}, dataset_id=a.dataset)


def csv() -> tuple[str, io.BytesIO]:
    return ("new.csv", io.BytesIO(b"q,a\n1,2\n3,4\n"))


BOTH: list[Probe] = [
    (
        "create_project",
        "new project",
        after(
            lambda c, _: c.create_project("new", description="ours"),
            lambda c, _, __: c.read_project(project_name="new"),
        ),
    ),
    (
        "delete_project",
        "gone",
        after(
            lambda c, a: c.delete_project(project_id=a.project),
            lambda c, a, _: gone(c.read_project, project_id=a.project),
        ),
    ),
    ("create_run", "new run", new_run(lambda c, sent: c.create_run(**sent))),
    (
        "update_run",
        "run with new outputs",
        after(
            lambda c, a: c.update_run(a.run, outputs={"answer": "new"}, end_time=when(a.now)),
            lambda c, a, _: c.read_run(a.run),
        ),
    ),
    (
        "share_run",
        "shared",
        after(lambda c, a: c.share_run(a.run), lambda c, a, _: c.run_is_shared(a.run)),
    ),
    (
        "create_feedback",
        "new feedback",
        after(
            lambda c, a: c.create_feedback(a.run, "quality", score=0.25, comment="ours"),
            lambda c, _, made: c.read_feedback(made.id),
        ),
    ),
    (
        "create_feedback",
        "new feedback on the project",
        after(
            lambda c, a: c.create_feedback(None, "quality", score=0.25, project_id=a.project),
            lambda c, _, made: c.read_feedback(made.id),
        ),
    ),
    (
        "delete_feedback",
        "gone",
        after(
            lambda c, a: c.delete_feedback(a.feedback),
            lambda c, a, _: gone(c.read_feedback, a.feedback),
        ),
    ),
    (
        "create_dataset",
        "new dataset",
        after(
            lambda c, _: c.create_dataset("new", description="ours"),
            lambda c, _, __: c.read_dataset(dataset_name="new"),
        ),
    ),
    (
        "delete_dataset",
        "gone",
        after(
            lambda c, a: c.delete_dataset(dataset_id=a.dataset),
            lambda c, a, _: gone(c.read_dataset, dataset_id=a.dataset),
        ),
    ),
    (
        "create_example",
        "new example",
        after(new_example, lambda c, _, made: c.read_example(made.id)),
    ),
]

SYNC: list[Probe] = [
    (
        "update_project",
        "project with new description",
        after(
            lambda c, a: c.update_project(a.project, description="ours"),
            lambda c, a, _: c.read_project(project_id=a.project),
        ),
    ),
    ("traceable", "traced run", traced),
    (
        "batch_ingest_runs",
        "new run",
        new_run(lambda c, sent: c.batch_ingest_runs(create=[sent])),
    ),
    ("multipart_ingest", "new run", new_run(lambda c, sent: c.multipart_ingest(create=[sent]))),
    (
        "create_feedback",
        "new feedback of the run",
        after(
            lambda c, a: c.create_feedback(
                a.run, "quality", score=0.25, comment="ours", trace_id=a.trace
            ),
            lambda c, a, _: c.list_feedback(run_ids=[a.run], feedback_key=["quality"]),
        ),
    ),
    (
        "update_feedback",
        "changed feedback",
        after(
            lambda c, a: c.update_feedback(a.feedback, score=0.25, comment="ours"),
            lambda c, a, _: c.read_feedback(a.feedback),
        ),
    ),
    (
        "unshare_run",
        "not shared",
        after(
            lambda c, a: c.unshare_run(a.shared_run), lambda c, a, _: c.run_is_shared(a.shared_run)
        ),
    ),
]


def share(client: Any, a: Asked) -> Any:
    return client.runs.share.create(a.child, session_id=a.project, trace_id=a.trace)


async def unshared(client: Any, a: Asked, made: Any) -> str:
    await settled(client.runs.share.delete(a.trace, session_id=a.project))
    return await gone(client.public.runs.query, made.share_token)


async def copies(client: Any, a: Asked, made: Any) -> int:
    """How many examples are copied from the dataset into the new one."""
    copied = client.datasets.clone(source_dataset_id=a.dataset, target_dataset_id=made.id)
    return len(await settled(copied))


# Of the generated client of 0.15.1.
NEWEST: list[Probe] = [
    (
        "runs.share.create",
        "ids of the shared trace",
        after(share, lambda c, _, made: c.public.runs.query(made.share_token)),
    ),
    (
        "runs.share.delete",
        "gone",
        after(share, unshared),
    ),
    (
        "sessions.create",
        "new project",
        lambda c, _: c.sessions.create(name="new", description="ours"),
    ),
    (
        "sessions.create_v2",
        "new project",
        lambda c, _: c.sessions.create_v2(type="PROJECT", name="new", description="ours"),
    ),
    (
        "sessions.update",
        "project with new description",
        lambda c, a: c.sessions.update(a.project, description="ours"),
    ),
    (
        "sessions.update_v2",
        "project with new description",
        lambda c, a: c.sessions.update_v2(a.project, description="ours"),
    ),
    (
        "sessions.delete",
        "projects without it",
        after(
            lambda c, a: c.sessions.delete(a.project),
            lambda c, *_: c.sessions.list_v2(page_size=100),
        ),
    ),
]

# Of it too.
EXAMPLES: list[Probe] = [
    (
        "datasets.examples.update_metadata",
        "changes of two examples",
        lambda c, a: c.datasets.examples.update_metadata(
            a.dataset,
            example_ids=[a.example, a.run],
            operations=[{"key": "ours", "operation": "SET", "value": 1}],
        ),
    ),
    (
        "datasets.examples.delete",
        "gone",
        after(
            lambda c, a: c.datasets.examples.delete(a.example, dataset_id=a.dataset),
            lambda c, a, _: gone(c.datasets.examples.delete, a.example, dataset_id=a.dataset),
        ),
    ),
]

# Of the generated clients of 0.9.2.
OLDER: list[Probe] = [
    (
        "sessions.create",
        "new project",
        lambda c, _: c.sessions.create(name="new", description="ours"),
    ),
    (
        "sessions.update",
        "project with new description",
        lambda c, a: c.sessions.update(a.project, description="ours"),
    ),
    (
        "sessions.delete",
        "gone",
        after(
            lambda c, a: c.sessions.delete(a.project),
            lambda c, a, _: gone(c.sessions.retrieve, a.project),
        ),
    ),
    (
        "datasets.create",
        "new dataset",
        lambda c, _: c.datasets.create(name="new", description="ours"),
    ),
    (
        "datasets.update",
        "dataset with new description",
        after(
            lambda c, a: c.datasets.update(a.dataset, description="ours"),
            lambda c, a, _: c.datasets.retrieve(a.dataset),
        ),
    ),
    (
        "datasets.delete",
        "gone",
        after(
            lambda c, a: c.datasets.delete(a.dataset),
            lambda c, a, _: gone(c.datasets.retrieve, a.dataset),
        ),
    ),
    (
        "datasets.clone",
        "as many examples",
        after(lambda c, _: c.datasets.create(name="copy"), copies),
    ),
    ("datasets.share.create", "share", lambda c, a: c.datasets.share.create(a.dataset)),
    (
        "datasets.share.delete_all",
        "nothing",
        after(
            lambda c, a: c.datasets.share.delete_all(a.dataset),
            lambda c, a, _: c.datasets.share.retrieve(a.dataset),
        ),
    ),
    (
        "datasets.splits.create",
        "ids of the examples",
        lambda c, a: c.datasets.splits.create(a.dataset, examples=[a.example], split_name="ours"),
    ),
    (
        "datasets.upload",
        "dataset of the file",
        lambda c, _: c.datasets.upload(
            file=csv(), input_keys=["q"], output_keys=["a"], name="new", description="ours"
        ),
    ),
]
