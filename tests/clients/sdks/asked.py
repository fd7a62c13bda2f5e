"""The ids and times that clients are called with: rows of `tiny`, of the demo tenant."""

from __future__ import annotations

from typing import Any

from tests.oracles.run_oracle import World

TENANT = "11111111-1111-4111-8111-111111111111"
NOW = "2026-06-30T12:00:00.000000Z"


def asked(world: World, *only: str) -> dict[str, Any]:
    """What the probes know by name, as JSON values; they call only those methods, if any is named.

    The run is a root run of the project with threads, with children, feedback and usage; the trace
    that is shared is another. A value is None where the rows have none such."""
    sessions = [row for row in world.sessions.values() if row["tenant_id"] == TENANT]
    plain = [row for row in sessions if row["reference_dataset_id"] is None]
    project = max(
        plain, key=lambda row: sum(r["thread"] is not None for r in world.roots(row["id"]))
    )
    roots = sorted(world.roots(project["id"]), key=lambda run: run["start_time"])
    run = next(
        run
        for run in roots
        if run["total_tokens"]
        and world.feedback[run["id"]]
        and run["status"] == "success"
        and not run.get("share_token")
    )
    children = [r for r in world.trees[run["trace_id"]] if r["parent_run_id"] == run["id"]]
    dataset = next(row for row in world.datasets if row["share_token"])
    experiments = [r for r in sessions if r["reference_dataset_id"] == dataset["id"]]
    ran = [row for row in experiments if world.of_session[row["id"]]]
    examples = [row for row in world.examples.values() if row["dataset_id"] == dataset["id"]]
    versions = sorted(row["modified_at"] for row in examples)
    example = min(examples, key=lambda row: row["id"])
    shared = next((r for r in world.runs.values() if r.get("share_token")), None)
    below = [r for r in world.trees[shared["trace_id"]] if r is not shared] if shared else []
    given = world.feedback[run["id"]][0]
    return {
        "only": only or None,
        "project": project["id"],
        "project_name": project["name"],
        "run": run["id"],
        "run_start": run["start_time"],
        "trace": run["trace_id"],
        "child": children[0]["id"],
        "thread": run["thread"],
        "first": roots[0]["start_time"],
        "middle": roots[len(roots) // 2]["start_time"],
        "now": NOW,
        "dataset": dataset["id"],
        "dataset_name": dataset["name"],
        "oldest_version": versions[0],
        "newest_version": versions[-1],
        "token": dataset["share_token"],
        "experiment": ran[0]["id"],
        "other_experiment": ran[1]["id"],
        "example": example["id"],
        "split": "base",
        "topic": example["metadata"]["topic"],
        "feedback": given["id"],
        "key": given["key"],
        "shared_run": shared["id"] if shared else None,
        "run_token": shared["share_token"] if shared else None,
        "shared_child": below[0]["id"] if below else None,
        "shared_child_start": below[0]["start_time"] if below else None,
    }
