"""The command line: `locum serve`, `lint` and `fixtures`, and `locum --version`."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from locum import __version__
from locum.cli import fixtures as fixture_commands
from locum.datasets import dataset as datasets
from locum.exceptions import StartError
from locum.server.lazy_imports import put_off

if TYPE_CHECKING:
    from locum.http.connexion_app import Application
    from locum.http.rate_limit import RateLimit
    from locum.scenarios import Scenarios

DEFAULT_PORT = 4010
AUTH_MODES = ("strict", "any", "off")  # as keys.MODES, which is slow to import
CLOCKS = ("fixed", "live")  # as scenarios.CLOCKS
MOST_WORKERS = 64


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="locum", prog_name="locum")
def cli() -> None:
    """A stand-in server for analytics APIs whose numbers are computed, not invented."""


@cli.command(context_settings={"show_default": True})
@click.argument("spec", nargs=-1, type=click.Path())
@click.option("--host", default="127.0.0.1", envvar="LOCUM_HOST", help="Address to listen on.")
@click.option(
    "--port",
    default=DEFAULT_PORT,
    type=click.IntRange(0, 65535),
    envvar="LOCUM_PORT",
    help="Port to listen on; 0 takes any free one.",
)
@click.option(
    "--data",
    type=click.Path(),  # the environment variable is split at os.pathsep, as paths are
    multiple=True,
    default=["default"],
    metavar="DATASET|DIR",
    envvar="LOCUM_DATA",
    help="A bundled dataset or a dataset folder; the first of several answers the requests that "
    "prefer none.",
)
@click.option(
    "--auth",
    default=AUTH_MODES[0],
    type=click.Choice(AUTH_MODES),
    envvar="LOCUM_AUTH",
    help="strict: keys of the dataset; any: every non-empty credential; off: none needed.",
)
@click.option(
    "--clock",
    default=CLOCKS[0],
    type=click.Choice(CLOCKS),
    envvar="LOCUM_CLOCK",
    help="fixed: times as in the dataset; live: shifted by days, so that its now is today.",
)
@click.option(
    "--rate-limit",
    metavar="REQUESTS/SECONDS",
    envvar="LOCUM_RATE_LIMIT",
    help="Answer 429 to a caller's further requests, as 1/10: one in ten seconds.  [default: none]",
)
@click.option(
    "--cors/--no-cors",
    default=True,
    envvar="LOCUM_CORS",
    help="Let pages of other origins ask.",
)
@click.option(
    "--workers",
    default=1,
    type=click.IntRange(1, MOST_WORKERS),
    envvar="LOCUM_WORKERS",
    help="Processes that answer, each with the datasets in its memory. Above 1: Linux only.",
)
def serve(
    spec: tuple[str, ...],
    *,
    host: str,
    port: int,
    data: tuple[str, ...],
    auth: str,
    clock: str,
    rate_limit: str | None,
    cors: bool,
    workers: int,
) -> None:
    """Serve the bundled documents, or each SPEC with the overlay beside it."""
    limit = _rate_limit(rate_limit)
    if workers > 1:
        _check_workers(workers, limit)
    build = partial(_build, spec, data, auth, clock, cors=cors)
    application, scenarios = build(rate_limit=limit)
    from locum.server import run as server  # noqa: PLC0415  # --help needs none of it

    if workers == 1:
        server.run(application, scenarios, _listen(host, port))
        return
    from locum.server.workers import Workers  # noqa: PLC0415  # for a single process, too much

    listener = _listen_first(host, port)
    work = partial(_work, build, host, listener.getsockname()[1])
    server.run(application, scenarios, listener, Workers(workers - 1, work))


@cli.command(name="lint")
@click.argument("spec", nargs=-1, required=True, type=click.Path())
def lint_documents(spec: tuple[str, ...]) -> int:
    """Check each SPEC, and the overlay beside it, against all of OpenAPI's rules.

    Prints a line for each finding, with the file's line. Status 1 where one is an error.
    """
    from locum.openapi import lint  # noqa: PLC0415  # only this command needs it

    findings = [finding for path in spec for finding in lint.lint(Path(path))]
    for finding in findings:
        click.echo(str(finding))
    errors = sum(finding.severity == lint.ERROR for finding in findings)
    click.echo(f"{errors} errors, {len(findings) - errors} warnings in {len(spec)} documents")
    return int(errors > 0)


cli.add_command(fixture_commands.fixtures)


def _rate_limit(text: str | None) -> RateLimit | None:
    from locum.http.rate_limit import RateLimit  # noqa: PLC0415  # see serve

    try:
        return RateLimit.parse(text) if text else None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--rate-limit") from None


def _check_workers(workers: int, limit: RateLimit | None) -> None:
    if limit:
        raise click.UsageError(
            f"--rate-limit counts in one process, and --workers {workers} are several: leave out "
            "one of the two (or LOCUM_RATE_LIMIT, LOCUM_WORKERS)"
        )
    # Others have SO_REUSEPORT too, and give all connections to one of the sockets.
    if sys.platform != "linux":
        raise StartError(
            f"--workers above 1 needs Linux, which spreads connections, and this is {sys.platform}",
            "leave out --workers (LOCUM_WORKERS)",
        )


def _build(
    spec: tuple[str, ...],
    data: tuple[str, ...],
    auth: str,
    clock: str,
    *,
    cors: bool,
    rate_limit: RateLimit | None = None,
) -> tuple[Application, Scenarios]:
    with ThreadPoolExecutor(1) as background:
        with put_off():
            # Both take long at start-up, and DuckDB does its part without the interpreter's lock.
            loading = background.submit(_load, data, auth, clock)
            from locum import app  # noqa: PLC0415  # see serve
            from locum.server import run as server  # noqa: F401, PLC0415  # see serve

        served = app.read(spec)
        scenarios = loading.result()
    return app.build(served, scenarios, cors=cors, rate_limit=rate_limit), scenarios


def _work(
    build: Callable[[], tuple[Application, Scenarios]],
    host: str,
    port: int,
    tell: Callable[[], None],
) -> None:
    """What a worker does."""
    application, scenarios = build()
    from locum.server import run as server  # noqa: PLC0415  # see serve

    server.run_worker(application, scenarios, _listen(host, port, shared=True), tell)


def _load(data: tuple[str, ...], auth: str, clock: str) -> Scenarios:
    from locum.scenarios import Scenarios  # noqa: PLC0415  # see serve

    chosen = [datasets.find(each) for each in data]
    scenarios = Scenarios(chosen, auth, clock)
    scenarios.load_chosen()
    return scenarios


def _listen_first(host: str, port: int) -> socket.socket:
    """Listen where workers will too, and another server does not: it would go unnoticed, so a
    socket that is not shared tries first."""
    with _listen(host, port) as alone:
        port = alone.getsockname()[1]
    return _listen(host, port, shared=True)


def _listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """Raises StartError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
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
        status = cli.main(list(arguments), prog_name="locum", standalone_mode=False)
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
