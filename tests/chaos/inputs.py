"""Datasets with a fault, and documents that mean harm: a handful of each."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb

from tests.chaos.scenario import Outcome, Scale, Scenario
from tests.chaos.servers import MEGABYTE, Ended, run
from tests.conftest import ROOT

TINY = ROOT / "fixtures" / "tiny"
_RUNS = "langsmith/runs.jsonl"
_MOST_SECONDS = 5.0
_MOST_BYTES = 500 * MEGABYTE
_LOADED_MACHINE = 4  # times as long, in the short form

Rows = list[dict[str, Any]]


def _changed(change: Callable[[Rows], object]) -> Callable[[Path], None]:
    """Write the runs again, changed."""

    def harm(folder: Path) -> None:
        file = folder / _RUNS
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        change(rows)
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    return harm


def _cut_off(folder: Path) -> None:
    file = folder / _RUNS
    file.write_bytes(file.read_bytes()[:-100])


def _folder_for_file(folder: Path) -> None:
    (folder / _RUNS).unlink()
    (folder / _RUNS).mkdir()


def _text_for_number(folder: Path) -> None:
    file = folder / _RUNS
    copy = file.with_suffix(".parquet")
    duckdb.execute(f"COPY (SELECT * REPLACE ('many' AS prompt_tokens) FROM '{file}') TO '{copy}'")
    file.unlink()


def _no_key(folder: Path) -> None:
    file = folder / "keys.jsonl"
    file.write_text(file.read_text().replace('"key":"locum-demo-key"', '"key":null'))


_BROKEN: dict[str, Callable[[Path], None]] = {
    "cut off": _cut_off,
    "folder for a file": _folder_for_file,
    "text for a number": _text_for_number,
    "null key": _no_key,
    "empty runs": _changed(lambda rows: rows.clear()),
    "twice the same id": _changed(lambda rows: rows.append(rows[0])),
    "own parent": _changed(lambda rows: rows[0].update(parent_run_id=rows[0]["id"])),
    "no such parent": _changed(lambda rows: rows[0].update(parent_run_id=rows[0]["session_id"])),
    "ends before it starts": _changed(lambda rows: rows[0].update(end_time="2001-01-01T00:00:00Z")),
    "negative tokens": _changed(lambda rows: rows[0].update(prompt_tokens=-1)),
    "null session": _changed(lambda rows: rows[0].update(session_id=None)),
}


def broken_datasets(scale: Scale) -> Outcome:
    """`tiny` with a fault: refused, or served with a warning."""
    names = sorted(_BROKEN)[:: scale.of(1, 4)]
    lost = []
    for name in names:
        folder = scale.folder / "broken" / name
        shutil.copytree(TINY, folder)
        _BROKEN[name](folder)
        ended = run("serve", "--port", "0", "--data", str(folder))
        is_told = ended.greeted and "warning: " in ended.stderr
        is_refused = ended.status == 2 and "fix: " in ended.stderr
        if not (is_told or is_refused) or "Traceback" in ended.stderr:
            lost.append(f"{name}: {_words(ended)}")
    return Outcome(f"{len(names)} datasets", lost)


def _words(ended: Ended) -> str:
    end = "served" if ended.greeted else f"status {ended.status}"
    return f"{end}: {ended.stderr[-200:] or 'no word'}"


def _document(schemas: dict[str, Any]) -> str:
    """A document with these schemas, of which the first is answered."""
    first = {"$ref": f"#/components/schemas/{next(iter(schemas))}"}
    content = {"application/json": {"schema": first}}
    responses = {"200": {"description": "fine", "content": content}}
    return json.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": "x", "version": "1"},
            "paths": {"/x": {"get": {"operationId": "x", "responses": responses}}},
            "components": {"schemas": schemas},
        }
    )


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _diamond(levels: int) -> str:
    """Each schema is all of the next, twice: two to the power of the levels, walked as a tree."""
    chain = {f"S{level}": {"allOf": [_ref(f"S{level + 1}")] * 2} for level in range(levels)}
    return _document({**chain, f"S{levels}": {"type": "string"}})


def _bomb() -> str:
    """Nine times nine times nine…, in a few hundred bytes of YAML."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    return "\n".join([*lines, "openapi: 3.1.0", "info: {title: *a9, version: '1'}", "paths: {}"])


def _documents() -> Iterator[tuple[str, str]]:
    yield "diamond.json", _diamond(40)
    yield "bomb.yaml", _bomb()
    yield "itself.json", _document({"A": _ref("A")})
    yield "circle.json", _document({"A": _ref("B"), "B": _ref("A")})
    yield "nowhere.json", _document({"A": _ref("B")})
    yield "deep.json", '{"openapi": ' * 20_000 + "1" + "}" * 20_000
    yield "pattern.json", _document({"A": {"type": "string", "pattern": "(a+)+$("}})
    yield "tag.yaml", "openapi: !!python/object/apply:os.system ['true']"
    yield "tabs.yaml", "openapi:\t3.1.0\n\tinfo: x"
    yield "text.json", "\x00\xff" * 1000


def documents(scale: Scale) -> Outcome:
    """Documents that mean harm, for `serve` and for `lint`."""
    folder = scale.folder / "documents"
    folder.mkdir()
    given = list(_documents())[:: scale.of(1, 5)]
    patience = _MOST_SECONDS * scale.of(1, _LOADED_MACHINE)
    lost, longest, largest = [], 0.0, 0
    for name, text in given:
        file = folder / name
        file.write_text(text, encoding="utf-8")
        for arguments in (("serve", "--port", "0", "--data", "tiny"), ("lint",)):
            ended = run(*arguments, str(file), seconds=patience, most_bytes=_MOST_BYTES)
            longest, largest = max(longest, ended.seconds), max(largest, ended.peak_bytes)
            is_fine = ended.greeted or ended.status in (0, 1, 2)
            if not is_fine or "Traceback" in ended.stderr or ended.peak_bytes > _MOST_BYTES:
                took = f"{ended.seconds:.1f} s, {ended.peak_bytes / MEGABYTE:.0f} MB"
                lost.append(f"{arguments[0]} {name}: {took}, {_words(ended)}")
    return Outcome(
        f"{len(given)} documents, served and linted",
        lost,
        f"at most {longest:.1f} s, {largest / MEGABYTE:.0f} MB",
        within=longest < _MOST_SECONDS,
    )


SCENARIOS = [
    Scenario("broken-datasets", "status 2 or a warning, no traceback", broken_datasets),
    Scenario("documents", "status 0 to 2, no traceback, 5 s, 500 MB", documents),
]
