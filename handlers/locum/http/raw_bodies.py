"""Bodies that a provider reads itself: as they were sent, unpacked where they are packed."""

from __future__ import annotations

from starlette.types import Receive

from locum.http.body import receive_bytes
from locum.http.context import RequestContext
from locum.http.encodings import Unpacked, coding_of
from locum.provider import RawBody

# What cannot be packed takes more room than before: by zstd 1/256 and some, by gzip less.
_MOST_ADDED = 4096


async def read_raw(context: RequestContext, receive: Receive, most: int) -> RawBody:
    """Return the request's body, which may have so many bytes, packed or not. What it takes of the
    room for unpacked bodies is given back with the request (`RequestContext.give_back`).

    Raises HTTPException 408, 413 and 415, UnreadableBody for a body that is not packed as it says,
    Overloaded, and ClientDisconnect where the client leaves before the end.
    """
    headers = context.headers
    coding = coding_of(headers)
    if not coding:
        content = await receive_bytes(headers, receive, most)
    else:
        packed = await receive_bytes(headers, receive, most + most // 128 + _MOST_ADDED)
        unpacked = Unpacked(packed, coding, most)
        context.give_back = unpacked.give_back
        content = await unpacked.read()
    by_name = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.raw)
    return RawBody(content, dict(reversed([*by_name])))
