"""The command `locum serve`. What serving needs is imported only where it runs: `--help` needs none
of it.
"""

from __future__ import annotations

import secrets
import socket
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
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
from locum.server.port_file import PortFile

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from locum.http.admin import Reloads
    from locum.http.connexion_app import Application
    from locum.http.control import OwnControl
    from locum.http.journal import Entry as Noted
    from locum.http.sandboxes import Sandboxes
    from locum.scenarios import Scenarios
    from locum.server.run import Manner
    from locum.server.watch import Sources, Watch

DEFAULT_PORT = 4010
FORMS = ("text", "json")  # of the greeting
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
    "--delay",
    metavar="SECONDS",
    envvar="LOCUM_DELAY",
    show_envvar=True,
    help="Answer so much later: 0.5, or 0.2..3 at random.  [default: none]",
)
@click.option(
    "--errors",
    metavar="SHARE",
    envvar="LOCUM_ERRORS",
    show_envvar=True,
    help="Answer so many requests with a fault of the server, as 5%.  [default: none]",
)
@click.option(
    "--fault",
    metavar="KIND",
    envvar="LOCUM_FAULT",
    show_envvar=True,
    help="End every answer as a broken connection does: reset, truncate or hang.  [default: none]",
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
    "--watch",
    is_flag=True,
    envvar="LOCUM_WATCH",
    show_envvar=True,
    help="Serve documents, overlays, datasets and code of --provider PATH anew when they change; "
    "where the new is bad, what was served before stays.",
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
    "--admin-token",
    metavar="TOKEN",
    envvar="LOCUM_ADMIN_TOKEN",
    show_envvar=True,
    help="What a page of another origin sends to set or reset a sandbox.  [default: a new one, "
    "printed]",
)
@click.option(
    "--sandbox-idle",
    default=30.0,
    type=click.FloatRange(0, min_open=True),
    metavar="MINUTES",
    envvar="LOCUM_SANDBOX_IDLE",
    show_envvar=True,
    help="End a sandbox that nobody has used for so long.",
)
@click.option(
    "--max-sandboxes",
    default=1_000,
    type=click.IntRange(1),
    envvar="LOCUM_MAX_SANDBOXES",
    show_envvar=True,
    help="Sandboxes at the same time.",
)
@click.option(
    "--port-file",
    type=click.Path(),
    metavar="FILE",
    envvar="LOCUM_PORT_FILE",
    show_envvar=True,
    help="Write the port into this file once the server can be asked, and remove it at the end.",
)
@click.option(
    "--print",
    "form",
    default=FORMS[0],
    type=click.Choice(FORMS),
    envvar="LOCUM_PRINT",
    show_envvar=True,
    help="The greeting: for people, or one line of JSON with url, port, keys, scenarios and pid.",
)
@click.option(
    "-v",
    "--verbose",
    is_flag=True,
    envvar="LOCUM_VERBOSE",
    show_envvar=True,
    help="Tell each request in a line: status, milliseconds, operation, why it was refused.",
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
    delay: str | None,
    errors: str | None,
    fault: str | None,
    time_limit: float,
    cors: bool,
    workers: int,
    watch: bool,
    shutdown_seconds: float,
    admin_token: str | None,
    sandbox_idle: float,
    max_sandboxes: int,
    port_file: str | None,
    form: str,
    verbose: bool,
    unchecked: bool,
) -> None:
    """Serve the bundled documents, or each SPEC with the overlay beside it."""
    _check_values(click.get_current_context())
    settings = {"rate_limit": rate_limit, "delay": delay, "errors": errors, "fault": fault}
    _check_settings(settings)
    token = admin_token or secrets.token_urlsafe(12)
    if workers > 1:
        _check_workers(workers, watch=watch)
    file = PortFile(Path(port_file)) if port_file else None
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
        admin_token=token,
        verbose=verbose,
    )
    make = partial(_sandboxes, settings, max_sandboxes, sandbox_idle)
    manner = partial(_manner, form, shutdown_seconds, file, token)
    if workers > 1:
        _serve_with_workers(build, make, manner, (host, port), workers)
        return
    build = partial(build, _own_control(make))
    if watch:
        newest = _watch(build, partial(_sources, spec, provider))
        with newest:
            _run(newest, listen(host, port), manner(lambda: newest.scenarios))
        return
    application, scenarios = build()
    _warn(scenarios)
    # Connexion's own call around the application takes 5 % of an answer from memory.
    _run(application.app, listen(host, port), manner(lambda: scenarios))


def _check_values(context: click.Context) -> None:
    """An empty value is mostly a variable of a script that is not set."""
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        if value == "" or (isinstance(value, tuple) and "" in value):
            name = next((each for each in parameter.opts if each.startswith("-")), "SPEC")
            raise StartError(f"{name} is empty", f"give {name} a value, or leave it out")


def _check_settings(given: Mapping[str, str | None]) -> None:
    from locum.exceptions import InvalidPreference  # noqa: PLC0415  # --help needs none of it
    from locum.http.settings import settings  # noqa: PLC0415

    try:
        settings(given)
    except InvalidPreference as error:
        name, _, found = error.found.partition("=")
        flag = f"--{name.replace('_', '-')}"
        raise click.BadParameter(f"{found!r} is not {error.expected}", param_hint=flag) from None


def _check_workers(workers: int, *, watch: bool) -> None:
    if watch:
        raise click.UsageError(
            f"--watch reloads one process, and --workers {workers} are several: leave out one of "
            "the two (or LOCUM_WATCH, LOCUM_WORKERS)"
        )
    # Others have SO_REUSEPORT too, and give all connections to one of the sockets.
    if sys.platform != "linux":
        raise StartError(
            f"--workers above 1 needs Linux, which spreads connections, and this is {sys.platform}",
            "leave out --workers (LOCUM_WORKERS)",
        )


def _warn(scenarios: Scenarios) -> None:
    from locum.datasets.findings import warnings  # noqa: PLC0415  # see _check_settings

    doubts = dict.fromkeys(doubt for loaded in scenarios.loaded for doubt in loaded.doubts)
    for line in warnings(list(doubts)):
        click.echo(line, err=True)


def _manner(
    form: str,
    shutdown_seconds: float,
    file: PortFile | None,
    token: str,
    scenarios: Callable[[], Scenarios],
) -> Manner:
    from locum.server import run as server  # noqa: PLC0415  # see _check_settings

    write = server.json_greeting if form == "json" else server.greeting
    return server.Manner(lambda url: write(url, scenarios(), token), shutdown_seconds, file)


def _sandboxes(settings: Mapping[str, str | None], most: int, idle_minutes: float) -> Sandboxes:
    from locum.http.sandboxes import Sandboxes  # noqa: PLC0415  # see _check_settings

    return Sandboxes(settings, most=most, idle_seconds=idle_minutes * 60)


def _own_control(make: Callable[[], Sandboxes]) -> OwnControl:
    from locum.http.control import OwnControl  # noqa: PLC0415  # see _check_settings

    return OwnControl(make())


def _run(application: ASGIApp, listener: socket.socket, manner: Manner) -> None:
    from locum.server import run as server  # noqa: PLC0415  # see _check_settings

    server.run(application, listener, manner)


def _serve_with_workers(
    build: Callable[[OwnControl], tuple[Application, Scenarios]],
    make: Callable[[], Sandboxes],
    manner: Callable[[Callable[[], Scenarios]], Manner],
    address: tuple[str, int],
    workers: int,
) -> None:
    from locum.server import run as server  # noqa: PLC0415  # for a single process, too much
    from locum.server.shared_control import FirstControl  # noqa: PLC0415
    from locum.server.workers import Workers  # noqa: PLC0415

    control = FirstControl(make())
    application, scenarios = build(control)
    _warn(scenarios)
    first = manner(lambda: scenarios)
    listener = listen_first(*address)
    port = listener.getsockname()[1]
    work = partial(_work, build, make, address[0], port, first.shutdown_seconds)
    server.run(application.app, listener, first, (Workers(workers - 1, work), control))


def _work(
    build: Callable[[OwnControl], tuple[Application, Scenarios]],
    make: Callable[[], Sandboxes],
    host: str,
    port: int,
    shutdown_seconds: float,
    tell: Callable[[], None],
    end: socket.socket,
) -> None:
    """What a worker does; the socket is its end of those by which the processes talk."""
    from locum.server import run as server  # noqa: PLC0415  # see _check_settings
    from locum.server.shared_control import WorkerControl  # noqa: PLC0415

    control = WorkerControl(make())
    application, _ = build(control)
    listener = listen(host, port, shared=True)
    talking = partial(control.open, end)
    server.run_worker(application.app, listener, shutdown_seconds, tell, talking)


def _build(  # noqa: PLR0913 - one for each option
    spec: tuple[str, ...],
    data: tuple[str, ...],
    provider: tuple[str, ...],
    auth: str,
    clock: str,
    control: OwnControl,
    *,
    unchecked: bool,
    cors: bool,
    time_limit: float,
    admin_token: str,
    verbose: bool,
    reloads: Reloads | None = None,
) -> tuple[Application, Scenarios]:
    with ThreadPoolExecutor(1) as background:
        with put_off():
            # Both take long at start-up, and DuckDB does its part without the interpreter's lock.
            loading = background.submit(_load, data, provider, auth, clock, unchecked=unchecked)
            from locum import app, providers  # noqa: PLC0415  # see _check_settings
            from locum.server import run as server  # noqa: F401, PLC0415

        served = app.read(providers.chosen(provider), spec)
        scenarios = loading.result()
    application = app.build(
        served,
        scenarios,
        cors=cors,
        control=control,
        time_limit=time_limit,
        admin_token=admin_token,
        reloads=reloads,
        tell=_tell if verbose else None,
    )
    return application, scenarios


def _tell(noted: Noted) -> None:
    from locum.http.journal import line  # noqa: PLC0415  # see _check_settings

    click.echo(line(noted), err=True)


def _watch(
    build: Callable[..., tuple[Application, Scenarios]], sources: Callable[[Scenarios], Sources]
) -> Watch:
    with put_off():
        from locum import providers  # noqa: PLC0415  # see _check_settings
        from locum.http.admin import Reloads  # noqa: PLC0415
        from locum.server.watch import Watch  # noqa: PLC0415

    # Compiled code counts as new by the second and the size of its source, which is too coarse.
    sys.dont_write_bytecode = True
    reloads = Reloads()

    def build_anew() -> tuple[Application, Scenarios]:
        with providers.imported_anew():
            application, scenarios = build(reloads=reloads)
        _warn(scenarios)
        return application, scenarios

    return Watch(build_anew, sources, reloads)


def _sources(spec: tuple[str, ...], provider: tuple[str, ...], scenarios: Scenarios) -> Sources:
    """Return what the scenarios and their providers' documents come from."""
    from locum import providers  # noqa: PLC0415  # see _check_settings
    from locum.openapi import overlay  # noqa: PLC0415
    from locum.server.watch import Sources  # noqa: PLC0415

    of_providers = [path for each in scenarios.providers for path in each.documents]
    documents = list(map(Path, spec)) or of_providers
    files, folders = providers.code_at_paths(provider)
    files |= {*documents, *map(overlay.beside, documents)}
    # What is generated into the cache is nobody's to edit.
    folders |= {each.folder for each in scenarios.chosen if each.make_again is None}
    folders |= {each.data for each in scenarios.providers if each.data is not None}
    return Sources(frozenset(files), frozenset(folders))


def _load(
    data: tuple[str, ...], provider: tuple[str, ...], auth: str, clock: str, *, unchecked: bool
) -> Scenarios:
    from locum import providers  # noqa: PLC0415  # see _check_settings
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
