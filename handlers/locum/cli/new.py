"""The command `locum new provider`: a folder to begin with."""

from __future__ import annotations

import re
from pathlib import Path

import click

from locum.exceptions import StartError
from locum.server.lazy_imports import put_off

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")


@click.group()
def new() -> None:
    """Write what one begins with."""


@new.command()
@click.argument("name")
@click.argument("document", metavar="DOC", type=click.Path(path_type=Path))
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The folder to write into; no file in it is replaced.  [default: ./NAME]",
)
def provider(name: str, document: Path, into: Path | None) -> None:
    """Write a provider NAME for the OpenAPI document DOC: its settings, a handler for an operation,
    a table, and a contract test."""
    if not _NAME.match(name):
        raise StartError(
            f"the name {name!r:.80} is no name of a provider",
            "write it in small letters, digits and single hyphens, a letter first: my-shop",
        )
    with put_off():
        from locum import app  # noqa: PLC0415  # --help needs none of it
        from locum.cli import skeleton  # noqa: PLC0415

    folder = into or Path(name)
    (served,) = app.read((), [document])
    files, computed = skeleton.files(name, served, folder)
    _write(folder, files)
    for file in files:
        click.echo(f"wrote {folder / file}")
    if computed is None:
        click.echo("computed: nothing yet, as no answer of a GET holds a number of its own")
    else:
        click.echo(f"computed: {computed.where} by {computed.function}; all others are generated")
    click.echo("no recipe: recipes draw the world of the bundled providers alone")
    click.echo(f"next: cd {folder} && python test_contract.py && locum serve")


def _write(folder: Path, files: dict[str, str]) -> None:
    """Write the files, or none where one of them is there."""
    places = {folder / name: text for name, text in files.items()}
    there = [str(place) for place in places if place.exists() or place.is_symlink()]
    if there:
        raise StartError(
            f"{', '.join(there)} {'is' if len(there) == 1 else 'are'} there already",
            "name another folder with --into, or move what is there away",
        )
    try:
        for place, text in places.items():
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise StartError(
            f"cannot write into {folder}: {error.strerror or error}",
            "name another folder with --into",
        ) from None
