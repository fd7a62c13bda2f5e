"""The greeting: where the server listens, the datasets, a key, and a request to paste."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess

import pytest
from attrs import evolve

from locum import Provider, providers
from locum.generator import catalog
from locum.provider import Sample
from locum.server.run import greeting, json_greeting
from tests.conftest import ROOT
from tests.oracles.bundled import PROVIDERS, application_of, find, scenarios_of
from tests.oracles.serving import listening


def test_the_greeting_counts_rows_and_shows_a_request_of_the_first_provider() -> None:
    scenarios = scenarios_of([find("one-run"), find("empty")])
    scenarios.load_chosen()
    first, one, empty, key, request, *_ = greeting("http://here:1", scenarios).splitlines()
    assert first == "Locum listens on http://here:1"
    assert one == "dataset: one-run (1 LangSmith runs, 1 Helicone requests)"
    assert empty == "dataset: empty (0 LangSmith runs, 0 Helicone requests)"
    assert key == "key: locum-demo-key"
    assert request == "try:"


def test_the_greeting_for_programs_is_one_line_of_json() -> None:
    """With the keys as the first dataset's table has them: three, for each of two providers."""
    scenarios = scenarios_of([find("one-run"), find("empty")])
    scenarios.load_chosen()
    line = json_greeting("http://[::1]:4011", scenarios, "the-token")
    told = json.loads(line)
    rows = (ROOT / "fixtures" / "one-run" / "keys.jsonl").read_text(encoding="utf-8").splitlines()
    expected = [
        (row["provider"], row["key"], row["tenant_id"], row["access"])
        for row in map(json.loads, rows)
    ]
    keys = [tuple(key[n] for n in ("provider", "key", "tenant", "access")) for key in told["keys"]]
    assert "\n" not in line
    assert sorted(keys) == sorted(expected)
    assert len(keys) == 6
    del told["keys"]
    assert told == {
        "url": "http://[::1]:4011",
        "port": 4011,
        "admin_token": "the-token",
        "scenarios": ["one-run", "empty"],
        "pid": os.getpid(),
    }


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("chosen", [PROVIDERS, PROVIDERS[:1], PROVIDERS[1:]])
def test_the_printed_command_works(chosen: tuple[Provider, ...]) -> None:
    """As a shell reads it."""
    scenarios = scenarios_of([find("tiny")], chosen)
    with listening(application_of(scenarios), scenarios) as (host, port):
        printed = greeting(f"http://{host}:{port}", scenarios)
        words = shlex.split(printed.partition("try:\n")[2].replace("\\\n", " "))
        assert words[0] == "curl"
        done = subprocess.run(
            [*words, "-o", "/dev/null", "-w", "%{http_code}"], capture_output=True, check=False
        )
    assert done.stdout == b"200"


def test_a_sample_without_a_body_is_a_get() -> None:
    toy = providers.at_path(str(ROOT / "examples" / "toy"))
    found = catalog.find("tiny", providers.columns([*PROVIDERS, toy]), (*PROVIDERS, toy))
    lines = greeting("http://here:1", scenarios_of([found], [toy])).splitlines()[1:]
    assert lines == [
        "key: toy-key",
        "try:",
        "  curl -s http://here:1/v1/shops/north/sales \\",
        "    -H 'Toy-Key: toy-key'",
    ]
    silent = evolve(toy, sample=lambda *_: None)
    assert greeting("http://here:1", scenarios_of([found], [silent])).endswith("key: toy-key")
    bare = evolve(toy, sample=lambda *_: Sample("/v1/shops/north/sales"))
    assert greeting("u", scenarios_of([found], [bare])).endswith("  curl -s u/v1/shops/north/sales")
