"""Traces an application by an installed LangSmith SDK, and evaluates it, as its users do, in a
client's environment, with address and key as `python_probes.py` has them.

Prints a JSON line when all is flushed: the time, the ids of what was made and the token by which
the dataset is shared. Then one with what the client has logged and warned of. `node_traced.mjs`
traces the same.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from importlib import import_module
from typing import Any

from langsmith import Client, evaluate, get_current_run_tree, traceable
from langsmith.schemas import Example, Run

from tests.clients.sdks import python_probes

PROJECT, DATASET, TURNS, EXAMPLES, FAILING = "application", "questions", 12, 20, 7


def called(number: int) -> dict[str, Any]:
    """A model's call, of which even ones tell their usage twice."""
    time.sleep(0.02)
    if number == FAILING:
        raise ValueError("no answer")
    usage = {
        "input_tokens": 100 + number,
        "output_tokens": 10,
        "total_tokens": 110 + number,
        "input_token_details": {"cache_read": 4},
        "input_cost": 0.001,
        "output_cost": 0.0005,
        "total_cost": 0.0015,
    }
    if number % 2:
        return {"text": f"answer {number}", "usage_metadata": usage}
    run = get_current_run_tree()
    assert run is not None
    run.metadata["usage_metadata"] = usage
    also = {"usage_metadata": usage} if number % 4 else {}
    return {"text": f"answer {number}", **also}


model: Any = traceable(run_type="llm", name="model", tags=["small"])(called)
search: Any = traceable(run_type="tool", name="search")(lambda number: model(number)["text"])
turn: Any = traceable(name="turn")(lambda number: f"{search(number)}")


def conversations(client: Client) -> list[str]:
    """Trace turns of three threads; return the ids of their runs."""
    turns: list[str] = []
    for number in range(TURNS):
        extra = {"metadata": {"thread_id": f"thread {number % 3}"}, "on_end": turns_of(turns)}
        try:
            turn(number, langsmith_extra={"project_name": PROJECT, "client": client, **extra})
        except ValueError:
            assert number == FAILING
    for number, run_id in enumerate(turns):
        client.create_feedback(run_id, key="helpful", score=number % 2, trace_id=run_id)
    return turns


def turns_of(turns: list[str]) -> Any:
    return lambda run: turns.append(str(run.id))


def answered(inputs: dict[str, Any]) -> dict[str, Any]:
    """What is evaluated: every fourth answer is wrong."""
    number = inputs["number"]
    text = model(number + 100)["text"]
    return {"answer": text if number % 4 else "none"}


def exact(run: Run, example: Example) -> dict[str, Any]:
    assert example.outputs is not None
    return {"key": "exact", "score": run.outputs == example.outputs}


def most(runs: list[Run], examples: list[Example]) -> dict[str, Any]:
    return {"key": "answers", "score": len(runs) / len(examples)}


def evaluation(client: Client) -> dict[str, str]:
    """Evaluate over a new dataset, and share it; return the ids of it and of the experiment, and
    the token."""
    dataset = client.create_dataset(DATASET)
    examples = [
        {
            "inputs": {"number": number},
            "outputs": {"answer": f"answer {number + 100}"},
            "metadata": {"topic": "odd" if number % 2 else "even"},
        }
        for number in range(EXAMPLES)
    ]
    client.create_examples(dataset_id=dataset.id, examples=examples)
    found = evaluate(
        answered,
        data=DATASET,
        evaluators=[exact],
        summary_evaluators=[most],
        experiment_prefix="first",
        client=client,
    )
    (experiment,) = client.list_projects(reference_dataset_id=dataset.id)
    assert experiment.name == found.experiment_name
    token = client.share_dataset(dataset.id)["share_token"]
    return {"dataset": str(dataset.id), "experiment": str(experiment.id), "token": token}


def flush_spans() -> None:
    """What the SDK has given to OpenTelemetry's exporter, which flush() does not wait for."""
    trace: Any = import_module("opentelemetry.trace")
    assert trace.get_tracer_provider().force_flush()


def main() -> None:
    heard = python_probes.listening()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ResourceWarning)
        client = Client()
        output, sys.stdout = sys.stdout, sys.stderr  # where evaluate() says what it does
        made: dict[str, Any] = evaluation(client)
        made["turns"] = conversations(client)
        client.flush()
        if "LANGSMITH_OTEL_ENABLED" in os.environ:
            flush_spans()
        made["flushed"] = time.time()
        output.write(json.dumps(made) + "\n")
        output.flush()
        client.close()
    told = [f"{each.category.__name__}: {each.message}" for each in warned]
    output.write(json.dumps({"log": heard.lines, "warnings": told}) + "\n")


if __name__ == "__main__":
    main()
