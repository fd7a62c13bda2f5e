"""What is expected of calls that write, under the names that `python_changes.py` and
`node_changes.mjs` have for it: what was written, as it is read back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.clients.sdks.asked import NOW
from tests.clients.sdks.comparison import Part
from tests.clients.sdks.expected import Expected, Row

Answer = Callable[[Expected, str], Any]

OURS = "ours"  # what all texts are that clients write
_RUN = Part(name="turn", run_type="chain", inputs={"question": "Where?"}, status="pending")
_EXAMPLE = Part(inputs={"q": 1}, outputs={"a": 2})


def _feedback(e: Expected, **more: Any) -> Row:
    return Part(run_id=e.asked["run"], key="quality", score=0.25, comment=OURS, **more)


def _but_times(row: Row, **changes: Any) -> Part:
    """What a row is with changes: all but the times at which they were made."""
    return Part({name: row[name] for name in row if name != "modified_at"} | changes)


def _run_with_outputs(e: Expected, _: str) -> Row:
    changes = {"outputs": {"answer": "new"}, "outputs_preview": '{"answer":"new"}'}
    return _but_times(e.v1(e.run), **changes, end_time=NOW)


def _example_changed(e: Expected, _: str) -> Row:
    row = e.world.examples[e.asked["example"]]
    return _but_times(
        row, outputs={"a": 2}, metadata=(row["metadata"] or {}) | {"dataset_split": [OURS]}
    )


def _experiment(e: Expected, _: str) -> Row:
    """What an evaluation leaves, whose every answer is wrong."""
    n = len(e.examples)
    return Part(
        reference_dataset_id=e.dataset,
        run_count=n,
        error_rate=0.0,
        feedback_stats=Part(is_right=Part(n=n, avg=0.0, min=0.0, max=0.0)),
    )


def _rated_experiment(e: Expected, _: str) -> Row:
    """An experiment of the dataset with feedback on each of its root runs more."""
    row = e.world.sessions[e.asked["experiment"]]
    roots = e.world.roots(row["id"])
    known = e.session_with_statistics(row)
    return Part(
        {name: known[name] for name in ("id", "name", "run_count", "total_tokens", "total_cost")},
        feedback_stats=Part(rated=Part(n=len(roots), avg=0.5)),
    )


def _example_of_run(e: Expected, _: str) -> Row:
    return Part(inputs=e.run["inputs"], outputs=e.run["outputs"], dataset_id=e.dataset)


def _file(e: Expected, _: str) -> Any:
    return [Part(inputs={"q": q}, outputs={"a": a}) for q, a in (("1", "2"), ("3", "4"))]


def _chat(e: Expected, _: str) -> Row:
    return Part(
        inputs={"input": [{"type": "human", "data": {"content": "Where?"}}]},
        outputs={"output": {"type": "ai", "data": {"content": "There."}}},
    )


WRITTEN: dict[str, Answer] = {
    "new project": lambda *_: Part(name="new", description=OURS, reference_dataset_id=None),
    "project with new description": lambda e, _: Part(
        {n: e.world.sessions[e.project][n] for n in ("id", "name")}, description=OURS
    ),
    "gone": lambda *_: "gone",
    "nothing": lambda *_: None,
    "new run": lambda *_: _RUN,
    "run with new outputs": _run_with_outputs,
    "traced run": lambda *_: [
        Part(
            name="turn",
            run_type="chain",
            status="success",
            inputs={"question": "Where?"},
            outputs={"output": "Where? There."},
        )
    ],
    "new feedback": lambda e, _: _feedback(e),
    "new feedback of the run": lambda e, _: [_feedback(e)],
    "new feedback on the project": lambda e, _: Part(
        run_id=None, session_id=e.project, key="quality", score=0.25
    ),
    "changed feedback": lambda e, _: Part(
        id=e.asked["feedback"], key=e.asked["key"], score=0.25, comment=OURS
    ),
    "rating of the run": lambda e, _: [Part(run_id=e.asked["run"], key="rated", score=0.5)],
    "ids of the shared trace": lambda e, _: {
        "items": [
            {"id": run["id"]} for run in sorted(e.world.trees[e.asked["trace"]], key=e.dotted_order)
        ]
    },
    "new dataset": lambda *_: Part(name="new", description=OURS, data_type="kv"),
    "dataset with new description": lambda e, _: Part(
        id=e.dataset, name=e.asked["dataset_name"], description=OURS
    ),
    "dataset of the file": lambda *_: Part(name="new", description=OURS, example_count=2),
    "public examples of it": lambda *_: [_EXAMPLE],
    "as many examples": lambda e, _: len(e.examples),
    "new example": lambda e, _: Part(_EXAMPLE, dataset_id=e.dataset),
    "new examples": lambda e, _: [Part(_EXAMPLE, dataset_id=e.dataset)] * 2,
    "new chat example": _chat,
    "new text example": lambda *_: Part(inputs={"input": "Where?"}, outputs={"output": "There."}),
    "example of the run": _example_of_run,
    "changed example": _example_changed,
    "changes of two examples": lambda e, _: {
        "statuses": [
            Part(id=e.asked["example"], status="UPDATED"),
            Part(id=e.asked["run"], status="NOT_FOUND"),
        ]
    },
    "examples of the new split": lambda e, _: [Part(id=e.asked["example"])],
    "ids of the examples": lambda e, _: [e.asked["example"]],
    "examples of the file": _file,
    "new experiment": _experiment,
    "experiment that is evaluated again": _rated_experiment,
    "projects without it": lambda e, _: [
        Part(id=row["id"])
        for row in e.newest_sessions(s for s in e.sessions if s["id"] != e.project)
    ],
}
