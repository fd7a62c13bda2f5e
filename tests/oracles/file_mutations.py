"""Mutations of the files of a dataset: cut, packed, replaced by something else, or in the way."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

from tests.oracles.mutations import (
    DOUBT,
    ERROR,
    FEEDBACK,
    FINE,
    JSONL,
    KEYS,
    PARQUET,
    RUNS,
    FileMutation,
    Row,
)


def _table(folder: Path, table: str, format_: str) -> Path:
    return folder / f"{table}.{format_}"


def on(table: str, change: Callable[[Path], object]) -> Callable[[Path, str], object]:
    """Change the file of a table."""
    return lambda folder, format_: change(_table(folder, table, format_))


def with_bytes(change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    """Change what is in a file."""
    return lambda file: file.write_bytes(change(file.read_bytes()))


def instead(make: Callable[[Path], object]) -> Callable[[Path], object]:
    """Make something else in a file's place."""

    def change(file: Path) -> None:
        file.unlink()
        make(file)

    return change


def _socket(path: Path) -> None:
    """A path of a socket has about a hundred characters."""
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(path.name)
    finally:
        os.chdir(here)


def _manifest(change: Callable[[Row], object]) -> Callable[[Path, str], object]:
    def changed(folder: Path, _: str) -> None:
        file = folder / "manifest.json"
        manifest = json.loads(file.read_bytes())
        change(manifest)
        file.write_text(json.dumps(manifest), encoding="utf-8")

    return changed


def _said(text: bytes) -> Callable[[Path, str], object]:
    return lambda folder, _: (folder / "manifest.json").write_bytes(text)


def _beside(name: str, text: bytes = b"") -> Callable[[Path, str], object]:
    return lambda folder, _: (folder / name).write_bytes(text)


def _packed(file: Path) -> None:
    packed = file.with_name(f"{file.name}.gz")
    packed.write_bytes(gzip.compress(file.read_bytes()))
    file.unlink()


def _moved(file: Path, suffix: str) -> None:
    file.rename(file.with_suffix(suffix))


def _linked_folder(folder: Path, _: str) -> None:
    """The tables of a vendor somewhere else, with a link to them."""
    elsewhere = folder.parent / "elsewhere"
    (folder / "langsmith").rename(elsewhere)
    (folder / "langsmith").symlink_to(elsewhere)


def _dead_folder(folder: Path, _: str) -> None:
    shutil.rmtree(folder / "langsmith")
    (folder / "langsmith").symlink_to("nowhere")


def _broken_line(text: bytes) -> bytes:
    """With the beginning of a row in the last line."""
    return text[: text.rstrip().rfind(b"\n") + 20]


def _shift(text: bytes) -> bytes:
    return text.replace(b'{"id"', b'{"id\x00"', 1)


FILE_MUTATIONS = [
    FileMutation(
        "a cut line", on(RUNS, with_bytes(_broken_line)), ERROR, RUNS, "not JSON", (JSONL,)
    ),
    FileMutation(
        "a file that is cut", on(RUNS, with_bytes(lambda b: b[: len(b) // 2])), ERROR, RUNS, ""
    ),
    FileMutation(
        "a last line that is lost",
        on(RUNS, with_bytes(lambda text: text[: text.rstrip().rfind(b"\n") + 1])),
        DOUBT,
        "manifest.json",
        "rows of langsmith/runs are 51, found 50",
        (JSONL,),
    ),
    FileMutation(
        "an empty file",
        on(FEEDBACK, with_bytes(lambda _: b"")),
        DOUBT,
        "manifest.json",
        "rows of langsmith/feedback are 32, found 0",
        (JSONL,),
    ),
    FileMutation(
        "a file of no bytes",
        on(RUNS, with_bytes(lambda _: b"")),
        ERROR,
        RUNS,
        "Parquet",
        (PARQUET,),
    ),
    FileMutation(
        "a table left out",
        on(FEEDBACK, Path.unlink),
        DOUBT,
        "manifest.json",
        "rows of langsmith/feedback are 32, found no file",
    ),
    FileMutation(
        "a table packed by gzip", on(RUNS, _packed), ERROR, f"{RUNS}.{{}}.gz", "is no table"
    ),
    FileMutation("packed by gzip inside", on(RUNS, with_bytes(gzip.compress)), ERROR, RUNS, ""),
    FileMutation("a folder", on(RUNS, instead(Path.mkdir)), ERROR, RUNS, "found a folder"),
    FileMutation(
        "a dead link",
        on(RUNS, instead(lambda file: file.symlink_to("nowhere"))),
        ERROR,
        RUNS,
        "a link that leads to no file",
    ),
    FileMutation(
        "a link to itself",
        on(RUNS, instead(lambda file: file.symlink_to(file.name))),
        ERROR,
        RUNS,
        "a link that leads to no file",
    ),
    FileMutation("a pipe", on(RUNS, instead(os.mkfifo)), ERROR, RUNS, "found a pipe"),
    FileMutation("a pipe of keys", on(KEYS, instead(os.mkfifo)), ERROR, KEYS, "found a pipe"),
    FileMutation("a socket", on(RUNS, instead(_socket)), ERROR, RUNS, "found a socket"),
    FileMutation(
        "a device",
        on(RUNS, instead(lambda file: file.symlink_to(os.devnull))),
        ERROR,
        RUNS,
        "found a device",
    ),
    FileMutation("a folder that is a link", _linked_folder, FINE),
    FileMutation("a folder that is a dead link", _dead_folder, ERROR, "langsmith", "a link"),
    FileMutation(
        "a link in a circle",
        lambda folder, _: (folder / "langsmith" / "again").symlink_to(".."),
        ERROR,
        "langsmith/again",
        "found a folder",
    ),
    FileMutation(
        "a link in a circle elsewhere",
        lambda folder, _: (folder / "again").symlink_to("."),
        DOUBT,
        "again",
        "is no table",
    ),
    FileMutation(
        "a mistyped table",
        lambda folder, format_: _table(folder, RUNS, format_).rename(
            folder / "langsmith" / f"run.{format_}"
        ),
        ERROR,
        "langsmith/run.{}",
        "did you mean langsmith/runs?",
    ),
    FileMutation(
        "a table of nobody", _beside("notes.jsonl"), ERROR, "notes.jsonl", "no provider declares"
    ),
    FileMutation(
        "another file of a vendor", _beside("langsmith/x.txt"), ERROR, "langsmith/x.txt", "no table"
    ),
    FileMutation("a table of another kind", _beside("keys.xls"), ERROR, "keys.xls", "is no table"),
    FileMutation("capitals", _beside("keys.JSONL"), ERROR, "keys.JSONL", "is no table"),
    FileMutation("another file", _beside("notes.txt"), DOUBT, "notes.txt", "it is not read"),
    FileMutation("a hidden file", _beside("langsmith/.swp"), FINE),
    FileMutation(
        "a table in two files",
        lambda folder, format_: (
            folder / f"keys.{'parquet' if format_ == JSONL else JSONL}"
        ).touch(),
        ERROR,
        "keys.parquet",
        "two files",
    ),
    FileMutation(
        "JSONL in a Parquet file",
        lambda folder, _: _moved(folder / f"{RUNS}.jsonl", ".parquet"),
        ERROR,
        f"{RUNS}.parquet",
        "no whole Parquet file",
        (JSONL,),
    ),
    FileMutation(
        "Parquet in a JSONL file",
        lambda folder, _: _moved(folder / f"{RUNS}.parquet", ".jsonl"),
        ERROR,
        f"{RUNS}.jsonl",
        "found a Parquet file",
        (PARQUET,),
    ),
    FileMutation(
        "a byte order mark",
        on(RUNS, with_bytes(lambda text: b"\xef\xbb\xbf" + text)),
        FINE,
        formats=(JSONL,),
    ),
    FileMutation(
        "UTF-16",
        on(RUNS, with_bytes(lambda text: text.decode().encode("utf-16"))),
        ERROR,
        RUNS,
        "found UTF-16",
        (JSONL,),
    ),
    FileMutation(
        "UTF-16 without a mark",
        on(RUNS, with_bytes(lambda text: text.decode().encode("utf-16-le"))),
        ERROR,
        RUNS,
        "not JSON",
        (JSONL,),
    ),
    FileMutation(
        "Latin-1",
        on(
            RUNS,
            with_bytes(
                lambda text: text.replace(b'"agent"', b'"\xe4gent"', 1) + b'{"name": "\xe4"}'
            ),
        ),
        ERROR,
        RUNS,
        "not JSON",
        (JSONL,),
    ),
    FileMutation("NUL in a name", on(RUNS, with_bytes(_shift)), ERROR, RUNS, "not JSON", (JSONL,)),
    FileMutation(
        "NUL at the end",
        on(RUNS, with_bytes(lambda text: text + b"\x00" * 512)),
        ERROR,
        RUNS,
        "not JSON",
        (JSONL,),
    ),
    FileMutation(
        "a huge line",
        on(RUNS, with_bytes(lambda text: text + b'{"name": "' + b"x" * 2**24 + b'"}')),
        ERROR,
        RUNS,
        "found a line of more than",
        (JSONL,),
    ),
    FileMutation(
        "an array of rows",
        on(RUNS, with_bytes(lambda text: b"[" + b",".join(text.splitlines()) + b"]")),
        ERROR,
        RUNS,
        "not a JSON object",
        (JSONL,),
    ),
    FileMutation(
        "a column twice in a row",
        on(RUNS, with_bytes(lambda text: text.replace(b'{"id"', b'{"name": "a", "id"', 1))),
        ERROR,
        RUNS,
        "stands there twice",
        (JSONL,),
    ),
    FileMutation(
        "lines that end as in Windows",
        on(RUNS, with_bytes(lambda text: text.replace(b"\n", b"\r\n"))),
        FINE,
        formats=(JSONL,),
    ),
    FileMutation(
        "empty lines",
        on(RUNS, with_bytes(lambda text: b"\n" + text.replace(b"\n", b"\n \t\n\n"))),
        FINE,
        formats=(JSONL,),
    ),
    FileMutation(
        "no end of the last line",
        on(RUNS, with_bytes(bytes.rstrip)),
        FINE,
        formats=(JSONL,),
    ),
    FileMutation("no manifest", lambda folder, _: (folder / "manifest.json").unlink(), FINE),
    FileMutation("a manifest that is cut", _said(b'{"name": "a"'), ERROR, "manifest.json", "JSON"),
    FileMutation("a manifest that is a list", _said(b"[]"), ERROR, "manifest.json", "JSON object"),
    FileMutation("an empty manifest", _said(b""), ERROR, "manifest.json", "JSON"),
    FileMutation("a manifest with a mark", _said(b"\xef\xbb\xbf{}"), FINE),
    FileMutation(
        "a manifest in UTF-16", _said("{}".encode("utf-16")), ERROR, "manifest.json", "JSON"
    ),
    FileMutation(
        "a manifest that is a folder",
        lambda folder, _: instead(Path.mkdir)(folder / "manifest.json"),
        ERROR,
        "manifest.json",
        "found a folder",
    ),
    FileMutation(
        "other numbers of rows",
        _manifest(lambda said: said["rows"].update({RUNS: 7})),
        DOUBT,
        "manifest.json",
        "rows of langsmith/runs are 7, found 51",
    ),
    FileMutation(
        "a number of rows that is none",
        _manifest(lambda said: said["rows"].update({RUNS: "many"})),
        DOUBT,
        "manifest.json",
        "rows of langsmith/runs are 'many'",
    ),
    FileMutation(
        "rows that are no numbers",
        _manifest(lambda said: said.update(rows=5)),
        DOUBT,
        "manifest.json",
        "rows is 5, expected an object",
    ),
    FileMutation(
        "rows of a table that is nowhere",
        _manifest(lambda said: said["rows"].update({"acme/widgets": 3})),
        DOUBT,
        "manifest.json",
        "rows of acme/widgets are 3, found no file",
    ),
    FileMutation(
        "a now that is no time",
        _manifest(lambda said: said.update(now="soon")),
        DOUBT,
        "manifest.json",
        "now is 'soon'",
    ),
    FileMutation(
        "a now before the rows",
        _manifest(lambda said: said.update(now="2026-06-29T00:00:00Z")),
        DOUBT,
        RUNS,
        "the end of the dataset",
    ),
]
