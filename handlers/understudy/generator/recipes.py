"""The recipes of the bundled datasets: what is generated, how much, and from which seed."""

from __future__ import annotations

from attrs import frozen

VERSION = "1"
NOW = "2026-06-30T12:00:00.000000Z"


@frozen
class Recipe:
    """A dataset to generate. It holds exactly `runs` runs, in the `days` before NOW.

    `examples` counts those of the shared dataset and of the private one; `rates` are the shares of
    traces that fail, that recover from a failed child, and that are still pending.
    """

    name: str
    description: str
    seed: int
    runs: int
    days: int
    suffix: str
    experiments: int
    examples: tuple[int, int]
    users: int
    other_threads: int
    rates: tuple[float, float, float]


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="tiny",
            description="250 runs over three days, to be read and worked out by hand",
            # The first seeds whose 250 runs have each case of tests/test_special_cases.py are
            # 111 and 113; this one has more failures.
            seed=113,
            runs=250,
            days=3,
            suffix=".jsonl",
            experiments=2,
            examples=(10, 3),
            users=8,
            other_threads=3,
            rates=(0.10, 0.09, 0.05),
        ),
        Recipe(
            name="default",
            description="10,000 runs over thirty days, with the shape of a busy month",
            seed=20260630,
            runs=10_000,
            days=30,
            suffix=".parquet",
            experiments=3,
            examples=(60, 20),
            users=200,
            other_threads=15,
            rates=(0.04, 0.02, 0.012),
        ),
    )
}
