"""Bodies that are packed: by gzip (RFC 1952) and by Zstandard (RFC 8878), within bounds.

What a body holds is counted as it is unpacked, and no more of it is than may be: a few kilobytes
may stand for gigabytes. So is what all bodies hold that are not answered yet; where that is too
much, further ones are refused, as `server/bodies.py` refuses bodies as they come.

A body has one coding (our choice): no client is known that packs one twice.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from starlette.exceptions import HTTPException

from locum.exceptions import Overloaded, UnreadableBody
from locum.http.context import Headers

CODINGS = ("gzip", "zstd")
MOST_HELD = 64 * 2**20  # bytes that all bodies hold which are unpacked and not answered yet
MOST_FRAMES = 1_000  # one after the other in a body: each takes some 15 µs, whatever it holds

# One piece takes about a millisecond at most. What has more goes on in a thread, since all others
# wait for the event loop; both libraries let other threads run.
_PIECE = 262_144
_MOST_PIECES = 8
_INPUT = 65_536  # bytes that are given at once: what is not used yet is copied for each piece
_UNPACKING = ThreadPoolExecutor(2, "locum-unpacking")
_RETRY_SECONDS = 1


class Room:
    """How many bytes are held, by all threads."""

    def __init__(self) -> None:
        self.held_bytes = 0
        self._lock = threading.Lock()

    def take(self, count: int) -> None:
        """Hold so many more. Raises Overloaded where there is no room for them."""
        with self._lock:
            if self.held_bytes + count > MOST_HELD:
                raise Overloaded(_RETRY_SECONDS)
            self.held_bytes += count

    def give(self, count: int) -> None:
        """Hold so many fewer."""
        with self._lock:
            self.held_bytes -= count


ROOM = Room()


def coding_of(headers: Headers) -> str:
    """Return the coding of a body: one of CODINGS, or ''. Raises HTTPException 415 for any other,
    and for several."""
    if "content-encoding" not in headers:
        return ""
    said = ", ".join(headers.getlist("content-encoding"))
    name = said.strip().lower()
    if name == "x-gzip":  # which means the same: RFC 9110, section 8.4.1.3
        return "gzip"
    if name in CODINGS:
        return name
    if name in ("", "identity"):
        return ""
    expected = {"Accept-Encoding": ", ".join(CODINGS)}  # RFC 9110, section 12.5.3
    detail = f"Unsupported content encoding: {said:.100}, not {' or '.join(CODINGS)}"
    raise HTTPException(415, detail, expected)


class Unpacked:
    """What a body holds, piece by piece, until it is given back."""

    def __init__(self, raw: bytes, coding: str, most: int) -> None:
        """Take a body of that coding, which may hold so many bytes."""
        self._most, self._coming = most, _pieces(raw, coding)
        self._pieces: list[bytes] = []
        self._size = 0
        self._is_worked_on = False

    async def read(self) -> bytes:
        """Return all that it holds, which counts until `give_back`. Raises HTTPException 413 where
        it holds too much, UnreadableBody where it is not packed so, and Overloaded."""
        for piece in self._coming:
            self._take(piece)
            if self._size >= _PIECE or len(self._pieces) >= _MOST_PIECES:
                await self._go_on()
        return b"".join(self._pieces)

    def give_back(self) -> None:
        """Make room for others."""
        if not self._is_worked_on:
            ROOM.give(self._size)
            self._size = 0

    async def _go_on(self) -> None:
        """Read the rest in a thread."""
        self._is_worked_on = True
        work = _UNPACKING.submit(self._take_all)
        waiting = asyncio.wrap_future(work)
        try:
            await asyncio.wait([waiting])
        except asyncio.CancelledError:
            waiting.cancel()
            work.add_done_callback(self._end)  # nobody else gives back what the thread still takes
            raise
        self._is_worked_on = False
        waiting.result()

    def _end(self, _: object) -> None:
        self._is_worked_on = False
        self.give_back()

    def _take_all(self) -> None:
        for piece in self._coming:
            self._take(piece)

    def _take(self, piece: bytes) -> None:
        if self._size + len(piece) > self._most:
            raise HTTPException(413, f"Body larger than {self._most} bytes, unpacked")
        ROOM.take(len(piece))
        self._size += len(piece)
        self._pieces.append(piece)


class _Unpacker(Protocol):
    """Unpacks one frame, or member, as the decompressors of the standard library do."""

    @property
    def eof(self) -> bool:
        """Whether it has ended."""
        ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Return so many bytes of what the data, and all before them, hold. Fewer are all."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What came after the end."""
        ...


class _Gzip:
    """A member of gzip. zlib's own object returns what it has not used, and wants it again."""

    def __init__(self) -> None:
        self._its = zlib.decompressobj(31)  # of gzip alone, with a window of any size

    @property
    def eof(self) -> bool:
        return self._its.eof

    @property
    def unused_data(self) -> bytes:
        return self._its.unused_data

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return self._its.decompress(self._its.unconsumed_tail + data, max_length)


def _pieces(raw: bytes, coding: str) -> Iterator[bytes]:
    """Give what the frames of a body hold, in pieces of up to _PIECE bytes. Raises
    UnreadableBody."""
    make, fault = _library(coding)
    begin, data = 0, b""
    for _ in range(MOST_FRAMES):
        unpacker = make()
        while not unpacker.eof:
            if not data:
                data = raw[begin : begin + _INPUT]
                begin += len(data)
            is_last = begin >= len(raw)
            try:
                piece = unpacker.decompress(data, _PIECE)
            except fault as error:
                raise UnreadableBody(
                    f"The body is not packed by {coding}: {error!s:.100}"
                ) from None
            data = b""
            yield piece
            if not piece and is_last and not unpacker.eof:
                raise UnreadableBody(f"The body is packed by {coding} and has no end")
        data = unpacker.unused_data
        if not data and begin >= len(raw):
            return
    raise UnreadableBody(f"The body has more than {MOST_FRAMES} frames of {coding}")


def _library(coding: str) -> tuple[Callable[[], _Unpacker], type[Exception]]:
    if coding == "gzip":
        return _Gzip, zlib.error
    # No limit of the window: what is unpacked is limited, and of a larger window no more is used.
    if sys.version_info >= (3, 14):
        from compression import zstd  # noqa: PLC0415  # few need it
    else:
        from backports import zstd  # noqa: PLC0415
    return zstd.ZstdDecompressor, zstd.ZstdError
