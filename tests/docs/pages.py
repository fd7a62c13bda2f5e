"""Run what a Markdown page tells its reader to run, and put what is printed into the page.

A page is true if that leaves it as it is. After a change of what is printed,
`python -m tests.docs.pages` writes the pages anew: look at the difference before you commit it.

A fenced block means, by its language:

- sh: commands. A json or text block directly below it is what they print.
- python, yaml: a file, where a comment in the first line names one. A yaml block with `jobs` is a
  workflow, whose commands are run too.
- text, elsewhere: only to be read.

`locum serve` starts the server that the page's further curls ask, on a free port; a page that
starts none asks one with the default flags. All other commands run in bash, in a folder of the
page's own (with the project's examples/ in it), and must end with status 0.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from importlib import metadata
from pathlib import Path
from typing import Any

import httpx
import yaml
from attrs import frozen

ROOT = Path(__file__).parents[2]
TOKEN = "5Yl3iQvX0c8rT2aB"  # noqa: S105 - as the pages show one
ADDRESS = "http://127.0.0.1"
PORT = "4010"
HOME = "/home/me"  # what pages call the folder of their own
CLONE = f"{HOME}/locum"  # and the project's
OUTPUTS = ("json", "text")
FILE = re.compile(r"# ([\w./-]+\.\w+)\n")
ASSIGNMENT = re.compile(r"(\w+)=(.*)", re.DOTALL)
READERS_OWN = ("npm",)  # commands of the reader's project, which is not here


@frozen
class Block:
    """A fenced block: its language, its text, and where the text is in the page."""

    language: str
    text: str
    start: int
    end: int


def blocks(page: str) -> list[Block]:
    """Return the page's fenced blocks in their order."""
    found = re.finditer(
        r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", page, re.MULTILINE | re.DOTALL
    )
    return [Block(m["language"], m["text"], m.start("text"), m.end("text")) for m in found]


def pages() -> dict[str, Path]:
    """Return the pages that have commands, by their paths from the root."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
    return {
        path.relative_to(ROOT).as_posix(): path
        for path in found
        if any(block.language == "sh" for block in blocks(path.read_text(encoding="utf-8")))
    }


def executed(page: str, folder: Path, servers: Servers) -> str:
    """Return the page with what its commands print now. Raises AssertionError for a command that
    fails, and for one that cannot be run here."""
    shell = Shell(folder, servers)
    pieces, place = [], 0
    printed: str | None = None
    for block in blocks(page):
        before = page[place : block.start]
        text = block.text
        if printed is not None and is_output(before, block):
            text, printed = printed.rstrip("\n") + "\n", None
        elif block.language == "sh":
            printed = shell.run(block.text)
        else:
            printed = None
            shell.keep(block)
        pieces += [before, text]
        place = block.end
    return "".join([*pieces, page[place:]])


def is_output(before: str, block: Block) -> bool:
    """Whether the block shows what the block above it prints: nothing stands between the two."""
    return block.language in OUTPUTS and before.split() == ["```", f"```{block.language}"]


@frozen
class Server:
    """A server that runs: its address, and what it printed when it was ready."""

    url: str
    greeting: str


class Servers:
    """Servers by their flags, started when they are first asked for, ended with the stack."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self._running: dict[tuple[str, ...], Server] = {}

    def get(self, flags: Sequence[str], environment: dict[str, str], folder: Path) -> Server:
        """Return the server with these flags; paths among them are in the folder."""
        own = [str(folder)] if any((folder / flag).exists() for flag in flags) else []
        key = (*own, *flags, *map("=".join, environment.items()))
        if key not in self._running:
            self._running[key] = self._start([*flags, "--port", "0"], environment, folder)
        return self._running[key]

    def _start(self, flags: list[str], environment: dict[str, str], folder: Path) -> Server:
        place = self._folder / f"greeting-{len(self._running)}"
        with place.open("wb") as greeting, place.with_suffix(".log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "locum", "serve", *flags],
                stdout=greeting,
                stderr=log,
                cwd=folder,
                env={**os.environ, **environment},
            )
        self._stack.callback(process.wait, timeout=10)
        self._stack.callback(process.terminate)
        deadline = time.monotonic() + 60
        while not (printed := place.read_text(encoding="utf-8")).endswith("\n"):
            assert process.poll() is None, place.with_suffix(".log").read_text(encoding="utf-8")
            assert time.monotonic() < deadline, f"{flags}: not ready after a minute"
            time.sleep(0.05)
        return Server(printed.splitlines()[0].split()[-1], printed)


class Shell:
    """Runs a page's commands in a folder, one after the other."""

    def __init__(self, folder: Path, servers: Servers) -> None:
        self._folder, self._servers = folder.resolve(), servers
        examples = self._folder / "examples"
        if not examples.exists():
            examples.symlink_to(ROOT / "examples")
        self._port = PORT
        self._server: Server | None = None

    def run(self, text: str) -> str:
        """Run the commands and return what they print."""
        return "".join(self._command(command) for command in commands(text))

    def keep(self, block: Block) -> None:
        """Write the block's file, where it has a name, and run the commands of a workflow."""
        name = FILE.match(block.text)
        if name is not None:
            place = self._folder / name[1]
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(block.text, encoding="utf-8")
        if block.language == "yaml":
            content: Any = yaml.safe_load(block.text)
            for job in content.get("jobs", {}).values():
                for step in job["steps"]:
                    self.run(step.get("run", ""))

    def _command(self, command: str) -> str:
        if "\n" in command:
            return self._bash(command)
        words, environment = split(command)
        match words:
            case ["locum", "serve", *flags] | ["scripts/serve", *flags] if "||" not in flags:
                return self._serve([flag for flag in flags if flag != "&"], environment)
            case ["curl", *rest]:
                return self._curl(rest)
            case ["pip", "install", *packages]:
                for package in packages:
                    check_package(package)
                return ""
            case [script, *rest] if script.startswith("scripts/"):
                check_script(script, rest)
                return ""
            case [own, *_] if own in READERS_OWN:
                return ""
        return self._bash(command)

    def _serve(self, flags: list[str], environment: dict[str, str]) -> str:
        self._server = self._servers.get(flags, environment, self._folder)
        self._port = flags[flags.index("--port") + 1] if "--port" in flags else PORT
        greeting = self._server.greeting.replace(self._server.url, f"{ADDRESS}:{self._port}")
        return re.sub("(?<=admin token: ).*", TOKEN, greeting)  # each start has another

    def _curl(self, words: list[str]) -> str:
        """Send the request, and give the answer to the commands behind the first |."""
        if self._server is None:
            self._server = self._servers.get([], {}, self._folder)
        pipe = words.index("|") if "|" in words else len(words)
        printed = curl(words[:pipe], f"{ADDRESS}:{self._port}", self._server.url)
        if not words[pipe:]:
            return printed
        further = " ".join("|" if word == "|" else shlex.quote(word) for word in words[pipe + 1 :])
        return self._bash(further, printed)

    def _bash(self, command: str, given: str = "") -> str:
        if self._server is not None:  # which a command may ask by its address
            command = command.replace(f"{ADDRESS}:{self._port}", self._server.url)
        binaries = Path(sys.executable).parent
        environment = {
            "PATH": f"{binaries}:{os.environ['PATH']}",
            "HOME": str(self._folder),
            "COLUMNS": "80",
        }
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],  # noqa: S607 - as the reader's shell
            input=given,
            capture_output=True,
            text=True,
            cwd=self._folder,
            env={**os.environ, **environment},
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout.replace(str(self._folder), HOME).replace(str(ROOT), CLONE)


def commands(text: str) -> Iterator[str]:
    """Yield the commands of a block: a line each, continued where it ends with a backslash."""
    if "<<" in text or text.startswith("python -c"):  # these have lines of their own
        yield text
        return
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield line


def split(command: str) -> tuple[list[str], dict[str, str]]:
    """Return the command's words, | and & among them, and the variables that are set before it."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars="|&")
    lexer.whitespace_split = True
    words = list(lexer)
    environment = {}
    while words and (assigned := ASSIGNMENT.fullmatch(words[0])):
        environment[assigned[1]] = assigned[2]
        words = words[1:]
    return words, environment


def curl(words: list[str], shown: str, url: str) -> str:
    """Send curl's request to the server at `url`, which the page shows at the address `shown`, and
    return what curl prints. A flag that is not known here fails, and so does another address."""
    target, headers, content, discarded, wanted, method = "", {}, None, False, "", ""
    rest = iter(words)
    for word in rest:
        match word:
            case "-s" | "--retry-connrefused":
                pass
            case "--retry":
                next(rest)
            case "-H":
                name, _, value = next(rest).partition(": ")
                headers[name] = value
            case "-X":
                method = next(rest)
            case "-d":
                content = next(rest).encode()
            case "-o":
                discarded = next(rest) == "/dev/null"
                assert discarded
            case "-w":
                wanted = next(rest)
            case _:
                assert not target, f"curl {word}"
                assert word.startswith(f"{shown}/"), word
                target = url + word.removeprefix(shown)
    method = method or ("GET" if content is None else "POST")
    if content is not None:  # as curl does
        headers = {"Content-Type": "application/x-www-form-urlencoded"} | headers
    answer = httpx.request(method, target, headers=headers, content=content, timeout=60)
    told = wanted.replace("%{http_code}", str(answer.status_code)).replace("\\n", "\n")
    told = re.sub(r"%header\{([\w-]+)\}", lambda name: answer.headers.get(name[1], ""), told)
    assert "%" not in told, told
    return ("" if discarded else answer.text.replace(url, shown)) + told


def check_package(package: str) -> None:
    """What `pip install` names must be this package (. in a clone), with an extra that it has, or
    be here."""
    name, _, extra = package.partition("[")
    name = "locum" if name == "." else name
    assert metadata.version(name), package
    if extra:
        assert name == "locum", package
        extras = metadata.metadata("locum").get_all("Provides-Extra")
        assert extra.removesuffix("]") in (extras or []), package


def check_script(script: str, words: list[str]) -> None:
    """A script must be there, and know the flags that it is given."""
    place = ROOT / script
    assert os.access(place, os.X_OK), script
    source = place.read_text(encoding="utf-8")
    assert all(word in source for word in words if word.startswith("--")), words


def main() -> None:
    """Write what the commands print into each page."""
    with ExitStack() as stack:
        servers = Servers(stack)
        for name, path in pages().items():
            text = path.read_text(encoding="utf-8")
            with tempfile.TemporaryDirectory() as folder:
                found = executed(text, Path(folder), servers)
            path.write_text(found, encoding="utf-8")
            sys.stdout.write(f"{name}: {'as it was' if found == text else 'written'}\n")


if __name__ == "__main__":
    main()
