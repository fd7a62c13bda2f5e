"""Random streams: one per column, so that a new column never changes an old one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from faker import Faker
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Streams:
    """The random numbers of a seed, by table and column.

    A column's numbers depend on the seed and the two names alone: not on what else is drawn, nor on
    the hash seed, the time zone or the number of threads. Two calls for the same column begin at
    the same number, so each drawn column needs a name of its own.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def of(self, table: str, column: str) -> np.random.Generator:
        """The column's stream, from its beginning."""
        digest = hashlib.sha256(f"{table}.{column}".encode()).digest()
        words = np.frombuffer(digest, dtype="<u4").tolist()
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([self.seed, *words])))

    def uniform(self, table: str, column: str, size: int) -> Floats:
        """`size` numbers in [0, 1), one in each 1/size of it, in random order.

        Stratified, so that a rare case has its share in a dataset of 250 runs as well.
        """
        stream = self.of(table, column)
        cell = stream.permutation(size)
        numbers: Floats = (cell + stream.random(size)) / max(size, 1)
        return numbers

    def flags(self, table: str, column: str, rate: float, size: int) -> Flags:
        """True at the given rate."""
        return self.uniform(table, column, size) < rate

    def pick(self, table: str, column: str, weights: Sequence[float], size: int) -> Ints:
        """Indices into `weights`, each as often as its weight says."""
        return weighted(self.uniform(table, column, size), weights)

    def log_normal(
        self, table: str, column: str, median: float | Floats, sigma: float | Floats, size: int
    ) -> Floats:
        """Log-normal numbers of the given median and sigma, each one or one for every number."""
        numbers: Floats = median * np.exp(sigma * self.of(table, column).standard_normal(size))
        return numbers

    def pool(self, table: str, column: str, provider: str, size: int) -> list[str]:
        """`size` different texts of one of Faker's providers, such as city or first_name."""
        fake = Faker("en_US", use_weighting=False)
        fake.seed_instance(int(self.of(table, column).integers(2**62)))
        return [str(getattr(fake.unique, provider)()) for _ in range(size)]


def weighted(numbers: Floats, weights: Sequence[float]) -> Ints:
    """Numbers in [0, 1) as indices into `weights`, each index as often as its weight says."""
    bounds = np.cumsum(weights) / np.sum(weights)
    return np.minimum(np.searchsorted(bounds, numbers, side="right"), len(bounds) - 1)
