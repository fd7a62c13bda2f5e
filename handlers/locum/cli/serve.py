"""The command `locum serve`. What serving needs is imported only where it runs: `--help` needs none
of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import click

from locum.cli.completion import complete_dataset_or_folder, complete_provider_or_file
from locum.datasets.dataset import CLOCKS
from locum.datasets.keys import MODES
from locum.exceptions import StartError
from locum.http import TIME_LIMIT
from locum.server import SHUTDOWN_SECONDS
from locum.server.lazy_imports import put_off
from locum.server.listeners import listen, listen_first

if TYPE_CHECKING:
    from locum.http.connexion_app import Application
    from locum.http.rate_limit import RateLimit
    from locum.scenarios import Scenarios

DEFAULT_PORT = 4010
MOST_WORKERS = 64
MOST_SECONDS = 3600.0  # of --time-limit and --shutdown-seconds

# \b keeps a paragraph's lines as they are.
_EXAMPLES = """\b
Examples:
  locum serve --data tiny --port 0       a free port, which it prints
  locum serve --data default --data ./mine --data other=./elsewhere/mine
  LOCUM_DATA=tiny:outage LOCUM_AUTH=any locum serve

A flag goes before its environment variable. `locum fixtures list` has the names of the datasets.
"""


def _check_seconds(_context: click.Context, _parameter: click.Parameter, value: float) -> float:
    if not 0 < value <= MOST_SECONDS:  # nor is it no number
        raise click.BadParameter(f"{value:g} is not above 0 and at most {MOST_SECONDS:g}")
    return value


@click.command(context_settings={"show_default": True}, epilog=_EXAMPLES)
@click.argument("spec", nargs=-1, type=click.Path())
@click.option(
    "--host",
    default="127.0.0.1",
    envvar="LOCUM_HOST",
    show_envvar=True,
    help="Address to listen on.",
)
@click.option(
    "--port",
    default=DEFAULT_PORT,
    type=click.IntRange(0, 65535),
    envvar="LOCUM_PORT",
    show_envvar=True,
    help="Port to listen on; 0 takes any free one.",
)
@click.option(
    "--data",
    type=click.Path(),  # the environment variable is split at os.pathsep, as paths are
    multiple=True,
    default=["default"],
    metavar="[NAME=]DATASET|DIR",
    shell_complete=complete_dataset_or_folder,
    envvar="LOCUM_DATA",
    show_envvar=True,
    help="A bundled dataset or a dataset folder, as the scenario of its own name or NAME; the "
    "first of several answers the requests that prefer none.",
)
@click.option(
    "--provider",
    multiple=True,
    metavar="NAME|PATH",
    shell_complete=complete_provider_or_file,
    envvar="LOCUM_PROVIDER",
    show_envvar=True,
    help="Serve the provider of that name alone, or that of a folder or Python file beside the "
    "others; repeatable.",
)
@click.option(
    "--auth",
    default=MODES[0],
    type=click.Choice(MODES),
    envvar="LOCUM_AUTH",
    show_envvar=True,
    help="strict: keys of the dataset; any: every non-empty credential; off: none needed.",
)
@click.option(
    "--clock",
    default=CLOCKS[0],
    type=click.Choice(CLOCKS),
    envvar="LOCUM_CLOCK",
    show_envvar=True,
    help="fixed: times as in the dataset; live: shifted by days, so that its now is today.",
)
@click.option(
    "--rate-limit",
    metavar="REQUESTS/SECONDS",
    envvar="LOCUM_RATE_LIMIT",
    show_envvar=True,
    help="Answer 429 to a caller's further requests, as 1/10: one in ten seconds.  [default: none]",
)
@click.option(
    "--time-limit",
    default=TIME_LIMIT,
    type=float,
    callback=_check_seconds,
    envvar="LOCUM_TIME_LIMIT",
    show_envvar=True,
    help="Answer 504 to a request that takes longer, its wait for others included.",
)
@click.option(
    "--cors/--no-cors",
    default=True,
    envvar="LOCUM_CORS",
    show_envvar=True,
    help="Let pages of other origins ask.",
)
@click.option(
    "--workers",
    default=1,
    type=click.IntRange(1, MOST_WORKERS),
    envvar="LOCUM_WORKERS",
    show_envvar=True,
    help="Processes that answer, each with the datasets in its memory. Above 1: Linux only.",
)
@click.option(
    "--shutdown-seconds",
    default=SHUTDOWN_SECONDS,
    type=float,
    callback=_check_seconds,
    envvar="LOCUM_SHUTDOWN_SECONDS",
    show_envvar=True,
    help="Time for what is in progress when the server is told to end.",
)
@click.option(
    "--unchecked",
    is_flag=True,
    envvar="LOCUM_UNCHECKED",
    show_envvar=True,
    help="Serve the rows of datasets as they are, without a check of what holds of them.",
)
def serve(  # noqa: PLR0913 - one for each option
    spec: tuple[str, ...],
    *,
    host: str,
    port: int,
    data: tuple[str, ...],
    provider: tuple[str, ...],
    auth: str,
    clock: str,
    rate_limit: str | None,
    time_limit: float,
    cors: bool,
    workers: int,
    shutdown_seconds: float,
    unchecked: bool,
) -> None:
    """Serve the bundled documents, or each SPEC with the overlay beside it."""
    _check_values(click.get_current_context())
    limit = _rate_limit(rate_limit)
    if workers > 1:
        _check_workers(workers, limit)
    build = partial(
        _build,
        spec,
        data,
        provider,
        auth,
        clock,
        unchecked=unchecked,
        cors=cors,
        time_limit=time_limit,
    )
    application, scenarios = build(rate_limit=limit)
    from locum.datasets.findings import warnings  # noqa: PLC0415  # --help needs none of it
    from locum.server import run as server  # noqa: PLC0415

    doubts = dict.fromkeys(doubt for loaded in scenarios.loaded for doubt in loaded.doubts)
    for line in warnings(list(doubts)):
        click.echo(line, err=True)
    if workers == 1:
        server.run(application, scenarios, listen(host, port), shutdown_seconds)
        return
    from locum.server.workers import Workers  # noqa: PLC0415  # for a single process, too much

    listener = listen_first(host, port)
    work = partial(_work, build, host, listener.getsockname()[1], shutdown_seconds)
    server.run(application, scenarios, listener, shutdown_seconds, Workers(workers - 1, work))


def _check_values(context: click.Context) -> None:
    """An empty value is mostly a variable of a script that is not set."""
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        if value == "" or (isinstance(value, tuple) and "" in value):
            name = next((each for each in parameter.opts if each.startswith("-")), "SPEC")
            raise StartError(f"{name} is empty", f"give {name} a value, or leave it out")


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
    provider: tuple[str, ...],
    auth: str,
    clock: str,
    *,
    unchecked: bool,
    cors: bool,
    time_limit: float,
    rate_limit: RateLimit | None = None,
) -> tuple[Application, Scenarios]:
    with ThreadPoolExecutor(1) as background:
        with put_off():
            # Both take long at start-up, and DuckDB does its part without the interpreter's lock.
            loading = background.submit(_load, data, provider, auth, clock, unchecked=unchecked)
            from locum import app, providers  # noqa: PLC0415  # see serve
            from locum.server import run as server  # noqa: F401, PLC0415  # see serve

        served = app.read(providers.chosen(provider), spec)
        scenarios = loading.result()
    application = app.build(
        served, scenarios, cors=cors, rate_limit=rate_limit, time_limit=time_limit
    )
    return application, scenarios


def _work(
    build: Callable[[], tuple[Application, Scenarios]],
    host: str,
    port: int,
    shutdown_seconds: float,
    tell: Callable[[], None],
) -> None:
    """What a worker does."""
    application, scenarios = build()
    from locum.server import run as server  # noqa: PLC0415  # see serve

    listener = listen(host, port, shared=True)
    server.run_worker(application, scenarios, listener, shutdown_seconds, tell)


def _load(
    data: tuple[str, ...], provider: tuple[str, ...], auth: str, clock: str, *, unchecked: bool
) -> Scenarios:
    from locum import providers  # noqa: PLC0415  # see serve
    from locum.generator import catalog  # noqa: PLC0415
    from locum.scenarios import Scenarios  # noqa: PLC0415

    chosen = providers.chosen(provider)
    every = tuple(dict.fromkeys([*providers.bundled(), *chosen]))
    tables = providers.columns(every)
    find = partial(catalog.find, tables=tables, providers=every)
    named = partial(catalog.find_named, tables=tables, providers=every)
    found = [named(each) for each in data]
    scenarios = Scenarios(found, chosen, find, auth=auth, clock=clock, unchecked=unchecked)
    scenarios.load_chosen()
    return scenarios
