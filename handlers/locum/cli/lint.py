"""The command `locum lint`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(name="lint")
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
