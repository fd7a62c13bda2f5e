"""The parser: offers of another protocol are ignored, and nothing is lost of what follows."""

from __future__ import annotations

import pytest
from httptools import HttpParserUpgrade

from locum.server.parser import Parser

OFFER = b"POST /a HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n"
PLAIN = b"POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\n"


class Read:
    """A protocol that keeps the bodies."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.parser = Parser(self, self.read_again)

    def read_again(self) -> Parser:
        self.parser = Parser(self, self.read_again)
        self.parser.feed_data(PLAIN)
        return self.parser

    def on_body(self, body: bytes) -> None:
        self.bodies.append(body)


def test_the_body_after_an_offer_is_the_requests() -> None:
    read = Read()
    read.parser.feed_data(OFFER + b"ab" + PLAIN + b"cd" + OFFER + b"ef")
    assert read.bodies == [b"ab", b"cd", b"ef"]


def test_connect_is_no_offer() -> None:
    read = Read()
    with pytest.raises(HttpParserUpgrade):
        read.parser.feed_data(b"CONNECT a:1 HTTP/1.1\r\n\r\n")
    assert not read.parser.is_offered_upgrade
