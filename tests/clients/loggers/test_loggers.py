"""Helicone's loggers of npm and PyPI, as they are, sent by themselves to a server: none of them
complains, and what they log is there."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.sdks import environments
from tests.clients.sdks.serving import KEY, printed, served

HERE = Path(__file__).parent
PINS = HERE / "pins"
ALL = {"filter": "all", "limit": 1000}


def installed(made: Callable[[], Path]) -> Path:
    try:
        return made()
    except environments.Unavailable as reason:
        if "CI" in os.environ:
            raise
        pytest.skip(f"not installed: {reason}")


def logged(folder: Path, command: list[str]) -> tuple[list[str], dict[str, Any]]:
    """What the client has printed, and the requests that it logged by the last sign of the first
    part of their ids."""
    with served(folder, "tiny") as url:
        lines = printed(command, url)
        asked = urllib.request.Request(
            f"{url}/v1/request/query-clickhouse",
            json.dumps(ALL).encode(),
            {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked) as answer:
            rows = json.load(answer)["data"]
        complaints = (folder / "log").read_text(encoding="utf-8")
        assert "500" not in complaints
    return lines, {
        row["request_id"][7]: row for row in rows if "client" in row["request_properties"]
    }


def figures(row: dict[str, Any]) -> tuple[Any, ...]:
    return (
        row["provider"],
        row["request_model"],
        row["response_status"],
        row["prompt_tokens"],
        row["completion_tokens"],
    )


CHAT = ("pebble-7b-0926", 200, "18", "5")
NO_NAMES = ("pebble-7b-0926", 200, "0", "0")  # Anthropic's names of tokens are others
TOOL = ("CUSTOM", "tool:tide_table", 200, "18", "5")


def test_npm(tmp_path: Path) -> None:
    folder = installed(lambda: environments.node(PINS))
    (line,), found = logged(tmp_path, ["node", str(HERE / "node_logs.mjs"), str(folder)])
    assert json.loads(line) == []
    providers = {"CUSTOM": CHAT, "OPENAI": CHAT, "ANTHROPIC": NO_NAMES}
    expected = {
        str(place): (provider, *figures)
        for place, (provider, figures) in enumerate(3 * [*providers.items()], 1)
    }
    expected |= dict.fromkeys("abc", ("CUSTOM", *CHAT))
    expected |= {"d": ("CUSTOM", "pebble-7b", 500, "0", "0"), "e": TOOL}
    assert {sign: figures(row) for sign, row in found.items()} == expected
    assert found["a"]["delay_ms"] == 1500
    for row in found.values():
        own = {"client": "npm", "Helicone-Session-Id": "npm-1"}
        assert row["request_properties"] == own
    assert found["1"]["request_body"]["messages"][0]["content"] == "Which pier? ä€"


def test_pypi(tmp_path: Path) -> None:
    interpreter = installed(lambda: environments.python("helicone-helpers", PINS))
    lines, found = logged(tmp_path, [str(interpreter), str(HERE / "python_logs.py")])
    assert lines == []
    expected = {
        "1": ("CUSTOM", *CHAT),
        "2": ("OPENAI", *CHAT),
        "3": ("ANTHROPIC", *NO_NAMES),
        "a": ("CUSTOM", *CHAT),
        "e": TOOL,
    }
    assert {sign: figures(row) for sign, row in found.items()} == expected
    for row in found.values():
        own = {"client": "pypi", "Helicone-Session-Id": "pypi-1"}
        assert row["request_properties"] == own
