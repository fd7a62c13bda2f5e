"""Shell completion: `--data`, `--provider`, `fixtures generate` and `check` offer the names."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from click.shell_completion import BashComplete

from locum.cli.main import cli
from tests.conftest import ROOT

PROVIDERS = ("langsmith", "helicone")
BUNDLED = sorted(path.parent.name for path in (ROOT / "fixtures").glob("*/manifest.json"))


def completed(words: list[str], incomplete: str) -> list[tuple[str, str]]:
    """The type and value of each thing that click offers after these words."""
    shell = BashComplete(cli, {}, "locum", "_LOCUM_COMPLETE")
    return [(item.type, item.value) for item in shell.get_completions(words, incomplete)]


@pytest.mark.parametrize(
    ("words", "incomplete", "expected"),
    [
        (["serve", "--data"], "t", [("dir", "t"), ("plain", "time-edges"), ("plain", "tiny")]),
        (["serve", "--data"], "./m", [("dir", "./m")]),
        (["serve", "--provider"], "heli", [("file", "heli"), ("plain", "helicone")]),
        (["serve", "--provider"], "./m", [("file", "./m")]),
        (["serve", "--provider"], "", [("file", ""), *(("plain", name) for name in PROVIDERS)]),
        (["fixtures", "generate"], "one", [("file", "one"), ("plain", "one-run")]),
        (["fixtures", "check"], "out", [("dir", "out"), ("plain", "outage")]),
        (["fixtures", "check", "outage"], "sp", [("dir", "sp"), ("plain", "spike")]),
        (["fixtures", "check"], "no-such", [("dir", "no-such")]),
    ],
)
def test_names_that_begin_with_what_is_typed_are_offered(
    words: list[str], incomplete: str, expected: list[tuple[str, str]]
) -> None:
    assert completed(words, incomplete) == expected


def test_every_bundled_dataset_is_offered() -> None:
    assert len(BUNDLED) > 10
    assert completed(["fixtures", "check"], "")[1:] == [("plain", name) for name in BUNDLED]
    assert completed(["serve", "--data"], "")[1:] == [("plain", name) for name in BUNDLED]


def test_a_shell_is_answered_by_the_command_itself() -> None:
    """As bash asks: the words, and the number of the one that is typed."""
    asked = {"_LOCUM_COMPLETE": "bash_complete", "COMP_WORDS": "locum serve --data ti"}
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from locum.cli.main import main; main(sys.argv[1:])"],
        env={**os.environ, **asked, "COMP_CWORD": "3"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["dir,ti", "plain,time-edges", "plain,tiny"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_part(shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from locum.cli.main import main; main([])"],
        env={**os.environ, "_LOCUM_COMPLETE": f"{shell}_source"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"_LOCUM_COMPLETE={shell}_complete" in done.stdout
