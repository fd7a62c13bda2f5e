"""Media types: what a header or a document names (RFC 9110, section 8.3.1), which one answers a
request (section 12.5.1), and which documented one a body has.

A document names types, with parameters too, and ranges of them: `text/*`, `*/*`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice, starmap

from attrs import frozen

JSON = "application/json"
_LONGEST_REMEMBERED = 500  # characters of an Accept header
_MOST_RANGES = 100  # of one that are looked at

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - the word of RFC 9110 for a name
_PARAMETER = re.compile(rf'\s*;\s*(?:({_TOKEN})\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*))?\s*')
_ESSENCE = re.compile(rf"\s*({_TOKEN})/({_TOKEN})\s*")
_QUALITY = re.compile(r"\d{1,9}(?:\.\d{0,99})?\Z|\.\d{1,99}\Z", re.ASCII)
_MEMBER = re.compile(r'(?:[^,"]|"[^"]*")+')


def essence(media_type: str) -> str:
    """Return the media type without its parameters, in lower case."""
    return media_type.partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Return whether a body of that media type is JSON."""
    its = essence(media_type)
    return its == JSON or its.endswith("+json")


def is_xml(media_type: str) -> bool:
    """Return whether a body of that media type is XML (RFC 7303)."""
    its = essence(media_type)
    return its.endswith(("/xml", "+xml"))


@frozen
class MediaType:
    """A media type, or a range where `subtype`, or both, are `*`; all in lower case, save the
    values of the parameters."""

    type: str
    subtype: str
    parameters: Mapping[str, str]

    @classmethod
    def read(cls, text: str) -> MediaType | None:
        """Read what a header or a document names, None where that is no media type."""
        found = _ESSENCE.match(text)
        if found is None:
            return None
        kind, subtype = found[1].lower(), found[2].lower()
        if kind == "*" and subtype != "*":
            return None
        parameters: dict[str, str] = {}
        end = found.end()
        while end < len(text):
            part = _PARAMETER.match(text, end)
            if part is None:
                return None
            end = part.end()
            if part[1]:
                parameters.setdefault(part[1].lower(), _unquoted(part[2]))
        return cls(kind, subtype, parameters)

    @classmethod
    def of_body(cls, content_type: str) -> MediaType | None:
        """Read a Content-Type header, without its parameters where these are not well-formed."""
        return cls.read(content_type) or cls.read(content_type.partition(";")[0])

    @property
    def essence(self) -> str:
        """Return it without its parameters."""
        return f"{self.type}/{self.subtype}"

    @property
    def is_range(self) -> bool:
        """Whether it stands for several."""
        return self.subtype == "*"

    @property
    def is_json(self) -> bool:
        """Whether a body of that type is JSON."""
        return is_json(self.essence)

    def covers(self, other: MediaType) -> bool:
        """Return whether the other one is this one, or of this range, whatever the parameters."""
        return self.type in ("*", other.type) and self.subtype in ("*", other.subtype)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


# Parameters by which no two bodies differ that one server sends.
_OF_ENCODING = {"charset", "boundary"}


def _telling(media_type: MediaType) -> dict[str, str]:
    """Return the parameters that tell one documented type from another."""
    return {n: v.lower() for n, v in media_type.parameters.items() if n not in _OF_ENCODING}


# What a range of this type stands for where nobody names a type of it.
_DEFAULTS = {
    "*": MediaType("application", "json", {}),
    "application": MediaType("application", "json", {}),
    "text": MediaType("text", "plain", {}),
    "image": MediaType("image", "png", {}),
    "audio": MediaType("audio", "mpeg", {}),
    "video": MediaType("video", "mp4", {}),
}


# What answers.


@frozen
class _Range:
    """A member of an Accept header: the types that it takes, and how much they are wanted."""

    types: MediaType
    quality: float

    def closeness(self, offered: MediaType) -> int:
        """Return how closely it names an offered type, 0 where it does not: by the range of all
        types 2, of a type's 3, by name 4, with its parameters 5.

        Parameters that the offered type is silent about count least (our choice; to the letter they
        would refuse it, and clients that ask for `application/json; version=2` mean no harm).
        """
        asked, its = _telling(self.types), _telling(offered)
        if not self.types.covers(offered):
            return 0
        if any(its.get(name, value) != value for name, value in asked.items()):
            return 0
        if asked.keys() - its.keys():
            return 1
        if asked:
            return 5
        return 4 if not self.types.is_range else 3 if self.types.type != "*" else 2


def best(accept: str, offered: Sequence[str]) -> str | None:
    """Return the media type to answer with: of those offered the one that the Accept header
    ('' for none) wants most, None where it wants none of them.

    Among equals it is JSON, else the first. An offered range becomes the type of it that the client
    names, else JSON. What is no media range in the header, or has no quality that is a number, is
    ignored.
    """
    if len(accept) > _LONGEST_REMEMBERED:
        return _best(accept, tuple(offered))
    return _remembered(accept, tuple(offered))


def _best(accept: str, offered: tuple[str, ...]) -> str | None:
    ranges = [*islice(_accepted(accept), _MOST_RANGES)] if accept.strip() else [_ANY]
    candidates = [
        (wanted, name, concrete)
        for name, media_type in _known(offered)
        for concrete, wanted in _wanted(media_type, ranges)
        if wanted > 0
    ]
    if not candidates:
        return None
    most = max(wanted for wanted, _, _ in candidates)
    equals = [(name, concrete) for wanted, name, concrete in candidates if wanted == most]
    return _name(*min(equals, key=lambda each: (each[1].essence != JSON, not each[1].is_json)))


_remembered = lru_cache(maxsize=1024)(_best)


def _known(offered: Iterable[str]) -> list[tuple[str, MediaType]]:
    pairs = ((name, MediaType.read(name)) for name in offered)
    return [(name, media_type) for name, media_type in pairs if media_type is not None]


def _wanted(media_type: MediaType, ranges: list[_Range]) -> list[tuple[MediaType, float]]:
    """Return the types that an offered one stands for, each with how much it is wanted."""
    types = [media_type]
    if media_type.is_range:
        named = [each.types for each in ranges if not each.types.is_range]
        types = [MediaType(each.type, each.subtype, {}) for each in named]
        types += [
            _DEFAULTS[name]
            for name in (media_type.type, *(r.types.type for r in ranges))
            if name in _DEFAULTS
        ]
        types = [each for each in types if media_type.covers(each)]
    return [(each, _quality(each, ranges)) for each in types]


def _quality(offered: MediaType, ranges: list[_Range]) -> float:
    """Return how much the type is wanted: the closest range says it, of equals the first."""
    near = [(each.closeness(offered), each.quality) for each in ranges]
    closest = max((closeness for closeness, _ in near), default=0)
    return next(quality for c, quality in near if c == closest) if closest else 0.0


def _name(name: str, concrete: MediaType) -> str:
    """Return the type as the document writes it, or, of a range there, as it is."""
    return concrete.essence if "*" in name.partition(";")[0] else name


def _accepted(accept: str) -> Iterable[_Range]:
    # Quoted texts that do not end, or hold quotes, are none: nobody writes them.
    is_odd = accept.count('"') % 2 == 1 or '\\"' in accept
    for member in accept.split(",") if is_odd else _MEMBER.findall(accept):
        media_range = MediaType.read(member)
        if media_range is None:
            continue
        quality = media_range.parameters.get("q", "1")
        if _QUALITY.match(quality):
            others = {n: v for n, v in media_range.parameters.items() if n != "q"}
            types = MediaType(media_range.type, media_range.subtype, others)
            yield _Range(types, min(float(quality), 1.0))


_ANY = _Range(MediaType("*", "*", {}), 1.0)


# What a body has.


def documented(content_type: str, names: Iterable[str]) -> str | None:
    """Return the documented name, a type or a range, that a body's Content-Type falls under, the
    closest of several; None where there is none.

    Parameters that a documented name has must not be others; a body may leave them out.
    """
    sent = MediaType.of_body(content_type)
    if sent is None:
        return None
    its = _telling(sent)

    def closeness(name: str, media_type: MediaType) -> tuple[int, str]:
        asked = _telling(media_type)
        if not media_type.covers(sent) or any(its.get(n, v) != v for n, v in asked.items()):
            return 0, name
        if media_type.is_range:
            return 1 + (media_type.type != "*"), name
        return (4 if asked and asked.items() <= its.items() else 3), name

    found = [*starmap(closeness, _known(names))]
    closest = max((rank for rank, _ in found), default=0)
    return next(name for rank, name in found if rank == closest) if closest else None
