"""Random streams: one per place in a value, so that what one property is does not change another.

Place   a place in the value that is made, with its own key
Stream  the random numbers of a place, from their beginning
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")

_BLOCK = 64  # bytes of one digest
_DRAW = 8  # bytes of one draw
_SMALL = 2**32


class Stream:
    """Random numbers that depend on the key alone: not on the process, nor on PYTHONHASHSEED, nor
    on the version of Python."""

    def __init__(self, key: bytes) -> None:
        self._block = blake2b(key, person=b"stream", digest_size=_BLOCK).digest()
        self._used = 0

    def bits(self) -> int:
        """Return an integer of 64 random bits."""
        if self._used == _BLOCK:
            self._block = blake2b(self._block, person=b"stream", digest_size=_BLOCK).digest()
            self._used = 0
        self._used += _DRAW
        return int.from_bytes(self._block[self._used - _DRAW : self._used], "big")

    def below(self, number: int) -> int:
        """Return an integer from 0 to below the number, which is at least 1 and may have any size.
        The bias is below 2**-32."""
        if number <= _SMALL:
            return self.bits() % number
        bits = size = 0
        while size < number.bit_length() + 64:
            bits, size = bits << 64 | self.bits(), size + 64
        return bits % number

    def between(self, first: int, last: int) -> int:
        """Return an integer from the first to the last, both included."""
        return first + self.below(last - first + 1)

    def fraction(self) -> float:
        """Return a number from 0 to below 1."""
        return (self.bits() >> 11) / (1 << 53)

    def choice(self, members: Sequence[T]) -> T:
        """Return one of the members, of which there is at least one."""
        return members[self.below(len(members))]


class Place:
    """A place in a value: the tokens that lead to it, outermost first, and the key of its stream,
    which is the seed's digest with them."""

    __slots__ = ("key", "tokens")

    def __init__(self, key: bytes, tokens: tuple[str | int, ...] = ()) -> None:
        self.key = key
        self.tokens = tokens

    def at(self, token: str | int) -> Place:
        """Return the place of the property or item there."""
        kind = b"i" if isinstance(token, int) else b"p"
        text = kind + str(token).encode("utf-8", "surrogatepass")
        return Place(blake2b(text, key=self.key, digest_size=16).digest(), (*self.tokens, token))

    def other(self, number: int) -> Place:
        """Return the same place with another stream, for one more try."""
        return Place(blake2b(b"t%d" % number, key=self.key, digest_size=16).digest(), self.tokens)

    def stream(self) -> Stream:
        """Return the place's stream, from its beginning."""
        return Stream(self.key)
