"""The rows by which a world stands in a dataset's files: what a server must have derived of what it
was sent, written down a second time after ../semantics/langsmith-neighbours.md, section WRITE, in
the form of fixtures/README.md. No code of the package takes part.

- A run's status is the one that was sent, else `error` where it has an error, `success` where it
  has ended, else `pending`.
- What it uses is told by its span, else by `usage_metadata`, of the outputs before that of the
  metadata, else by `usage` in the outputs of an `llm` run. A cost that is given counts, else the
  table of prices.
- It reports what it uses and what all runs below it use that have come, whether those between them
  have or not. What nobody tells is null, a category that is told stays, though it be 0.
- The first token is the earliest of its own events `new_token`, from its start to its end.
- A project that runs have made by its name begins with the first of them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

from attrs import evolve, field, frozen

from tests.oracles.sent_things import (
    END,
    NOW,
    PRICES,
    Dataset,
    Example,
    Feedback,
    Json,
    Project,
    Run,
    iso,
)
from tests.oracles.sent_world import World

Amounts = dict[str, int]  # by column; of a category by column, a dot and the category
Given = Mapping[str, Any]

SIDES = {"input": "prompt", "output": "completion"}
SENT = ("error", "inputs", "outputs", "tags", "extra", "runtime", "events", "serialized")
KEYS = {
    "11111111-1111-4111-8111-111111111111": "locum-demo-key",
    "22222222-2222-4222-8222-222222222222": "locum-other-key",
}


# What a run itself uses.


def used(run: Run) -> Amounts:
    """What the run uses itself."""
    told = _told(run)
    if told is None:
        return {}
    amounts: Amounts = {}
    for side, column in SIDES.items():
        if f"{side}_tokens" in told:
            amounts[f"{column}_tokens"] = told[f"{side}_tokens"]
        for category, count in told.get(f"{side}_token_details", {}).items():
            amounts[f"{column}_token_details.{category}"] = count
    if "total_tokens" in told:
        amounts["total_tokens"] = told["total_tokens"]
    elif amounts.keys() & {"prompt_tokens", "completion_tokens"}:
        amounts["total_tokens"] = sum(
            amounts.get(f"{column}_tokens", 0) for column in SIDES.values()
        )
    costs = _given_costs(told) or _priced(run, told)
    return amounts | {name: round(usd * 10**9) for name, usd in costs.items()}  # half to even


def _told(run: Run) -> Json | None:
    if run.span is not None and run.span.usage is not None:
        return run.span.usage
    outputs, metadata = run.said.get("outputs") or {}, run.said.get("metadata") or {}
    told: Json | None = outputs.get("usage_metadata") or metadata.get("usage_metadata")
    if told or run.run_type != "llm" or "usage" not in outputs:
        return told
    usage = outputs["usage"]
    return {
        "input_tokens": usage.get("prompt_tokens", usage.get("input_tokens")),
        "output_tokens": usage.get("completion_tokens", usage.get("output_tokens")),
    }


def _usd(amount: float | str) -> Fraction:
    return Fraction(str(amount))


def _given_costs(told: Json) -> dict[str, Fraction]:
    costs: dict[str, Fraction] = {}
    for side, column in SIDES.items():
        if f"{side}_cost" in told:
            costs[f"{column}_cost_nano"] = _usd(told[f"{side}_cost"])
    if "total_cost" in told:
        costs["total_cost_nano"] = _usd(told["total_cost"])
    elif costs:
        costs["total_cost_nano"] = sum(costs.values(), Fraction())
    for side, column in SIDES.items():
        for category, amount in told.get(f"{side}_cost_details", {}).items():
            costs[f"{column}_cost_details_nano.{category}"] = _usd(amount)
    return costs


def _priced(run: Run, told: Json) -> dict[str, Fraction]:
    """What the tokens cost by the first price that matches; of several of one model the latest that
    held when the run began."""
    metadata = run.said.get("metadata") or {}
    model, provider = metadata.get("ls_model_name", ""), metadata.get("ls_provider", "").lower()
    matching = [
        price
        for price in PRICES
        if model
        and re.search(price["match"], model)
        and price.get("provider", provider).lower() == provider
        and price.get("from", "") <= iso(run.start)
    ]
    if not matching:
        return {}
    same = [each for each in matching if each["match"] == matching[0]["match"]]
    price = max(same, key=lambda each: each.get("from", ""))
    costs: dict[str, Fraction] = {}
    for side, column in SIDES.items():
        if f"{side}_tokens" not in told or side not in price:
            continue
        left, cost = told[f"{side}_tokens"], Fraction()
        for category, of_million in price.get("breakdown", {}).get(side, {}).items():
            details = told.get(f"{side}_token_details", {})
            if category in details:
                counted = min(details[category], left)
                left -= counted
                of_category = counted * _usd(of_million) / 10**6
                costs[f"{column}_cost_details_nano.{category}"] = of_category
                cost += of_category
        costs[f"{column}_cost_nano"] = cost + left * _usd(price[side]) / 10**6
    sides = [costs[name] for name in ("prompt_cost_nano", "completion_cost_nano") if name in costs]
    return costs | ({"total_cost_nano": sum(sides, Fraction())} if sides else {})


@frozen
class Reported:
    """What a run uses itself, what runs below it use, and how many of these tell each amount."""

    own: Amounts
    below: Counter[str] = field(factory=Counter)
    counts: Counter[str] = field(factory=Counter)

    def columns(self) -> Json:
        columns: Json = {"usage": {"own": self.own, "below": self.counts} if self.counts else None}
        for name in {**self.own, **self.below}:
            amount = self.own.get(name, 0) + self.below[name]
            column, dot, category = name.partition(".")
            if dot:
                columns.setdefault(column, {})[category] = amount
            else:
                columns[column] = amount
        return columns


def reported(runs: Sequence[Run]) -> dict[str, Reported]:
    """What each of the runs reports, by id."""
    found = {run.id: Reported(used(run)) for run in runs}
    for run in runs:
        for above in run.above:
            if above in found:
                found[above].below.update(found[run.id].own)
                found[above].counts.update(found[run.id].own.keys())
    return found


# Rows.


def run_row(run: Run, tenant: str, amounts: Reported, ids: Given) -> Json:
    return {
        "id": run.id,
        "tenant_id": tenant,
        "session_id": _id_of(run.project, ids),
        "trace_id": run.trace,
        "parent_run_id": run.parent,
        "name": run.name,
        "run_type": run.run_type,
        "status": run.status or implied_status(run),
        "start_time": iso(run.start),
        "end_time": None if run.end is None else iso(run.end),
        "first_token_time": _first_token(run),
        "metadata": run.said.get("metadata", {}),
        "reference_example_id": run.example,
        "share_token": run.share_token,
        "dotted_order": run.order,
        "attachments": {
            name: {"mime_type": mime_type, "size": len(content)}
            for name, (mime_type, content) in run.attachments.items()
        }
        or None,
        **{name: run.said[name] for name in SENT if name in run.said},
        **amounts.columns(),
    }


def _first_token(run: Run) -> str | None:
    tokens: list[str] = [
        each["time"] for each in run.said.get("events", ()) if each["name"] == "new_token"
    ]
    if not tokens:
        return None
    first = max(min(tokens), iso(run.start))
    return first if run.end is None else min(first, iso(run.end))


def implied_status(run: Run) -> str:
    if "error" in run.said:
        return "error"
    return "pending" if run.end is None else "success"


def project_row(project: Project, tenant: str, runs: Iterable[Run], ids: Given) -> Json:
    starts = [run.start for run in runs if run.project is project]
    return {
        "id": _id_of(project, ids),
        "tenant_id": tenant,
        "name": project.name,
        "description": project.description,
        "start_time": iso(project.start or min(starts)),
        "end_time": None if project.end is None else iso(project.end),
        "reference_dataset_id": None if project.dataset is None else project.dataset.id,
        "extra": project.extra,
    }


def dataset_row(dataset: Dataset, tenant: str, tokens: Given, changed: Given) -> Json:
    return {
        "id": dataset.id,
        "tenant_id": tenant,
        "name": dataset.name,
        "description": dataset.description,
        "data_type": "kv",
        "share_token": tokens[dataset.id] if dataset.is_shared else None,
        "metadata": dataset.metadata,
        "created_at": iso(dataset.created),
        "modified_at": changed.get(dataset.id),
    }


def example_row(example: Example, changed: Given) -> Json:
    return {
        "id": example.id,
        "dataset_id": example.dataset.id,
        "inputs": example.inputs,
        "outputs": example.outputs,
        "metadata": example.metadata,
        "source_run_id": example.source,
        "created_at": iso(example.created),
        "modified_at": changed.get(example.id) or iso(example.modified or example.created),
    }


def feedback_row(feedback: Feedback, ids: Given, times: Given) -> Json:
    run, project = feedback.run, feedback.project
    if run is not None and not run.is_lost:
        project = run.project
    score = feedback.score
    created, modified = times.get(feedback.id, (feedback.created, feedback.modified))
    return {
        "id": feedback.id,
        "run_id": None if run is None else run.id,
        "session_id": None if project is None else _id_of(project, ids),
        "key": feedback.key,
        "score": round(score, 4) if isinstance(score, float) else score,
        "value": feedback.value,
        "comment": feedback.comment,
        "correction": feedback.correction,
        "source": feedback.source,
        "created_at": created if isinstance(created, str) else iso(created),
        "modified_at": modified if isinstance(modified, str) else iso(modified),
    }


def _id_of(project: Project, ids: Given) -> str:
    return project.id or str(ids[project.name])


# Files.


def tables(worlds: Iterable[World], learned: Mapping[str, Given]) -> dict[str, list[Json]]:
    """The rows of the worlds, each of another tenant. `learned` is what the server gave, by the
    world's tenant: `ids` of the projects that runs made, by name; `tokens` of datasets; `times` of
    feedback, when it was created and changed; and when datasets and examples were `changed`."""
    found: dict[str, list[Json]] = {"keys": [], **{f"langsmith/{n}": [] for n in _TABLES}}
    for world in worlds:
        tenant, runs = world.tenant, world.seen
        told = learned[tenant]
        amounts = reported(runs)
        found["keys"].append(_key(tenant))
        found["langsmith/sessions"] += [
            project_row(project, tenant, runs, told["ids"])
            for project in (*world.projects, *world.named)
        ]
        found["langsmith/datasets"] += [
            dataset_row(each, tenant, told["tokens"], told["changed"]) for each in world.datasets
        ]
        found["langsmith/examples"] += [
            example_row(each, told["changed"]) for each in world.examples
        ]
        found["langsmith/runs"] += [
            run_row(run, tenant, amounts[run.id], told["ids"]) for run in runs
        ]
        found["langsmith/feedback"] += [
            feedback_row(each, told["ids"], told["times"]) for each in world.feedback
        ]
    return found


def tables_before(worlds: Iterable[World]) -> dict[str, list[Json]]:
    """The rows that are there before anything is sent."""
    found: dict[str, list[Json]] = {"keys": [], **{f"langsmith/{n}": [] for n in _TABLES}}
    for world in worlds:
        tenant, runs = world.tenant, [_at_first(run) for run in world.seen if run.is_in_file]
        amounts = reported(runs)
        found["keys"].append(_key(tenant))
        found["langsmith/sessions"] += [
            project_row(each, tenant, runs, {}) for each in world.projects if each.is_in_file
        ]
        found["langsmith/runs"] += [run_row(run, tenant, amounts[run.id], {}) for run in runs]
    return found


def _at_first(run: Run) -> Run:
    """A run as it is in the files before anything is sent."""
    run = evolve(run, share_token=None)
    if not run.is_pending_in_file:
        return run
    said = {name: value for name, value in run.said.items() if name not in END}
    return evolve(run, end=None, status=None, said=said)


_TABLES = ("sessions", "datasets", "examples", "runs", "feedback")


def _key(tenant: str) -> Json:
    return {"key": KEYS[tenant], "provider": "langsmith", "tenant_id": tenant, "access": "rw"}


def write(folder: Path, rows: Mapping[str, list[Json]]) -> Path:
    """Write a dataset's files, rows in any order, and the prices; return the folder."""
    shuffled = Random(folder.name)  # noqa: S311 - the same order every time
    for table, its in rows.items():
        file = folder / f"{table}.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in its]
        shuffled.shuffle(lines)
        file.write_text("".join(lines), encoding="utf-8")
    (folder / "prices.json").write_text(json.dumps(PRICES), encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps({"now": iso(NOW)}), encoding="utf-8")
    return folder
