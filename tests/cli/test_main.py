"""The command line: its version, its help, and its exit status."""

from __future__ import annotations

import pytest

from locum import __version__
from locum.cli.main import main


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"locum, version {__version__}\n"


def test_help_names_the_commands_the_environment_and_an_example(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in ("LOCUM_<FLAG>", "LOCUM_CACHE", "LOCUM_SECRET"))
    assert all(f"\n  {command} " in text for command in ("serve", "lint", "fixtures"))
    assert "  locum serve --data tiny --auth off  " in text


@pytest.mark.parametrize(
    "arguments",
    [["serve", "--port", "70000"], ["serve", "--auth", "maybe"], ["serve", "--nonsense"], ["stop"]],
)
def test_wrong_usage_is_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "Error" in capsys.readouterr().err
