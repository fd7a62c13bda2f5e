"""README.md can be executed: each curl in it gives the output that is printed below it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from starlette.testclient import TestClient

from tests.conftest import ROOT, application_over

README = (ROOT / "README.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:4010"
# A shell block with a curl, and the JSON block that follows it.
EXAMPLES = re.findall(r"```sh\n(curl [^`]*)```\s+```json\n([^`]*)```", README)


@pytest.fixture(scope="module")
def default_client() -> Iterator[TestClient]:
    application = application_over("default")
    with TestClient(application) as client:
        yield client


def parsed(command: str) -> dict[str, Any]:
    """The curl command as keyword arguments of httpx's `request`; a flag that is not known here
    fails, and so does another address."""
    words = iter(shlex.split(command.replace("\\\n", " ").partition("|")[0])[1:])
    url, headers, data = "", {}, None
    for word in words:
        if word == "-s":
            continue
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            data = next(words).encode()
        else:
            assert not url, word
            url = word
    assert url.startswith(ADDRESS), url
    parts = urlsplit(url)
    return {
        "method": "GET" if data is None else "POST",
        "url": parts.path,
        "params": parse_qsl(parts.query),
        "headers": headers,
        "content": data,
    }


def test_readme_has_a_curl_for_each_operation() -> None:
    paths = {re.sub(r"[0-9a-f-]{36}", "ID", parsed(command)["url"]) for command, _ in EXAMPLES}
    assert {
        "/api/v1/runs/group/stats",
        "/api/v1/public/ID/datasets/runs/stats",
        "/api/v1/datasets/ID/group/runs",
        "/v1/session/metrics/query",
    } <= paths
    assert any(path.startswith("/v2/threads/") for path in paths)


@pytest.mark.parametrize(("command", "output"), EXAMPLES)
def test_curl_gives_the_printed_output(
    default_client: TestClient, command: str, output: str
) -> None:
    answer = default_client.request(**parsed(command))
    assert answer.status_code == 200
    pretty = "| python3 -m json.tool" in command
    printed = json.dumps(answer.json(), indent=4) if pretty else answer.text
    assert printed == output.rstrip("\n")


def test_readme_names_the_two_commands() -> None:
    assert "scripts/serve" in README
    assert "scripts/test" in README
