"""A dataset as a ZIP archive, piece by piece: its tables as JSONL, and its manifest as the last
file, so that an archive that was cut off is no dataset."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import attrs
import orjson

from locum.datasets import logical_hash
from locum.datasets.dataset import MANIFEST
from locum.datasets.sorted_lines import SortedLines, TablesDigest
from locum.engine.as_files import AsFiles
from locum.provider import LeftOut

_PIECE = 256 * 1024  # bytes that are sent at once, at least
_QUICK = 1  # the level of compression


class _Pieces:
    """What is written, to be taken."""

    def __init__(self) -> None:
        self._content = bytearray()

    def write(self, content: bytes) -> int:
        self._content += content
        return len(content)

    def flush(self) -> None:
        """Nothing waits anywhere else."""

    def has_one(self) -> bool:
        return len(self._content) >= _PIECE

    def take(self) -> bytes:
        content, self._content = bytes(self._content), bytearray()
        return content


def archive(files: AsFiles, left_out: Iterable[LeftOut] = ()) -> Iterator[bytes]:
    """Give the archive in pieces. The manifest tells what is `incomplete`, beside what it always
    does: what was left out, and which rows name others that are not there."""
    pieces, digest = _Pieces(), TablesDigest()
    counts: dict[str, int] = {}
    with zipfile.ZipFile(pieces, "w", zipfile.ZIP_DEFLATED, compresslevel=_QUICK) as packed:  # type: ignore[call-overload]  # it only writes
        for table in files.tables:
            rows = files.rows(table)
            first = next(rows, None)
            if first is None:
                continue
            with SortedLines() as lines:
                with packed.open(_entry(f"{table}.jsonl"), "w", force_zip64=True) as file:
                    for row in chain((first,), rows):
                        counts[table] = counts.get(table, 0) + 1
                        lines.add(logical_hash.line_of_known(row))
                        file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
                        if pieces.has_one():
                            yield pieces.take()
                digest.add(table, lines)
        for name, path in files.further.items():
            packed.writestr(_entry(name), path.read_bytes())
        manifest = files.manifest(counts, digest.hex())
        if told := incomplete(files, left_out):
            manifest["incomplete"] = told
        packed.writestr(_entry(MANIFEST), orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    yield pieces.take()


def _entry(name: str) -> zipfile.ZipInfo:
    """A file of the archive, of the same time whenever it is made."""
    info = zipfile.ZipInfo(name)
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    info._compresslevel = _QUICK  # type: ignore[attr-defined]  # noqa: SLF001 - no other way in 3.11
    return info


def incomplete(files: AsFiles, left_out: Iterable[LeftOut]) -> list[dict[str, Any]]:
    """Return what is incomplete, as a manifest tells it: what was left out, and which rows name
    others that are not there."""
    missing = (
        LeftOut(f"{each.table}.{each.column}", each.rows, each.sentence) for each in files.missing()
    )
    return [attrs.asdict(each) for each in (*left_out, *missing) if each.count]
