"""What no field of a recipe tells by itself: whether its parts fit together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta

from locum.generator.fields import Misfit, Place
from locum.generator.recipe_values import instant
from locum.generator.recipes import Recipe
from locum.generator.tenants import TENANTS
from locum.generator.trees import nodes


def misfits(recipe: Recipe) -> Iterator[Misfit]:
    """All that does not fit. Only the first is to be relied upon: others may follow from it."""
    yield from _shapes(recipe)
    yield from _errors(recipe)
    yield from _projects(recipe)
    yield from _services(recipe)
    yield from _arrivals(recipe)


def _shapes(recipe: Recipe) -> Iterator[Misfit]:
    for name, tree in recipe.shapes.items():
        try:
            nodes(tree)
        except ValueError as error:
            yield Misfit(("shapes", name), f"{tree!r:.60}", str(error))


def _errors(recipe: Recipe) -> Iterator[Misfit]:
    for code in recipe.model_errors:
        if not re.fullmatch("[45][0-9][0-9]", code):
            yield Misfit(("model_errors", code), f"{code!r}", "an HTTP status from 400 to 599")
    if not any(error.weight for error in recipe.model_errors.values()):
        yield Misfit(("model_errors",), "no weight above 0", "one")


def _projects(recipe: Recipe) -> Iterator[Misfit]:
    for key, project in recipe.projects.items():
        for field, known in (("shapes", recipe.shapes), ("models", recipe.models)):
            for name in getattr(project, field):
                if name not in known:
                    place = ("projects", key, field, name)
                    yield Misfit(place, f"{name!r}", f"one of {', '.join(known)}")
        if not project.experiment and not project.talks:
            yield Misfit(("projects", key, "talks"), "no talks", "one at least")
    for tenant in TENANTS:
        apps = [p for p in recipe.projects.values() if p.tenant == tenant and not p.experiment]
        if not any(app.share for app in apps):
            yield Misfit(("projects",), f"no share of {tenant} above 0", "one")


def _services(recipe: Recipe) -> Iterator[Misfit]:
    """Projects that other fields name, and that cannot serve there."""
    apps = {k: p for k, p in recipe.projects.items() if p.tenant == "demo" and not p.experiment}
    lengths = {name: len(nodes(tree)) for name, tree in recipe.shapes.items()}
    single = [key for key, app in apps.items() if 1 in map(lengths.get, app.shapes)]
    named: list[tuple[Place, str, Iterable[str]]] = [
        (("examples", "shared", "project"), recipe.examples.shared.project, apps),
        (("examples", "private", "project"), recipe.examples.private.project, apps),
        (("singles", "project"), recipe.singles.project, single),
    ]
    for place, name, possible in named:
        if name not in possible:
            yield Misfit(place, f"{name!r}", f"one of {', '.join(possible)}")


def _arrivals(recipe: Recipe) -> Iterator[Misfit]:
    last = instant(recipe.now)
    for number, time in enumerate(recipe.volume.arrivals):
        if not last - timedelta(days=recipe.days) <= instant(time) <= last:
            expected = f"a time in the {recipe.days} days before {recipe.now}"
            yield Misfit(("volume", "arrivals", number), time, expected)
