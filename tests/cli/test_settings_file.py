"""`locum.toml`: what it may say, where it is found, and what goes before it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from locum.cli.serve import serve
from locum.cli.settings_file import WithFile
from locum.exceptions import StartError


def parsed(*arguments: str, **environment: str) -> dict[str, Any]:
    """The options of `locum serve` as it takes them."""
    found: dict[str, Any] = {}
    command = WithFile("serve", params=serve.params, callback=lambda **given: found.update(given))
    done = CliRunner().invoke(command, list(arguments), env=environment)
    if isinstance(done.exception, StartError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return found


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_file_says_what_the_flags_do(here: Path) -> None:
    (here / "locum.toml").write_text(
        'spec = "shop.yaml"\ndata = ["tiny", "NAME=here", "data"]\nhandlers = "h"\nport = 0\n'
        'auth = "any"\ncors = false\nstrict = true\ntime-limit = 2\nrate-limit = "1/10"\n'
        'print = "json"\nprovider = ["langsmith", "./toy"]\n'
    )
    found = parsed()
    assert found["spec"] == ("shop.yaml",)
    assert found["data"] == ("tiny", "NAME=here", "data")
    assert found["handlers"] == ("h",)
    assert (found["port"], found["auth"], found["form"]) == (0, "any", "json")
    assert (found["cors"], found["strict"], found["static"]) == (False, True, False)
    assert (found["time_limit"], found["rate_limit"]) == (2.0, "1/10")
    assert found["provider"] == ("langsmith", "toy")


def test_a_flag_goes_before_its_variable_and_that_before_the_file(here: Path) -> None:
    (here / "locum.toml").write_text('port = 1\nhost = "a"\nauth = "any"\nspec = "a.yaml"\n')
    found = parsed("--port", "3", LOCUM_PORT="2", LOCUM_HOST="b")
    assert (found["port"], found["host"], found["auth"]) == (3, "b", "any")
    assert parsed("b.yaml")["spec"] == ("b.yaml",)
    assert parsed(LOCUM_SPEC="c.yaml")["spec"] == ("c.yaml",)


def test_it_lies_beside_the_document_or_here(here: Path) -> None:
    """And its paths are its own."""
    (here / "api").mkdir()
    (here / "api" / "locum.toml").write_text('data = ["d", "x=d", "tiny"]\nport = 1\n')
    (here / "locum.toml").write_text("port = 2\n")
    found = parsed("api/shop.yaml")
    assert (found["port"], found["spec"]) == (1, ("api/shop.yaml",))
    assert found["data"] == ("api/d", "x=api/d", "tiny")
    assert parsed(LOCUM_SPEC="api/shop.yaml")["port"] == 1
    assert parsed("other/shop.yaml")["port"] == parsed()["port"] == 2


def test_without_a_file_there_are_the_defaults(here: Path) -> None:
    found = parsed()
    assert (found["port"], found["spec"], found["data"]) == (4010, (), ())
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('handler = "x"', "unknown key handler; did you mean handlers?"),
        ("rate_limit = 1", "unknown key rate_limit; did you mean rate-limit?"),
        ("form = 1", "unknown key form"),
        ('port = "x"', "port is 'x', expected a number"),
        ("port = true", "port is True, expected a number"),
        ("port = 99999", "port: 99999 is not in the range 0<=x<=65535."),
        ('auth = "strct"', "auth: 'strct' is not one of 'auto', 'strict', 'any', 'off'."),
        ('cors = "no"', "cors is 'no', expected true or false"),
        ("spec = [1]", "spec is [1], expected a text or a list of texts"),
        ('data = ""', "data is '', expected a text or a list of texts"),
        ('host = ["a"]', "host is ['a'], expected a text"),
    ],
)
def test_what_is_wrong_is_told_with_its_key(here: Path, line: str, message: str) -> None:
    (here / "locum.toml").write_text(f"{line}\n")
    with pytest.raises(StartError) as error:
        parsed()
    assert error.value.message.startswith(f"locum.toml: {message}")


def test_what_is_no_toml_is_told_with_its_line(here: Path) -> None:
    (here / "locum.toml").write_text("port = 1\nport = 2\n")
    with pytest.raises(StartError, match=r"locum\.toml: .*line 2"):
        parsed()


def test_every_flag_has_a_key() -> None:
    """None of another name."""
    assert isinstance(serve, WithFile)
    flags = [each for each in serve.params if isinstance(each, click.Option)]
    assert all(any(name.startswith("--") for name in flag.opts) for flag in flags)
