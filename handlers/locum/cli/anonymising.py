"""The options that say how texts are replaced, of the commands that make a dataset of somebody's
rows."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from locum import providers
from locum.datasets.columns import Columns
from locum.importer.anonymise import Anonymiser
from locum.provider import Exports
from locum.provider_code import called

F = TypeVar("F", bound=Callable[..., Any])
Hide = Callable[[Mapping[str, Columns]], Anonymiser]


@cache
def exports() -> dict[str, Exports]:
    """Read when it is needed: a broken provider does not stop the help of other commands."""
    found = {}
    for each in providers.installed():
        if each.exports:
            with called(f"the exports of {each.name}"):
                found[each.name] = each.exports()
    return found


def options(command: F) -> F:
    """Add the options `anonymise`, `secret` and `keep` to a command."""
    for option in (
        click.option(
            "--keep",
            metavar="NAME",
            multiple=True,
            help="A name of metadata, properties, scores or feedback that --anonymise leaves; "
            "repeatable.",
        ),
        click.option(
            "--secret",
            envvar="LOCUM_SECRET",
            show_envvar=True,
            help="The same secret replaces the same by the same.  [default: a new one, not kept]",
        ),
        click.option("--anonymise", is_flag=True, help="Replace texts, names and ids by others."),
    ):
        command = option(command)
    return command


def hide(*, anonymise: bool, secret: str | None, keep: tuple[str, ...]) -> Hide | None:
    """Return what makes the anonymiser of tables, by their columns; None where there is none.
    Raises click.UsageError."""
    typed = click.get_current_context().get_parameter_source("secret")
    if (keep or typed is ParameterSource.COMMANDLINE) and not anonymise:
        raise click.UsageError("--secret and --keep say how to --anonymise: give that too")
    if secret == "":
        raise click.BadParameter("it must not be empty", param_hint="--secret")
    if not anonymise:
        return None
    hidden = secret.encode() if secret else secrets.token_bytes(32)
    words = [each.vocabulary for each in exports().values()]
    return lambda columns: Anonymiser(hidden, columns, words, keep)
