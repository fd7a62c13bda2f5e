"""Heads of requests: what the grammar that the parser knows leaves to the server (RFC 9112,
sections 3.2 and 6.1; RFC 9110, section 10.1.1)."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from http import HTTPStatus
from ipaddress import IPv6Address
from operator import itemgetter

_HOST = re.compile(
    rb"(?:(?:[\w\-.~!$&'()*+,;=]|%[0-9a-f]{2})*|\[([0-9a-f:.]+)(?:%25[\w\-.~]+)?\])(?::\d*)?",
    re.IGNORECASE,
)
_ABSOLUTE = re.compile(rb"https?://([^/?#]+)(.*)", re.IGNORECASE | re.DOTALL)


def fault(version: str, headers: Collection[tuple[bytes, bytes]]) -> HTTPStatus | None:
    """Return with what a request is refused whose head is well-formed, None where it is not."""
    if version not in ("1.1", "1.0"):
        is_older = version.startswith("0")  # it has no version in its request line
        return HTTPStatus.BAD_REQUEST if is_older else HTTPStatus.HTTP_VERSION_NOT_SUPPORTED
    fields = dict(headers)
    host = fields.get(b"host")
    if version == "1.1" if host is None else not _is_host(host):
        return HTTPStatus.BAD_REQUEST
    if len(fields) < len(headers) and len(_values(b"host", headers)) > 1:
        return HTTPStatus.BAD_REQUEST
    if b"transfer-encoding" in fields:
        if version == "1.0":  # which has none: its framing is another's guess
            return HTTPStatus.BAD_REQUEST
        if _values(b"transfer-encoding", headers) != [b"chunked"]:
            return HTTPStatus.NOT_IMPLEMENTED
    is_expecting = version == "1.1" and b"expect" in fields
    if is_expecting and _values(b"expect", headers) != [b"100-continue"]:
        return HTTPStatus.EXPECTATION_FAILED
    return None


def has(name: bytes, headers: Collection[tuple[bytes, bytes]]) -> bool:
    """Return whether there is a header of that name, which is in lower case."""
    return name in map(itemgetter(0), headers)


def _values(name: bytes, headers: Collection[tuple[bytes, bytes]]) -> list[bytes]:
    return [value.strip().lower() for each, value in headers if each == name]


@lru_cache(256)  # of one server there are few
def _is_host(value: bytes) -> bool:
    """Whether that is `uri-host [":" port]` (RFC 3986, section 3.2.2; a zone as in RFC 6874)."""
    found = _HOST.fullmatch(value)
    if found is None:
        return False
    try:
        return not found[1] or bool(IPv6Address(found[1].decode()).exploded)
    except ValueError:
        return False


def take_apart(target: bytes) -> tuple[bytes, bytes] | None:
    """Return the authority of a target in absolute form, and the target without it; None for what
    is no such target of this server."""
    found = _ABSOLUTE.fullmatch(target)
    if found is None or not _is_host(found[1]):
        return None
    path = found[2].partition(b"#")[0]
    return found[1], path if path.startswith(b"/") else b"/" + path
