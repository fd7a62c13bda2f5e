"""Packed bodies: unpacked whole, within bounds, or refused."""

from __future__ import annotations

import asyncio
import gzip
import threading
import time
import zlib
from collections.abc import Callable, Iterator

import pytest
from backports import zstd
from starlette.exceptions import HTTPException

from locum.exceptions import Overloaded, UnreadableBody
from locum.http import encodings
from locum.http.context import Headers
from locum.http.encodings import ROOM, Unpacked, coding_of

MOST = 3_000_000
PACK: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstd.compress}
CODINGS = sorted(PACK)
# Texts that pack well and that pack badly, each longer than what is unpacked at once.
TEXTS = [b"", b"x", b"abc" * 900_000, bytes(range(256)) * 4_000]


@pytest.fixture(autouse=True)
def _nothing_is_held() -> Iterator[None]:
    yield
    assert ROOM.held_bytes == 0


def unpacked(raw: bytes, coding: str, most: int = MOST) -> bytes:
    its = Unpacked(raw, coding, most)
    try:
        return asyncio.run(its.read())
    finally:
        its.give_back()


def headers(*values: str) -> Headers:
    return Headers((b"content-encoding", value.encode()) for value in values)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((), ""),
        (("",), ""),
        (("identity",), ""),
        (("gzip",), "gzip"),
        ((" GZip ",), "gzip"),
        (("x-gzip",), "gzip"),
        (("zstd",), "zstd"),
    ],
)
def test_the_coding_is_what_the_header_says(values: tuple[str, ...], expected: str) -> None:
    assert coding_of(headers(*values)) == expected


@pytest.mark.parametrize(
    "values",
    [("br",), ("deflate",), ("gzip, zstd",), ("gzip", "gzip"), ("gzip;q=1",), ("identity, gzip",)],
)
def test_another_coding_and_several_are_refused_with_those_that_are_taken(
    values: tuple[str, ...],
) -> None:
    with pytest.raises(HTTPException) as raised:
        coding_of(headers(*values))
    said = ", ".join(values)
    assert raised.value.status_code == 415
    assert raised.value.detail == f"Unsupported content encoding: {said}, not gzip or zstd"
    assert raised.value.headers == {"Accept-Encoding": "gzip, zstd"}


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("text", TEXTS, ids=len)
def test_a_packed_body_is_what_was_packed(coding: str, text: bytes) -> None:
    assert unpacked(PACK[coding](text), coding) == text


@pytest.mark.parametrize("coding", CODINGS)
def test_frames_that_follow_each_other_are_one_body(coding: str) -> None:
    """RFC 1952, section 2.2, and RFC 8878, section 3.1."""
    pack = PACK[coding]
    assert unpacked(pack(b"a" * 300_000) + pack(b"") + pack(b"b"), coding) == b"a" * 300_000 + b"b"


def test_a_frame_that_is_to_be_skipped_holds_nothing() -> None:
    """RFC 8878, section 3.1.2."""
    skipped = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"abcd"
    assert unpacked(skipped + zstd.compress(b"a"), "zstd") == b"a"


def test_a_frame_without_its_size_is_read() -> None:
    """As SDKs write it, which do not know the size before."""
    packing = zstd.ZstdCompressor()
    raw = packing.compress(b"a" * 1_000) + packing.flush(packing.FLUSH_BLOCK)
    assert unpacked(raw + packing.flush(), "zstd") == b"a" * 1_000


@pytest.mark.parametrize("coding", CODINGS)
def test_a_body_may_hold_as_much_as_the_limit_and_no_more(coding: str) -> None:
    for size in (1_000, 400_000):
        packed = PACK[coding](b"a" * size)
        assert len(unpacked(packed, coding, size)) == size
        with pytest.raises(HTTPException) as raised:
            unpacked(packed, coding, size - 1)
        assert raised.value.status_code == 413
        assert raised.value.detail == f"Body larger than {size - 1} bytes, unpacked"


@pytest.mark.parametrize("coding", CODINGS)
def test_no_more_is_unpacked_than_may_be(coding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """2 GB in 64 KiB: what is over the limit by more than a piece is never made."""
    sizes: list[int] = []
    take = ROOM.take

    def taken(count: int) -> None:
        sizes.append(count)
        take(count)

    monkeypatch.setattr(ROOM, "take", taken)
    packed = PACK[coding](bytes(50_000_000))
    with pytest.raises(HTTPException):
        unpacked(packed, coding, 1_000_000)
    assert sum(sizes) <= 1_000_000


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("cut", [1, 5, 1_000])
def test_a_body_without_its_end_is_refused(coding: str, cut: int) -> None:
    raw = PACK[coding](bytes(range(256)) * 40 + zlib.compress(b"ab" * 3_000) * 90)
    with pytest.raises(UnreadableBody, match=f"The body is packed by {coding} and has no end"):
        unpacked(raw[:-cut], coding)


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("raw", [b"", b'{"a": 1}', b"\x1f\x8b", b"\x28\xb5\x2f\xfd"])
def test_a_body_that_is_not_packed_so_is_refused(coding: str, raw: bytes) -> None:
    with pytest.raises(UnreadableBody, match=f"The body is.*packed by {coding}"):
        unpacked(raw, coding)


def test_a_damaged_body_is_refused() -> None:
    raw = bytearray(gzip.compress(b"a" * 1_000))
    raw[-5] ^= 1  # of the checksum
    with pytest.raises(UnreadableBody, match=r"not packed by gzip: .*incorrect data check"):
        unpacked(bytes(raw), "gzip")


@pytest.mark.parametrize("coding", CODINGS)
def test_what_follows_a_frame_and_is_none_is_refused(coding: str) -> None:
    with pytest.raises(UnreadableBody, match=f"The body is.*packed by {coding}"):
        unpacked(PACK[coding](b"a") + b"and more", coding)


def test_a_body_of_endlessly_many_frames_is_refused_soon() -> None:
    frame = zstd.compress(b"")
    assert unpacked(frame * encodings.MOST_FRAMES, "zstd") == b""
    began = time.perf_counter()
    with pytest.raises(UnreadableBody, match="more than 1000 frames of zstd"):
        unpacked(frame * 200_000, "zstd")
    assert time.perf_counter() - began < 2


def test_what_is_held_counts_until_it_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings, "MOST_HELD", 1_000_000)
    packed = gzip.compress(bytes(600_000))
    first = Unpacked(packed, "gzip", MOST)
    asyncio.run(first.read())
    assert ROOM.held_bytes == 600_000
    with pytest.raises(Overloaded):
        unpacked(packed, "gzip")
    assert ROOM.held_bytes == 600_000
    first.give_back()
    assert len(unpacked(packed, "gzip")) == 600_000


def test_a_long_body_is_unpacked_beside_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []
    take = ROOM.take

    def taken(count: int) -> None:
        threads.append(threading.current_thread().name)
        take(count)

    monkeypatch.setattr(ROOM, "take", taken)
    unpacked(gzip.compress(bytes(2_000_000)), "gzip")
    assert len(set(threads)) == 2
    threads.clear()
    unpacked(gzip.compress(bytes(100_000)), "gzip")
    assert set(threads) == {threading.current_thread().name}


def test_a_client_that_leaves_meanwhile_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reached, go_on = threading.Event(), threading.Event()
    take = ROOM.take

    def taken(count: int) -> None:
        if threading.current_thread() is not threading.main_thread():
            reached.set()
            assert go_on.wait(10)
        take(count)

    monkeypatch.setattr(ROOM, "take", taken)

    async def leave() -> None:
        its = Unpacked(gzip.compress(bytes(2_000_000)), "gzip", MOST)
        reading = asyncio.create_task(its.read())
        await asyncio.to_thread(reached.wait, 10)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        its.give_back()
        go_on.set()
        for _ in range(500):
            if ROOM.held_bytes == 0:
                return
            await asyncio.sleep(0.01)

    asyncio.run(leave())
