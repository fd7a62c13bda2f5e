"""The command `locum lint`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from locum.openapi.findings import Finding

FORMATS = ("text", "json", "sarif")


@click.command(name="lint")
@click.argument("spec", nargs=-1, required=True, type=click.Path())
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    help="How findings are written: a line each, JSON, or SARIF 2.1.0 for code scanning.",
)
@click.option("--strict", is_flag=True, help="Refuse what has no effect, as `serve --strict` does.")
def lint_documents(spec: tuple[str, ...], form: str, *, strict: bool) -> int:
    """Check each SPEC, the overlays beside it and the files it refers to against OpenAPI's rules.

    Names each finding with its file, line, JSON pointer and rule. Status 1 where one is an error,
    as with --strict each warning is; 2 where a document cannot be read.
    """
    from attrs import evolve  # noqa: PLC0415  # only this command needs them

    from locum.openapi import lint, reports  # noqa: PLC0415

    findings = [found for path in spec for found in lint.lint(Path(path))]
    if not any(found.level == lint.ERROR for found in findings):
        findings += [found for path in spec for found in _idle(Path(path))]
    if strict:
        findings = [
            evolve(each, level=lint.ERROR) if each.level == lint.WARNING else each
            for each in findings
        ]
    if form == "text":
        for found in findings:
            click.echo(str(found))
        click.echo(reports.summary(findings, len(spec)))
    else:
        report = {"json": reports.as_json, "sarif": reports.as_sarif}[form]
        click.echo(report(findings))
    if any(found.rule == "unreadable" for found in findings):
        return 2
    return int(any(found.level == lint.ERROR for found in findings))


def _idle(path: Path) -> list[Finding]:
    """Find the parameters of lists that nothing depends on where no handler computes these."""
    from locum.generate import resources  # noqa: PLC0415  # as above
    from locum.generate.lists import without_effect  # noqa: PLC0415
    from locum.openapi import documents, lint  # noqa: PLC0415

    document = documents.load(path)
    return lint.placed(without_effect(document, resources.found(document)))
