"""The command `locum fixtures import`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import orjson
from click.shell_completion import CompletionItem

from locum import providers
from locum.cli import anonymising
from locum.datasets import atomic_folder
from locum.generator import tenants
from locum.importer import dataset
from locum.importer.report import Report


class _ProviderWithExports(click.ParamType[str]):
    name = "provider"

    @property
    def _choice(self) -> click.Choice[str]:
        return click.Choice(list(anonymising.exports()))

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        return self._choice.get_metavar(param, ctx)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return self._choice.convert(value, param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return self._choice.shell_complete(ctx, param, incomplete)


@click.command(name="import")
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The dataset's folder.")
@click.option("--name", help="The dataset's name in its manifest.  [default: the folder's]")
@click.option(
    "--provider",
    type=_ProviderWithExports(),
    help="Whose export it is, where the rows do not tell.",
)
@click.option(
    "--key",
    "keys",
    multiple=True,
    default=[tenants.DEMO_KEY],
    show_default=True,
    help="A credential that opens the rows' tenants; repeat it for more.",
)
@anonymising.options
@click.option("--skip-bad-rows", is_flag=True, help="Leave bad rows out; the status is then 1.")
@click.option("--json", "as_json", is_flag=True, help="Print figures and manifest as JSON lines.")
def import_(  # noqa: PLR0913 - one for each option
    files: tuple[str, ...],
    *,
    out: Path,
    name: str | None,
    provider: str | None,
    keys: tuple[str, ...],
    anonymise: bool,
    secret: str | None,
    keep: tuple[str, ...],
    skip_bad_rows: bool,
    as_json: bool,
) -> int:
    """Make a dataset of each FILE's rows: runs, feedback and requests, as vendors
    export them.

    A FILE is JSON or JSONL, plain or gzip; - is standard input. A bad row is reported with file
    and line, and then nothing is written.
    """
    hide = anonymising.hide(anonymise=anonymise, secret=secret, keep=keep)
    place, report = atomic_folder.resolved(out), Report()
    columns = providers.columns(providers.installed())
    reading = dataset.Reading(
        exports=anonymising.exports(),
        columns=columns,
        tenant=tenants.TENANTS["demo"],  # as in the bundled datasets
        provider=provider,
        anonymiser=hide(columns) if hide else None,
    )
    try:
        manifest = dataset.write(
            files,
            place,
            reading,
            report,
            name=name or place.name,
            keys=tuple(dict.fromkeys(map(_key, keys))),
            skip_bad_rows=skip_bad_rows,
        )
    finally:
        for line in report.faults():
            click.echo(line, err=True)
    if as_json:
        click.echo(orjson.dumps(report.figures()))
        click.echo(orjson.dumps(manifest))
    else:
        click.echo(f"{place}  {manifest['logical_hash']}")
        for table, rows in manifest["rows"].items():
            click.echo(f"  {rows:>9,}  {table}")
        for note in report.notes():
            click.echo(note)
    return int(report.bad > 0)


def _key(text: str) -> str:
    """The key, which a request's header must be able to give as it is."""
    if not text or text != text.strip() or not text.isprintable():
        expected = "a text without spaces around it or control characters in it"
        raise click.BadParameter(
            f"found {text!r}, expected {expected}: no request could give it", param_hint="--key"
        )
    return text
