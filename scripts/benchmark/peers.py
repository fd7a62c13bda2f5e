"""The mock servers that ours is compared with, as npm has them, on the published document."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import yaml

from benchmark.servers import Server
from locum.exceptions import StartError

HOSTS = Path(__file__).with_name("peers")  # package.json, and a server for what is a library


def install(folder: Path) -> None:
    """Install all peers, and a Node.js that runs them, into the folder. Raises StartError where
    there is no npm."""
    npm = shutil.which("npm")
    if npm is None:
        raise StartError(
            "there is no npm to install the peers with", "install Node.js (Debian: nodejs, npm)"
        )
    shutil.copytree(HOSTS, folder, dirs_exist_ok=True)
    subprocess.run([npm, "install", "--no-audit", "--no-fund"], cwd=folder, check=True)


def installed(folder: Path, document: Path) -> list[Server]:
    """The peers that `install` has put into the folder, over the OpenAPI document; none where it
    was not called.

    Prism and Mockoon write a line for each request unless they are told not to, and here they are.
    """
    modules = folder / "node_modules"
    node = str(modules / "node" / "bin" / "node")
    if not Path(node).exists():
        return []
    renamed = folder / "renamed.json"
    renamed.write_text(_renamed(document), encoding="utf-8")

    def peer(name: str, package: str, command: tuple[str, ...], remark: str = "") -> Server:
        description = json.loads((modules / package / "package.json").read_text(encoding="utf-8"))
        return Server(name, description["version"], (node, *command), remark)

    prism = (f"{modules}/.bin/prism", "mock", "--port", "{port}", "--verboseLevel", "silent")
    mockoon = (f"{modules}/.bin/mockoon-cli", "start", "--port", "{port}", "--disable-log-to-file")
    return [
        peer("Prism, static", "@stoplight/prism-cli", (*prism, str(document))),
        peer("Prism, dynamic", "@stoplight/prism-cli", (*prism, "--dynamic", str(document))),
        peer(
            "Mockoon",
            "@mockoon/cli",
            (*mockoon, "--hostname", "127.0.0.1", "--data", str(document)),
            "checks neither requests nor credentials",
        ),
        peer(
            "Scalar",
            "@scalar/mock-server",
            (f"{folder}/scalar.mjs", str(document), "{port}"),
        ),
        peer(
            "openapi-backend",
            "openapi-backend",
            (f"{folder}/openapi_backend.mjs", str(renamed), "{port}"),
            "needs other names of security schemes, and its check of documents off",
        ),
    ]


def _renamed(document: Path) -> str:
    """LangSmith's document for openapi-backend, as JSON: that takes no blanks in the names of
    security schemes, and finds an operation by its id only."""
    read = yaml.safe_load(document.read_text(encoding="utf-8"))
    text = json.dumps(read, default=str)
    for name in read["components"]["securitySchemes"]:
        text = text.replace(f'"{name}":', f'"{name.replace(" ", "")}":')
    read = json.loads(text)
    read["paths"]["/v2/threads/{thread_id}/stats"]["get"]["operationId"] = "thread_stats"
    return json.dumps(read)
