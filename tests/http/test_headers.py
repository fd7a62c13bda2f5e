"""The headers of a request: as Starlette's, looked up faster."""

from __future__ import annotations

import pytest
import starlette.datastructures
from starlette.types import Scope

from locum.http.headers import Headers

RAW = [(b"accept", b"a"), (b"x", b"\xe9"), (b"accept", b"b"), (b"empty", b"")]


@pytest.mark.parametrize("name", ["accept", "x", "empty", "absent"])
def test_a_header_is_what_starlette_reads(name: str) -> None:
    ours, theirs = Headers(RAW), starlette.datastructures.Headers(raw=RAW)
    assert ours.get(name) == theirs.get(name, "")
    assert ours.get(name, "else") == theirs.get(name, "else")
    assert ours.getlist(name) == theirs.getlist(name)
    assert (name in ours) == (name in theirs)


def test_headers_are_read_once_a_request() -> None:
    scope: Scope = {"headers": iter(RAW)}
    assert Headers.of(scope).raw == RAW
    assert Headers.of({**scope}) is Headers.of(scope)
