"""What is called of the LangSmith SDK for Python to write datasets and examples, and to evaluate,
as in `python_changes.py`."""

from __future__ import annotations

import uuid
from typing import Any

import langsmith
from langsmith.evaluation import EvaluationResult, run_evaluator

from tests.clients.sdks.python_changes import Asked, Probe, after, csv, gone


def question(inputs: dict[str, Any]) -> dict[str, Any]:
    return {"answer": str(inputs)}


async def aquestion(inputs: dict[str, Any]) -> dict[str, Any]:
    return question(inputs)


def is_right(outputs: dict[str, Any], reference_outputs: dict[str, Any]) -> bool:
    return outputs == reference_outputs


def half(run: Any, example: Any) -> EvaluationResult:
    return EvaluationResult(key="rated", score=0.5)


rated: Any = run_evaluator(half)


def experiment(client: Any, a: Asked, _: Any) -> Any:
    """The newest experiment over the dataset, with its statistics."""
    return next(client.list_projects(reference_dataset_id=a.dataset, include_stats=True))


def parts() -> dict[str, Any]:
    return {"id": uuid.uuid4(), "inputs": {"q": 1}, "outputs": {"a": 2}}


def of_ids(client: Any, a: Asked, made: Any) -> Any:
    """The examples that an answer names."""
    return client.list_examples(example_ids=made["example_ids"])


def copied(client: Any, a: Asked, _: Any) -> Any:
    """What of the copy is as in the dataset: how many examples it has."""
    return len(list(client.list_examples(dataset_name="copy")))


SYNC: list[Probe] = [
    (
        "share_dataset",
        "public examples of it",
        after(
            lambda c, _: c.create_example(
                {"q": 1}, outputs={"a": 2}, dataset_id=c.create_dataset("new").id
            ),
            lambda c, _, made: c.list_shared_examples(
                c.share_dataset(made.dataset_id)["share_token"]
            ),
        ),
    ),
    (
        "unshare_dataset",
        "gone",
        after(
            lambda c, a: c.unshare_dataset(a.dataset),
            lambda c, a, _: gone(c.read_shared_dataset, a.token),
        ),
    ),
    (
        "clone_public_dataset",
        "as many examples",
        after(lambda c, a: c.clone_public_dataset(a.token, dataset_name="copy"), copied),
    ),
    (
        "create_examples",
        "new examples",
        after(
            lambda c, a: c.create_examples(dataset_id=a.dataset, examples=[parts(), parts()]),
            of_ids,
        ),
    ),
    (
        "upload_examples_multipart",
        "new examples",
        after(
            lambda c, a: c.upload_examples_multipart(
                dataset_id=a.dataset,
                uploads=[langsmith.schemas.ExampleCreate(**parts()) for _ in range(2)],
            ),
            of_ids,
        ),
    ),
    (
        "create_chat_example",
        "new chat example",
        after(
            lambda c, a: c.create_chat_example(
                [{"type": "human", "data": {"content": "Where?"}}],
                {"type": "ai", "data": {"content": "There."}},
                dataset_id=a.dataset,
            ),
            lambda c, _, made: c.read_example(made.id),
        ),
    ),
    (
        "create_llm_example",
        "new text example",
        after(
            lambda c, a: c.create_llm_example("Where?", "There.", dataset_id=a.dataset),
            lambda c, _, made: c.read_example(made.id),
        ),
    ),
    (
        "create_example_from_run",
        "example of the run",
        after(
            lambda c, a: c.create_example_from_run(c.read_run(a.run), dataset_id=a.dataset),
            lambda c, _, made: c.read_example(made.id),
        ),
    ),
    (
        "update_example",
        "changed example",
        after(
            lambda c, a: c.update_example(a.example, outputs={"a": 2}, split="ours"),
            lambda c, a, _: c.read_example(a.example),
        ),
    ),
    (
        "update_examples",
        "changed example",
        after(
            lambda c, a: c.update_examples(
                dataset_id=a.dataset,
                updates=[{"id": a.example, "outputs": {"a": 2}, "split": "ours"}],
            ),
            lambda c, a, _: c.read_example(a.example),
        ),
    ),
    (
        "update_examples_multipart",
        "changed example",
        after(
            lambda c, a: c.update_examples_multipart(
                dataset_id=a.dataset,
                updates=[
                    langsmith.schemas.ExampleUpdate(id=a.example, outputs={"a": 2}, split="ours")
                ],
            ),
            lambda c, a, _: c.read_example(a.example),
        ),
    ),
    (
        "delete_example",
        "gone",
        after(
            lambda c, a: c.delete_example(a.example),
            lambda c, a, _: gone(c.read_example, a.example),
        ),
    ),
    (
        "delete_examples",
        "gone",
        after(
            lambda c, a: c.delete_examples([a.example]),
            lambda c, a, _: gone(c.read_example, a.example),
        ),
    ),
    (
        "delete_examples",
        "gone",
        after(
            lambda c, a: c.delete_examples([a.example], hard_delete=True),
            lambda c, a, _: gone(c.read_example, a.example),
        ),
    ),
    (
        "update_dataset_splits",
        "examples of the new split",
        after(
            lambda c, a: c.update_dataset_splits(
                dataset_id=a.dataset, split_name="ours", example_ids=[a.example]
            ),
            lambda c, a, _: c.list_examples(dataset_id=a.dataset, splits=["ours"]),
        ),
    ),
    (
        "upload_csv",
        "examples of the file",
        after(
            lambda c, _: c.upload_csv(csv(), input_keys=["q"], output_keys=["a"], name="new"),
            lambda c, _, made: sorted(
                c.list_examples(dataset_id=made.id), key=lambda row: row.inputs["q"]
            ),
        ),
    ),
    (
        "evaluate",
        "new experiment",
        after(
            lambda c, a: c.evaluate(question, data=a.dataset_name, evaluators=[is_right]),
            experiment,
        ),
    ),
    (
        "evaluate",
        "experiment that is evaluated again",
        after(
            lambda c, a: c.evaluate(a.experiment, evaluators=[rated]),
            lambda c, a, _: c.read_project(project_id=a.experiment, include_stats=True),
        ),
    ),
    (
        "aevaluate",
        "new experiment",
        after(
            lambda c, a: c.aevaluate(aquestion, data=a.dataset_name, evaluators=[is_right]),
            experiment,
        ),
    ),
    (
        "evaluate_run",
        "rating of the run",
        after(
            lambda c, a: c.evaluate_run(c.read_run(a.run), rated),
            lambda c, a, _: c.list_feedback(run_ids=[a.run], feedback_key=["rated"]),
        ),
    ),
]
