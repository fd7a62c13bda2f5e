"""A run of all clients that can be installed here, each before a server of its own."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from attrs import frozen

from tests.clients.sdks import environments
from tests.clients.sdks.asked import asked
from tests.clients.sdks.serving import ROOT, Told, called, served
from tests.oracles.bare_rows import rows_of
from tests.oracles.run_oracle import World

NEWEST, OLDER, NODE, LANGCHAIN = "python-newest", "python-older", "npm", "langchain"
CLIENTS = (NEWEST, OLDER, NODE, LANGCHAIN)
_PROBES = {
    NEWEST: "tests.clients.sdks.python_probes",
    OLDER: "tests.clients.sdks.python_probes",
    LANGCHAIN: "tests.clients.sdks.langchain_probes",
}


@frozen
class Run:
    """What the clients are that were asked here, and have told, and why others could not be."""

    methods: dict[str, list[str]]
    told: dict[str, list[Told]]
    unavailable: dict[str, str]


def title(client: str, pins: Path = environments.PINS) -> str:
    """What a client is, and its version."""
    if client == NODE:
        return f"npm langsmith {environments.version('langsmith', pins)}"
    if client == LANGCHAIN:
        return f"langchain-core {environments.version('langchain-core', pins, client)}"
    return f"PyPI langsmith {environments.version('langsmith', pins, client)}"


def world() -> World:
    return World(rows_of(ROOT / "fixtures" / "tiny"))


def command(client: str, pins: Path = environments.PINS) -> list[str]:
    """What runs a client's probes. Raises Unavailable."""
    if client == NODE:
        return ["node", "tests/clients/sdks/node_probes.mjs", str(environments.node(pins))]
    return [str(environments.python(client, pins)), "-m", _PROBES[client]]


def told_by(client: str, ids: dict[str, Any], prefix: str = "") -> tuple[list[str], list[Told]]:
    """The methods that a client has, and what it tells of all its calls. Raises Unavailable."""
    asking = command(client)
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as url:
        return called(asking, url, ids, prefix)


def run() -> Run:
    """Ask two clients at a time."""
    ids = asked(world())
    methods: dict[str, list[str]] = {}
    told: dict[str, list[Told]] = {}
    unavailable: dict[str, str] = {}
    with ThreadPoolExecutor(max_workers=2) as pool:
        asking = {client: pool.submit(told_by, client, ids) for client in CLIENTS}
    for client, lines in asking.items():
        try:
            methods[client], told[client] = lines.result()
        except environments.Unavailable as reason:
            unavailable[client] = str(reason)
    return Run(methods, told, unavailable)
