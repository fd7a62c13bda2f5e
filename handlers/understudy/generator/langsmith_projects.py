"""The rows of keys, langsmith/sessions, langsmith/datasets and langsmith/examples."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from understudy.generator.runs import OK
from understudy.generator.tenants import KEYS, TENANTS
from understudy.generator.world import HOUR_US, Row, World, example_talk, ids, iso

_DAY_US = 24 * HOUR_US
_DATASETS = (("sql-questions", "demo"), ("support-regressions", "demo"), ("other-golden", "other"))
_OTHER_EXAMPLES = 2
# Examples by number modulo 10, 7 and 10: without metadata, without difficulty, with a text for it.
_BARE, _UNKNOWN, _UNRATED = 8, 5, 6


def keys(_world: World) -> Iterator[Row]:
    """Each key for both providers."""
    for key, tenant, access in KEYS:
        for provider in ("langsmith", "helicone"):
            yield {"key": key, "provider": provider, "tenant_id": tenant, "access": access}


def sessions(world: World) -> Iterator[Row]:
    """Each project, from its first run (without runs, from the beginning of the dataset's days);
    an experiment that is over ends with its last."""
    of_run = world.project_of_run
    shared, *_ = ids(world.recipe, "langsmith/datasets", len(_DATASETS))
    first_us = world.recipe.now_ms * 1000 - world.recipe.days * _DAY_US
    for number, project in enumerate(world.projects):
        runs = np.flatnonzero(of_run == number)
        started = int(world.times.start_us[runs].min()) if len(runs) else first_us
        ended = int(world.times.end_us[runs].max(initial=started))
        over = project.experiment and world.recipe.experiments.over
        extra: Row = {"metadata": {"owner": project.tenant}}
        if project.experiment:
            extra["metadata"] |= {"model": next(iter(project.models)), "dataset_splits": ["base"]}
        yield {
            "id": world.project_ids[number],
            "tenant_id": TENANTS[project.tenant],
            "name": project.name,
            "description": project.description,
            "start_time": iso(np.array([started]))[0],
            "end_time": iso(np.array([ended]))[0] if over else None,
            "reference_dataset_id": shared if project.experiment else None,
            "extra": extra,
        }


def datasets(world: World) -> Iterator[Row]:
    """The shared dataset, the private one, and the other tenant's."""
    token, *_ = ids(world.recipe, "share_tokens", 1)
    numbered = ids(world.recipe, "langsmith/datasets", len(_DATASETS))
    for number, (name, tenant) in enumerate(_DATASETS):
        yield {
            "id": numbered[number],
            "tenant_id": TENANTS[tenant],
            "name": name,
            "share_token": token if number == 0 else None,
        }


def examples(world: World) -> Iterator[Row]:
    """The shared dataset's, older than all runs; the private one's, taken from successful
    conversations; the other tenant's."""
    shared, private = world.recipe.examples.shared.count, world.recipe.examples.private.count
    sources = _sources(world, private)
    dataset_of = [0] * shared + [1] * len(sources) + [2] * _OTHER_EXAMPLES
    numbered = ids(world.recipe, "langsmith/examples", len(dataset_of))
    of_dataset = ids(world.recipe, "langsmith/datasets", len(_DATASETS))
    recipe = world.recipe
    oldest_us = recipe.now_ms * 1000 - (recipe.days + 10) * _DAY_US
    for number, dataset in enumerate(dataset_of):
        talk, source, created_us = example_talk(recipe, number), None, oldest_us + number * HOUR_US
        if dataset == 1:
            source = sources[number - shared]
            talk = world.talks[world.runs.trace[source]]
            created_us = int(world.times.end_us[source]) + 1_500_000
        changed_us = created_us + (HOUR_US // 2 if number % 4 == 0 and dataset == 0 else 0)
        yield {
            "id": numbered[number],
            "dataset_id": of_dataset[dataset],
            "name": f"{_DATASETS[dataset][0]}-{number + 1}",
            "inputs": {"question": talk.question},
            "outputs": {"answer": talk.answer},
            "metadata": _metadata(number, talk.topic),
            "source_run_id": None if source is None else world.run_ids[source],
            "created_at": iso(np.array([created_us]))[0],
            "modified_at": iso(np.array([changed_us]))[0],
        }


def _metadata(number: int, topic: str) -> Row | None:
    """Difficulty is an integer, on some a text; some lack it, and some have no metadata."""
    if number % 10 == _BARE:
        return None
    metadata: Row = {"topic": topic, "split": "base"}
    if number % 7 != _UNKNOWN:
        metadata["difficulty"] = "unrated" if number % 10 == _UNRATED else 1 + number * 5 % 3
    return metadata


def _sources(world: World, count: int) -> list[int]:
    """The first successful root runs, at most `count`, of the private dataset's project that ended
    well before now."""
    runs = world.runs
    project = world.recipe.place(world.recipe.examples.private.project)
    early = world.times.end_us < world.recipe.now_ms * 1000 - HOUR_US
    fits = (runs.parent < 0) & (runs.status == OK) & (world.project_of_run == project) & early
    chosen = np.flatnonzero(fits)
    by_start = chosen[np.argsort(world.times.start_us[chosen], kind="stable")]
    return [int(run) for run in by_start[:count]]
