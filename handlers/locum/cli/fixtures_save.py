"""The command `locum fixtures save`."""

from __future__ import annotations

import re
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlsplit

import click
import orjson

from locum import providers
from locum.cli import anonymising, recordings
from locum.cli.completion import complete_provider_or_file
from locum.datasets import atomic_folder
from locum.exceptions import DatasetError, StartError
from locum.generator import folder_checks, tenants
from locum.importer.saving import Archive, Saving, Source

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*\Z", re.ASCII)
_SECONDS = 600.0  # of silence: the server sorts the rows of a table, of a million for some time
_PIECE = 1024 * 1024  # bytes that are read at once
_LOCAL = ("localhost", "127.0.0.1", "::1")
_LONGEST = 300  # characters of an answer that is shown


@click.command(name="save")
@click.argument("name", metavar="NAME")
@click.option(
    "--url",
    default="http://127.0.0.1:4010",
    show_default=True,
    help="The server that is asked for the dataset.",
)
@click.option("--sandbox", metavar="NAME", help="As it is in that sandbox, and not in none.")
@click.option(
    "--scenario",
    metavar="NAME",
    help="Which dataset of the server.  [default: the one that it answers from]",
)
@click.option(
    "--key",
    default=tenants.DEMO_KEY,
    show_default=True,
    help="A credential of the dataset that may write.",
)
@click.option(
    "--recorded",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Ask no server, and save what `locum serve --record DIR` has recorded.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The folder in which the dataset's folder NAME is made.  [default: this one]",
)
@click.option("--replace", is_flag=True, help="Replace a dataset that is there.")
@anonymising.options
@click.option(
    "--provider",
    multiple=True,
    metavar="NAME|PATH",
    shell_complete=complete_provider_or_file,
    envvar="LOCUM_PROVIDER",
    show_envvar=True,
    help="Whose tables it may have, as for `locum serve`; repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the manifest as one line of JSON.")
def save(  # noqa: PLR0913 - one for each option
    name: str,
    *,
    url: str,
    sandbox: str | None,
    scenario: str | None,
    key: str,
    recorded: Path | None,
    out: Path,
    replace: bool,
    anonymise: bool,
    secret: str | None,
    keep: tuple[str, ...],
    provider: tuple[str, ...],
    as_json: bool,
) -> int:
    """Save what a running server has, with all that was written to it, as the dataset NAME.

    It is checked, and what is incomplete of it is told. Status 1 where the check finds an error.
    """
    if not _NAME.match(name):
        raise click.BadParameter(
            f"found {name!r:.80}, expected letters, digits, and . _ - behind the first",
            param_hint="NAME",
        )
    hide = anonymising.hide(anonymise=anonymise, secret=secret, keep=keep)
    every = tuple(dict.fromkeys([*providers.bundled(), *providers.chosen(provider)]))
    columns = providers.columns([*providers.installed(), *every])
    place = atomic_folder.resolved(out / name)
    keys = tuple(
        {"key": tenants.DEMO_KEY, "provider": each.name, "tenant_id": each.owner, "access": "rw"}
        for each in every
        if each.owner is not None
    )
    saving = Saving(place=place, columns=columns, replaces=replace, hide=hide, keys=keys)
    if recorded is not None:
        _refuse_both(sandbox)
        with recordings.opened(recorded, scenario, every) as (_, source):
            manifest = saving.save(source, name)
    else:
        with _served(url.rstrip("/"), sandbox, scenario, key) as source:
            manifest = saving.save(source, name)
    found = list(folder_checks.lines(place, providers.declared(every), every))
    _tell(place, manifest, found, as_json=as_json)
    return int(any(line.startswith("error:") for line in found))


def _refuse_both(sandbox: str | None) -> None:
    if sandbox is not None:
        raise click.UsageError("--sandbox is of a server: --recorded DIR asks none")


def _tell(place: Path, manifest: dict[str, Any], found: list[str], *, as_json: bool) -> None:
    if as_json:
        click.echo(orjson.dumps(manifest))
    else:
        click.echo(f"{place}  {manifest['logical_hash']}")
        for table, rows in manifest["rows"].items():
            click.echo(f"  {rows:>9,}  {table}")
        for each in manifest.get("incomplete", ()):
            click.echo(each["sentence"])
    for line in found:
        click.echo(line, err=as_json)


@contextmanager
def _served(url: str, sandbox: str | None, scenario: str | None, key: str) -> Iterator[Source]:
    """Give what the server sends. Raises StartError where it sends nothing."""
    if sandbox is not None:
        with _asked(url, f"/__locum/sandboxes/{quote(sandbox, safe='')}") as answer:
            scenario = scenario or orjson.loads(answer.read())["settings"].get("scenario")
    if scenario is None:
        with _asked(url, "/__locum/datasets") as answer:
            scenario = orjson.loads(answer.read())["first"]
    within = f"/__locum/with/sandbox={quote(sandbox, safe='')}" if sandbox else ""
    path = f"{within}/__locum/datasets/{quote(scenario, safe='')}/export"
    with tempfile.TemporaryDirectory(prefix="locum-") as folder:
        file = Path(folder) / "export.zip"
        with _asked(url, path, key) as answer, file.open("wb") as written:
            try:
                while piece := answer.read(_PIECE):
                    written.write(piece)
            except (OSError, ValueError) as error:
                raise DatasetError(f"the export was cut off: {error}", "save it again") from None
        with Archive(file) as archive:
            yield archive


def _asked(url: str, path: str, key: str | None = None) -> IO[bytes]:
    """Return the server's answer. Raises StartError where it answers no 200."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise click.BadParameter(f"found {url!r:.80}, expected http://…", param_hint="--url")
    request = urllib.request.Request(f"{url}{path}")  # noqa: S310 - see above
    if key is not None:
        request.add_header("Authorization", f"Bearer {key}")
    is_local = urlsplit(url).hostname in _LOCAL
    handlers = [urllib.request.ProxyHandler({})] if is_local else []
    try:
        answer: IO[bytes] = urllib.request.build_opener(*handlers).open(request, timeout=_SECONDS)
    except urllib.error.HTTPError as error:
        told = error.read().decode(errors="replace")[:_LONGEST]
        raise StartError(f"{url}{path} answers {error.code}: {told}", _fix(error.code)) from None
    except OSError as error:
        reason = getattr(error, "reason", error)
        fix = "start one with `locum serve`, or name another with --url"
        raise StartError(f"no server answers at {url}: {reason}", fix) from None
    return answer


def _fix(status: int) -> str:
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return "name a --key of the dataset that may write"
    if status == HTTPStatus.NOT_FOUND:
        return "name a --scenario and a --sandbox that the server has"
    return "ask again later, or look into the server's log"
