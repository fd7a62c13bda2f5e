"""Generate the bundled datasets again: python scripts/generate_fixtures.py all"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from locum import providers
from locum.cli import fixtures as fixture_commands
from locum.exceptions import DatasetError
from locum.generator import recipe_loader
from locum.resources import bundled


def main(argv: Sequence[str] | None = None) -> int:
    """Write the named datasets and print what was written; 2 where a recipe cannot be met.

    Of those that are generated on first use, fixtures/ gets the manifests alone.
    """
    fixtures = bundled("fixtures")
    parser = argparse.ArgumentParser(description="Generate the bundled datasets.")
    parser.add_argument("dataset", choices=[*recipe_loader.names(), "all"])
    parser.add_argument("--seed", type=int, help="another seed than the recipe's")
    parser.add_argument("--runs", type=int, help="another number of runs than the recipe's")
    parser.add_argument(
        "--out", type=Path, default=fixtures, help="the folder (default: fixtures/)"
    )
    chosen = parser.parse_args(argv)
    asked = {"seed": chosen.seed, "runs": chosen.runs}
    changes = {name: value for name, value in asked.items() if value is not None}
    for name in recipe_loader.names() if chosen.dataset == "all" else [chosen.dataset]:
        try:
            recipe = recipe_loader.find(name, changes)
            manifest_only = not recipe.committed and chosen.out == fixtures
            manifest = fixture_commands.write(
                recipe, chosen.out, providers.bundled(), manifest_only=manifest_only
            )
        except DatasetError as error:
            print(f"error: {error}\nfix: {error.fix}", file=sys.stderr)
            return 2
        print(fixture_commands.summary(manifest, chosen.out))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
