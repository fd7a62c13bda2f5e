"""Heads of requests: what the grammar that the parser knows leaves to the server (RFC 9112,
sections 3.2 and 6.1; RFC 9110, section 10.1.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from ipaddress import IPv6Address

_HOST = re.compile(
    rb"(?:(?:[\w\-.~!$&'()*+,;=]|%[0-9a-f]{2})*|\[([0-9a-f:.]+)(?:%25[\w\-.~]+)?\])(?::\d*)?",
    re.IGNORECASE,
)
_ABSOLUTE = re.compile(rb"https?://([^/?#]+)(.*)", re.IGNORECASE | re.DOTALL)


def fault(version: str, headers: Iterable[tuple[bytes, bytes]]) -> HTTPStatus | None:
    """Return with what a request is refused whose head is well-formed, None where it is not."""
    if version not in ("1.1", "1.0"):
        is_older = version.startswith("0")  # it has no version in its request line
        return HTTPStatus.BAD_REQUEST if is_older else HTTPStatus.HTTP_VERSION_NOT_SUPPORTED
    hosts: list[bytes] = []
    codings: list[bytes] = []
    expected: list[bytes] = []
    for name, value in headers:
        if name == b"host":
            hosts.append(value)
        elif name == b"transfer-encoding":
            codings.append(value)
        elif name == b"expect":
            expected.append(value)
    if len(hosts) > 1 or (not hosts and version == "1.1") or not all(map(_is_host, hosts)):
        return HTTPStatus.BAD_REQUEST
    if codings and version == "1.0":  # which has none: its framing is another's guess
        return HTTPStatus.BAD_REQUEST
    if codings and b",".join(codings).strip().lower() != b"chunked":
        return HTTPStatus.NOT_IMPLEMENTED
    if expected and version != "1.0" and b",".join(expected).strip().lower() != b"100-continue":
        return HTTPStatus.EXPECTATION_FAILED
    return None


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
