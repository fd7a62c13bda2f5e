"""A server that answers whatever comes with the same bytes: fixed_bytes.py PORT"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import uvloop

BODY = b"{" + b" " * 600 + b"}"
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
    len(BODY),
    BODY,
)


class FixedBytes(asyncio.Protocol):
    """Every read is taken for one request, as it is with small ones of one client."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to write."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:  # noqa: ARG002 - whatever it says
        """Answer."""
        self._transport.write(ANSWER)


async def main(port: int) -> None:
    """Serve until ended."""
    server = await asyncio.get_running_loop().create_server(FixedBytes, "127.0.0.1", port)
    await server.serve_forever()


uvloop.run(main(int(sys.argv[1])))
