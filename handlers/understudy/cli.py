"""The command line: `understudy serve`, `lint`, `fixtures` and `--version`."""

from __future__ import annotations

import socket
import sys
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import click

from understudy import __version__, datasets
from understudy.exceptions import StartError

if TYPE_CHECKING:
    from understudy.engine import DuckDB
    from understudy.ratelimit import RateLimit

DEFAULT_PORT = 4010
AUTH_MODES = ("strict", "any", "off")  # as auth.MODES, which is slow to import


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="understudy", prog_name="understudy")
def cli() -> None:
    """A stand-in server for analytics APIs whose numbers are computed, not invented."""


@cli.command(context_settings={"show_default": True})
@click.argument("spec", nargs=-1, type=click.Path())
@click.option("--host", default="127.0.0.1", envvar="UNDERSTUDY_HOST", help="Address to listen on.")
@click.option(
    "--port",
    default=DEFAULT_PORT,
    type=click.IntRange(0, 65535),
    envvar="UNDERSTUDY_PORT",
    help="Port to listen on; 0 takes any free one.",
)
@click.option(
    "--data",
    default="default",
    metavar="DATASET|DIR",
    envvar="UNDERSTUDY_DATA",
    help=f"A bundled dataset ({', '.join(datasets.names())}) or a dataset folder.",
)
@click.option(
    "--auth",
    default=AUTH_MODES[0],
    type=click.Choice(AUTH_MODES),
    envvar="UNDERSTUDY_AUTH",
    help="strict: keys of the dataset; any: every non-empty credential; off: none needed.",
)
@click.option(
    "--rate-limit",
    metavar="REQUESTS/SECONDS",
    envvar="UNDERSTUDY_RATE_LIMIT",
    help="Answer 429 to a caller's further requests, as 1/10: one in ten seconds.  [default: none]",
)
@click.option(
    "--cors/--no-cors",
    default=True,
    envvar="UNDERSTUDY_CORS",
    help="Let pages of other origins ask.",
)
def serve(
    spec: tuple[str, ...],
    *,
    host: str,
    port: int,
    data: str,
    auth: str,
    rate_limit: str | None,
    cors: bool,
) -> None:
    """Serve the bundled documents, or each SPEC with the overlay beside it."""
    # Connexion imports Starlette's test client, which asks for a library that serving never uses.
    warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
    with ThreadPoolExecutor(1) as background:
        # Both take long at start-up, and DuckDB does its part without the interpreter's lock.
        loading = background.submit(_load, data)
        from understudy import app, server  # noqa: PLC0415  # --help and --version need none of it

        limit = _rate_limit(rate_limit)
        served = app.read(spec)
        engine = loading.result()
    application = app.build(served, engine, auth, cors=cors, rate_limit=limit)
    server.run(application, engine, _listen(host, port))


@cli.command(name="lint")
@click.argument("spec", nargs=-1, required=True, type=click.Path())
def lint_documents(spec: tuple[str, ...]) -> int:
    """Check each SPEC, and the overlay beside it, against all of OpenAPI's rules.

    Prints a line for each finding, with the file's line. Status 1 where one is an error.
    """
    from understudy import lint  # noqa: PLC0415  # only this command needs it

    findings = [finding for path in spec for finding in lint.lint(Path(path))]
    for finding in findings:
        click.echo(str(finding))
    errors = sum(finding.severity == lint.ERROR for finding in findings)
    click.echo(f"{errors} errors, {len(findings) - errors} warnings in {len(spec)} documents")
    return int(errors > 0)


class _Fixtures(click.Group):
    """Its commands are imported when they are asked for: serving needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In alphabetical order."""
        del ctx
        return ["import"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        from understudy.importer.command import import_  # noqa: PLC0415  # see the class

        return import_


@cli.group(cls=_Fixtures)
def fixtures() -> None:
    """Datasets to serve."""


def _rate_limit(text: str | None) -> RateLimit | None:
    from understudy.ratelimit import RateLimit  # noqa: PLC0415  # see serve

    try:
        return RateLimit.parse(text) if text else None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--rate-limit") from None


def _load(data: str) -> DuckDB:
    from understudy.engine import DuckDB  # noqa: PLC0415  # see serve

    return DuckDB(datasets.find(data))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise StartError(
            f"cannot listen on {host} port {port}: {error.strerror or error}",
            "choose another --port (0 takes any free one) or --host",
        ) from None
    return listener


def main(arguments: Sequence[str]) -> int:
    """Run the command and give its exit status: 0 fine, 2 for a fault of usage or of a document
    (`error:` and `fix:` lines on stderr)."""
    try:
        status = cli.main(list(arguments), prog_name="understudy", standalone_mode=False)
    except StartError as error:
        click.echo(f"error: {error}\nfix: {error.fix}", err=True)
        return 2
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    return status if isinstance(status, int) else 0


def run() -> None:
    """The console script."""
    sys.exit(main(sys.argv[1:]))
