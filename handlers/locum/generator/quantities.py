"""Log-normal quantities of a recipe, drawn: one shape for all, or each model's own."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from locum.generator.random_streams import Floats, Ints, Streams
from locum.generator.recipe import LogNormal, Recipe

# Of anything that is drawn: far from the ends of 64 bits.
MOST = 10**13


@frozen
class OfModels:
    """As LogNormal, with a value for each run."""

    median: Floats
    sigma: Floats
    least: Ints


def of_models(recipe: Recipe, column: str, usual: LogNormal, model: Ints) -> OfModels:
    """The quantity that each run's model has of its own, else the usual one."""
    shapes = [getattr(each, column) or usual for each in recipe.models.values()]
    columns = zip(*map(attrs.astuple, shapes), strict=True)
    return OfModels(*(np.array(column)[model] for column in columns))


def numbers(
    streams: Streams, table: str, column: str, shape: LogNormal | OfModels, size: int
) -> Floats:
    """So many of the quantity."""
    drawn = streams.log_normal(table, column, shape.median, shape.sigma, size)
    return np.minimum(shape.least + drawn, MOST)


def whole(
    streams: Streams,
    table: str,
    column: str,
    shape: LogNormal | OfModels,
    size: int,
    factor: float | NDArray[np.floating[Any]] = 1.0,
) -> Ints:
    """So many of the quantity, cut to integers; what is above the least is times the factor."""
    drawn = streams.log_normal(table, column, shape.median, shape.sigma, size)
    counted: Ints = shape.least + np.minimum(drawn * factor, MOST).astype(np.int64)
    return counted
