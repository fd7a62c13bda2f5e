"""The command `locum serve` and its options; `serving` does what they say. What serving needs is
imported only where it runs: `--help` needs none of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from locum.cli.completion import complete_dataset_or_folder, complete_provider_or_file
from locum.cli.settings_file import WithFile
from locum.datasets.dataset import CLOCKS, LIVE
from locum.datasets.keys import MODES
from locum.exceptions import StartError
from locum.http import TIME_LIMIT
from locum.server import SHUTDOWN_SECONDS

DEFAULT_PORT = 4010
FORMS = ("text", "json")  # of the greeting
MOST_WORKERS = 64
MOST_SECONDS = 3600.0  # of --time-limit and --shutdown-seconds

# \b keeps a paragraph's lines as they are.
_EXAMPLES = """\b
Examples:
  locum serve --data tiny --port 0       a free port, which it prints
  locum serve --data default --data ./mine --data other=./elsewhere/mine
  locum serve shop.yaml --handlers ./handlers --data ./data
  LOCUM_DATA=tiny:outage LOCUM_AUTH=any locum serve

A flag goes before its environment variable, and that before the file `locum.toml` beside the first
SPEC, else in this folder, which has the flags by their names. `locum fixtures list` has the names
of the datasets.
"""


def _check_seconds(_context: click.Context, _parameter: click.Parameter, value: float) -> float:
    if not 0 < value <= MOST_SECONDS:  # nor is it no number
        raise click.BadParameter(f"{value:g} is not above 0 and at most {MOST_SECONDS:g}")
    return value


@click.command(cls=WithFile, context_settings={"show_default": True}, epilog=_EXAMPLES)
@click.argument("spec", nargs=-1, type=click.Path(), envvar="LOCUM_SPEC")
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
    show_default="default",
    metavar="[NAME=]DATASET|DIR",
    shell_complete=complete_dataset_or_folder,
    envvar="LOCUM_DATA",
    show_envvar=True,
    help="A bundled dataset or a folder of tables, as the scenario of its own name or NAME; the "
    "first of several answers the requests that prefer none.",
)
@click.option(
    "--handlers",
    type=click.Path(),
    multiple=True,
    metavar="DIR",
    envvar="LOCUM_HANDLERS",
    show_envvar=True,
    help="A folder of Python modules whose functions compute the operations of their names; "
    "repeatable.",
)
@click.option(
    "--provider",
    multiple=True,
    metavar="NAME|PATH",
    shell_complete=complete_provider_or_file,
    envvar="LOCUM_PROVIDER",
    show_envvar=True,
    help="Serve the provider of that name alone, or that of a folder or Python file beside the "
    "others; each SPEC is a document of it; repeatable.",
)
@click.option(
    "--strict",
    is_flag=True,
    envvar="LOCUM_STRICT",
    show_envvar=True,
    help="Refuse a document in which anything would be without effect.",
)
@click.option(
    "--static",
    is_flag=True,
    envvar="LOCUM_STATIC",
    show_envvar=True,
    help="Generate placeholders, the same for each type, in the place of made-up values.",
)
@click.option(
    "--stateless",
    is_flag=True,
    envvar="LOCUM_STATELESS",
    show_envvar=True,
    help="Store nothing that is sent to operations without a handler.",
)
@click.option(
    "--read-only",
    is_flag=True,
    envvar="LOCUM_READ_ONLY",
    show_envvar=True,
    help="Refuse whatever would change what is stored.",
)
@click.option(
    "--record",
    type=click.Path(),
    metavar="DIR",
    envvar="LOCUM_RECORD",
    show_envvar=True,
    help="Record in this folder what is written in no sandbox, go on from what was recorded there, "
    "and make a dataset of it at the end.",
)
@click.option(
    "--durable",
    is_flag=True,
    envvar="LOCUM_DURABLE",
    show_envvar=True,
    help="Have what is recorded on the disk before it is acknowledged.",
)
@click.option(
    "--auth",
    default=MODES[0],
    type=click.Choice(MODES),
    envvar="LOCUM_AUTH",
    show_envvar=True,
    help="strict: keys of the dataset; any: every non-empty credential; off: none needed; auto: as "
    "strict, and every well-formed one where there are no keys.",
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
    help="Serve documents, overlays, datasets, handlers and code of --provider PATH anew when they "
    "change; where the new is bad, what was served before stays.",
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
def serve(**options: Any) -> None:
    """Serve the bundled documents, or each SPEC, an OpenAPI document, with its overlay beside."""
    from locum.cli import serving  # noqa: PLC0415  # see above

    context = click.get_current_context()
    _check_values(context)
    faults = {name: options.pop(name) for name in ("rate_limit", "delay", "errors", "fault")}
    _check_settings(faults)
    if options["workers"] > 1 and options["watch"]:
        raise click.UsageError(
            f"--watch reloads one process, and --workers {options['workers']} are several: leave "
            "out one of the two (or LOCUM_WATCH, LOCUM_WORKERS)"
        )
    if options["durable"] and options["record"] is None:
        raise click.UsageError("--durable says how to --record DIR: give that too")
    for other in ("watch", "clock"):
        if options["record"] is not None and options[other] in (True, LIVE):
            raise click.UsageError(
                f"--record {options['record']} is on top of one state of a dataset, and --{other} "
                "has it change: leave out one of the two"
            )
    serving.serve(serving.Wanted(**options, faults=faults))


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
