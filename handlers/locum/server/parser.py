"""Requests read from bytes: httptools' parser, for a server that speaks no other protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from httptools import HttpParserUpgrade, HttpRequestParser


class Parser(HttpRequestParser):
    """httptools', which takes an upgrade for the end of HTTP, and what follows, be it the request's
    body, for another protocol. None is spoken here, so the offer is ignored (RFC 9110, section 7.8;
    Java's client and `curl --http2` make it)."""

    def __init__(self, protocol: object, read_again: Callable[[], Parser]) -> None:
        """`read_again` returns a parser that has read the head that was read last, without its
        offer of an upgrade."""
        super().__init__(protocol)
        self._read_again = read_again
        self.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn sets it

    @property
    def is_offered_upgrade(self) -> bool:
        """Whether the request would go on in another protocol, if that were spoken here."""
        return bool(self.should_upgrade()) and self.get_method() != b"CONNECT"

    def feed_data(self, data: Any) -> None:
        """Raises HttpParserError, and HttpParserUpgrade for CONNECT."""
        parser, rest = self, memoryview(data)
        while True:
            try:
                HttpRequestParser.feed_data(parser, rest)
            except HttpParserUpgrade as upgrade:
                if not parser.is_offered_upgrade:
                    raise
                (end,) = upgrade.args
                parser, rest = self._read_again(), rest[end:]
            else:
                return
