"""The command line: `locum serve`, `lint`, `fixtures` and `new`, and `locum --version`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from locum.cli.fixtures import fixtures
from locum.cli.lint import lint_documents
from locum.cli.new import new
from locum.cli.serve import serve
from locum.exceptions import StartError
from locum.resources import __version__
from locum.server.interrupts import INTERRUPTED

# In the help texts: \b keeps a paragraph's lines as they are.
_EXAMPLES = """\b
Examples:
  locum serve                            the dataset "default", on port 4010
  locum serve --data tiny --auth off     250 runs, and no key needed
  locum fixtures list                    the bundled datasets

\b
Environment:
  LOCUM_<FLAG>     the flag of `locum serve`, such as LOCUM_PORT=4010
  LOCUM_CACHE      the folder for datasets that are generated on first use
  LOCUM_SECRET     the flag --secret of `locum fixtures import`
"""


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=_EXAMPLES)
@click.version_option(__version__, package_name="locum", prog_name="locum")
def cli() -> None:
    """A stand-in server for analytics APIs whose numbers are computed, not invented."""


for command in (serve, lint_documents, fixtures, new):
    cli.add_command(command)


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
        return INTERRUPTED
    return status if isinstance(status, int) else 0


def run() -> None:
    """The console script."""
    sys.exit(main(sys.argv[1:]))
