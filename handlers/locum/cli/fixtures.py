"""The commands `locum fixtures …`. The generator is imported only where one runs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from locum.datasets import dataset as datasets
from locum.exceptions import DatasetError

if TYPE_CHECKING:
    from locum.generator.recipes import Recipe

_STEP = 1000  # rows between two looks at the progress bar


class _Fixtures(click.Group):
    """The import is a package of its own, which is imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In alphabetical order."""
        return sorted([*super().list_commands(ctx), "import"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name != "import":
            return super().get_command(ctx, cmd_name)
        from locum.cli.fixtures_import import import_  # noqa: PLC0415  # see the class

        return import_


@click.group(cls=_Fixtures)
def fixtures() -> None:
    """Datasets: generate, import, check and list them."""


@fixtures.command()
@click.argument("recipe", metavar="NAME|CONFIG")
@click.option("--seed", type=int, help="Another seed than the recipe's.")
@click.option("--runs", type=int, help="Another number of runs, up to 100,000,000.")
@click.option("--now", metavar="TIME", help="Another end of its time, as 2026-06-30T12:00:00Z.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The folder in which the dataset's folder is made or replaced.  [default: this one]",
)
@click.option("--format", type=click.Choice(["jsonl", "parquet"]), help="Another file format.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the manifest as one line of JSON.")
def generate(
    recipe: str, *, out: Path, dry_run: bool, as_json: bool, **changes: str | int | None
) -> None:
    """Generate the bundled dataset NAME, or that of the recipe in the file CONFIG."""
    from locum.generator import recipe_files  # noqa: PLC0415  # see above

    given = {field: value for field, value in changes.items() if value is not None}
    found = recipe_files.find(recipe, given)
    manifest = write(found, out, dry_run=dry_run)
    if as_json:
        click.echo(orjson.dumps(manifest))
        return
    click.echo(f"{'would write ' if dry_run else ''}{told(manifest, out)}")


def told(manifest: dict[str, Any], out: Path) -> str:
    """The dataset's folder and hash, and a line for each table."""
    rows = (f"\n  {count:>9,}  {table}" for table, count in manifest["rows"].items())
    return f"{out / manifest['name']}  {manifest['logical_hash']}{''.join(rows)}"


def write(
    recipe: Recipe, out: Path, *, dry_run: bool = False, tables: bool = True
) -> dict[str, Any]:
    """Generate the dataset into `out`, with a progress bar on a terminal, and return its manifest.
    Write nothing on a dry run, and without `tables` the manifest alone.

    Raises DatasetError where it cannot be written, and where the memory is not enough.
    """
    try:
        return _write(recipe, out, dry_run=dry_run, tables=tables)
    except OSError as error:
        raise DatasetError(
            f"cannot write {out / recipe.name}: {error.strerror or error}",
            "name another folder with --out",
        ) from None
    except MemoryError:
        raise DatasetError(
            f"{recipe.name} with {recipe.runs:,} runs needs more memory than there is",
            "ask for fewer runs: a million takes 2.6 GB",
        ) from None


def _write(recipe: Recipe, out: Path, *, dry_run: bool, tables: bool) -> dict[str, Any]:
    from locum.generator import world  # noqa: PLC0415  # see above
    from locum.generator import writer as files  # noqa: PLC0415  # see above
    from locum.generator.tables import rows  # noqa: PLC0415

    drawn = world.build(recipe)
    with _progress(recipe.name, sum(drawn.sizes.values())) as bar:
        made = rows(drawn)
        if bar is not None:
            made |= {table: _counted(made[table], bar) for table in drawn.sizes}
        if dry_run:
            return files.describe(recipe, made)
        return files.write(recipe, made, out, tables=tables)


def _progress(label: str, size: int) -> AbstractContextManager[Any]:
    """A progress bar on stderr, or None where that is no terminal."""
    if not sys.stderr.isatty():
        return nullcontext()
    return click.progressbar(length=size, label=label, file=sys.stderr)


def _counted(rows: Iterable[dict[str, Any]], bar: Any) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(rows, 1):
        if number % _STEP == 0:
            bar.update(_STEP)
        yield row


@fixtures.command()
@click.argument("name", nargs=-1)
def check(name: tuple[str, ...]) -> int:
    """Check the bundled datasets, or those of each NAME: whether they are what their recipes and
    the data dictionary say.

    Prints a line for each difference. Status 1 where there is one.
    """
    from locum.generator import checks  # noqa: PLC0415  # see above

    names = dict.fromkeys(name or checks.names())
    faults = list(checks.dictionary())
    for each in names:
        faults += checks.check(each)
    for fault in faults:
        click.echo(str(fault))
    click.echo(f"{len(faults)} differences in {len(names)} datasets")
    return int(bool(faults))


@fixtures.command(name="list")
def list_datasets() -> None:
    """List the bundled datasets with what is special about each."""
    from locum.generator import recipe_files  # noqa: PLC0415  # see above

    for name in datasets.names():
        recipe = recipe_files.find(name)
        made = "" if recipe.committed else ", generated on first use"
        click.echo(f"{name} ({recipe.runs:,} runs{made}): {recipe.description}")
        for claim in recipe.claims:
            click.echo(f"  {claim.claim}: {claim.expected}")
