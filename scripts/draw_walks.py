"""Draw the walk of a request and of a row through the files into docs/architecture.md.

`--print` prints the drawing, `--json` the files and how often the walk changes from one to another.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import json
import logging
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from attrs import define, field

import locum
from locum import app, providers
from locum.generator import catalog
from locum.http.connexion_app import Application
from locum.scenarios import Scenarios

PACKAGE = Path(locum.__file__).parent
PAGE = Path(__file__).resolve().parents[1] / "docs" / "architecture.md"
BEGIN, END = "<!-- drawn by scripts/draw_walks.py: {} -->", "<!-- end of {} -->"
WIDTH = 100
PROJECT = (
    "SELECT session_id FROM runs WHERE is_root AND thread_id IS NOT NULL "
    "GROUP BY session_id ORDER BY count(*) DESC, session_id LIMIT 1"
)


@define
class Walk:
    """The files that were passed, by when they were first entered, each with how deep it lay in
    others then and its functions; and how often the walk went from one file to another."""

    files: dict[str, tuple[int, list[str]]] = field(factory=dict)
    changes: int = 0
    _here: str = ""

    def enter(self, frame: FrameType) -> None:
        """Take note of a call, if it is one of the package."""
        file = _file(frame.f_code)
        if file is None:
            return
        if file != self._here:
            self.changes, self._here = self.changes + 1, file
        _, functions = self.files.setdefault(file, (_depth(frame), []))
        name = frame.f_code.co_qualname.replace(".<locals>", "").partition(".<")[0]
        if name not in functions:
            functions.append(name)

    def draw(self) -> str:
        """Write a line for each file: its name, indented by its depth, and what it is for."""
        lines = []
        for file, (depth, _) in self.files.items():
            name = f"{'  ' * depth}{file}"
            purpose = textwrap.shorten(
                _purpose(file), WIDTH - max(44, len(name)) - 1, placeholder=" …"
            )
            lines.append(f"{name:<44} {purpose}".rstrip())
        return "\n".join(lines)


def _file(code: CodeType) -> str | None:
    path = Path(code.co_filename)
    return path.relative_to(PACKAGE).as_posix() if path.is_relative_to(PACKAGE) else None


def _depth(frame: FrameType) -> int:
    """Return in how many other files of the package this call lies."""
    files: list[str] = []
    inner: FrameType | None = frame
    while inner is not None:
        file = _file(inner.f_code)
        if file is not None and (not files or files[-1] != file):
            files.append(file)
        inner = inner.f_back
    return len(files) - 1


def _purpose(file: str) -> str:
    """Return the first sentence of a file's docstring, cut where it goes on after a colon."""
    text = ast.get_docstring(ast.parse((PACKAGE / file).read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split()).partition(". ")[0].rstrip(".")


@contextmanager
def watched() -> Iterator[Walk]:
    """Watch the calls of this thread, and of those that are started in the block."""
    walk = Walk()

    def profile(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            walk.enter(frame)

    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        yield walk
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def loaded(name: str) -> tuple[Callable[[], Scenarios], Callable[[Scenarios], Application]]:
    """Return what loads the dataset of that name, and what makes the application of it."""
    chosen = providers.installed()
    find = partial(catalog.find, tables=providers.columns(chosen), providers=chosen)

    def load() -> Scenarios:
        scenarios = Scenarios([find(name)], chosen, find)
        scenarios.load_chosen()
        return scenarios

    return load, lambda scenarios: app.build(app.read(chosen), scenarios)


async def ask(application: Application, body: bytes) -> int:
    """Ask for the statistics of a project's threads, and return the answer's status."""
    path = "/api/v1/runs/group/stats"
    headers = [
        (b"host", b"localhost"),
        (b"x-api-key", b"locum-demo-key"),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "scheme": "http",
        "server": ("localhost", 80),
        "client": ("127.0.0.1", 1),
    }
    statuses = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await application(scope, receive, send)
    return int(statuses[0])


def request_walk() -> Walk:
    """Return the walk of a request with a filter that was not asked for before, of a server that
    has answered others."""
    load, build = loaded("default")
    scenarios = load()
    application = build(scenarios)
    ((project,),) = scenarios.load("default").data.rows(PROJECT)

    def body(text: str) -> bytes:
        asked = {"session_id": project, "group_by": "conversation", "filter": text}
        return json.dumps(asked).encode()

    async def walk() -> Walk:
        await ask(application, body('eq(run_type, "chain")'))
        with watched() as found:
            status = await ask(application, body('and(gt(latency, "1s"), eq(status, "success"))'))
        if status != 200:  # noqa: PLR2004 - OK
            raise SystemExit(f"error: the request was answered {status}")
        return found

    return asyncio.run(walk())


def row_walk() -> Walk:
    """Return the walk of the rows of a dataset: from its files into the memory."""
    load, _ = loaded("tiny")
    with watched() as found:
        load()
    return found


WALKS = {"request": request_walk, "row": row_walk}


def main() -> int:
    """Draw, print or compare, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--print", action="store_true", dest="prints")
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args()
    logging.disable()
    walks = {name: walk() for name, walk in WALKS.items()}
    if options.as_json:
        found = {n: {"files": w.files, "changes": w.changes} for n, w in walks.items()}
        print(json.dumps(found))
        return 0
    page = PAGE.read_text(encoding="utf-8")
    for name, walk in walks.items():
        drawn = f"{BEGIN.format(name)}\n```text\n{walk.draw()}\n```\n{END.format(name)}"
        if options.prints:
            print(drawn)
        before, begin, rest = page.partition(BEGIN.format(name))
        _, end, after = rest.partition(END.format(name))
        if not (begin and end):
            raise SystemExit(f"error: {PAGE} has no place for {name}\nfix: write {BEGIN} and {END}")
        page = before + drawn + after
    if not options.prints:
        PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
