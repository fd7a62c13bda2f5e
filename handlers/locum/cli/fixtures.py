"""The commands `locum fixtures …`. The generator is imported only where one runs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from locum.cli.completion import (
    complete_dataset_or_file,
    complete_dataset_or_folder,
    complete_provider_or_file,
)
from locum.datasets import dataset as datasets
from locum.exceptions import DatasetError

if TYPE_CHECKING:
    from locum.generator.recipe import Recipe
    from locum.provider import Provider

_STEP = 1000  # rows between two looks at the progress bar


class _Fixtures(click.Group):
    """Import and save need packages of their own, which are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In alphabetical order."""
        return sorted([*super().list_commands(ctx), "import", "save"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name == "import":
            from locum.cli.fixtures_import import import_  # noqa: PLC0415  # see the class

            return import_
        if cmd_name == "save":
            from locum.cli.fixtures_save import save  # noqa: PLC0415  # see the class

            return save
        return super().get_command(ctx, cmd_name)


@click.group(cls=_Fixtures)
def fixtures() -> None:
    """Datasets: generate, import, save, check and list them."""


@fixtures.command()
@click.argument("recipe", metavar="NAME|CONFIG", shell_complete=complete_dataset_or_file)
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
    from locum import providers  # noqa: PLC0415  # see above
    from locum.generator import recipe_loader  # noqa: PLC0415  # see above

    given = {field: value for field, value in changes.items() if value is not None}
    found = recipe_loader.find(recipe, given)
    manifest = write(found, out, providers.installed(), dry_run=dry_run)
    if as_json:
        click.echo(orjson.dumps(manifest))
        return
    click.echo(f"{'would write ' if dry_run else ''}{summary(manifest, out)}")


def summary(manifest: dict[str, Any], out: Path) -> str:
    """The dataset's folder and hash, and a line for each table."""
    rows = (f"\n  {count:>9,}  {table}" for table, count in manifest["rows"].items())
    return f"{out / manifest['name']}  {manifest['logical_hash']}{''.join(rows)}"


def write(
    recipe: Recipe,
    out: Path,
    seen_by: Sequence[Provider],
    *,
    dry_run: bool = False,
    manifest_only: bool = False,
) -> dict[str, Any]:
    """Generate the dataset into `out`, with a progress bar on a terminal, and return its manifest.
    Its tables are those of the providers that see its world. Write nothing on a dry run.

    Raises DatasetError where it cannot be written, and where the memory is not enough.
    """
    try:
        return _write(recipe, out, seen_by, dry_run=dry_run, manifest_only=manifest_only)
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


def _write(
    recipe: Recipe, out: Path, seen_by: Sequence[Provider], *, dry_run: bool, manifest_only: bool
) -> dict[str, Any]:
    from locum import providers  # noqa: PLC0415  # see above
    from locum.generator import tables, world, writer  # noqa: PLC0415  # see above

    drawn = world.build(recipe)
    columns = providers.columns([*providers.installed(), *seen_by])
    sizes = tables.sizes(drawn, seen_by)
    with _progress(recipe.name, sum(sizes.values())) as bar:
        made = tables.rows(drawn, seen_by)
        if bar is not None:
            made |= {table: _counted(made[table], bar) for table in sizes}
        if dry_run:
            return writer.describe(recipe, made, columns)
        return writer.write(recipe, made, out, columns, manifest_only=manifest_only)


def _progress(label: str, size: int) -> AbstractContextManager[Any]:
    """A progress bar on stderr, or None where that is no terminal."""
    if not sys.stderr.isatty():
        return nullcontext()
    return click.progressbar(length=size, label=label, file=sys.stderr)


def _counted(rows: Iterable[Mapping[str, Any]], bar: Any) -> Iterator[Mapping[str, Any]]:
    for number, row in enumerate(rows, 1):
        if number % _STEP == 0:
            bar.update(_STEP)
        yield row


@fixtures.command()
@click.argument(
    "name", metavar="[NAME|DIR]...", nargs=-1, shell_complete=complete_dataset_or_folder
)
@click.option(
    "--provider",
    multiple=True,
    metavar="NAME|PATH",
    shell_complete=complete_provider_or_file,
    envvar="LOCUM_PROVIDER",
    show_envvar=True,
    help="Whose tables a DIR may have, as for `locum serve`; repeatable.",
)
def check(name: tuple[str, ...], *, provider: tuple[str, ...]) -> int:
    """Check the bundled datasets, or those of each NAME: whether they are what their recipes and
    the data dictionary say; or each DIR: whether what holds of its tables holds, and whether its
    rows are those that its manifest tells of.

    Prints a line for each difference. Status 1 where there is one.
    """
    from locum import providers  # noqa: PLC0415  # see above
    from locum.generator import checks, folder_checks  # noqa: PLC0415  # see above

    bundled = providers.bundled()
    columns = providers.columns(bundled)
    names = dict.fromkeys(name or checks.names())
    lines: list[str] = []
    if not names.keys().isdisjoint(checks.names()):
        lines += map(str, checks.dictionary(columns))
    for each in names:
        if each in checks.names() or not Path(each).is_dir():
            lines += map(str, checks.check(each, columns, bundled))
            continue
        every = tuple(dict.fromkeys([*bundled, *providers.chosen(provider)]))
        lines += folder_checks.lines(Path(each), providers.declared(every), every)
    for line in lines:
        click.echo(line)
    click.echo(f"{len(lines)} differences in {len(names)} datasets")
    return int(bool(lines))


@fixtures.command(name="list")
def list_datasets() -> None:
    """List the bundled datasets with what is special about each."""
    from locum.generator import recipe_loader  # noqa: PLC0415  # see above

    for name in datasets.names():
        recipe = recipe_loader.find(name)
        made = "" if recipe.committed else ", generated on first use"
        click.echo(f"{name} ({recipe.runs:,} runs{made}): {recipe.description}")
        for claim in recipe.claims:
            click.echo(f"  {claim.claim}: {claim.expected}")
