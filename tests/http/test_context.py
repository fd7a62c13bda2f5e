"""What is known of a request: its headers, as Starlette's but looked up faster, and one object."""

from __future__ import annotations

import pytest
import starlette.datastructures
from starlette.types import Scope

from locum.http.context import KEY, Headers, RequestContext, State
from locum.http.sandboxes import Sandboxes

RAW = [(b"accept", b"a"), (b"x", b"\xe9"), (b"accept", b"b"), (b"empty", b"")]


@pytest.mark.parametrize("name", ["accept", "x", "empty", "absent"])
def test_a_header_is_what_starlette_reads(name: str) -> None:
    ours, theirs = Headers(RAW), starlette.datastructures.Headers(raw=RAW)
    assert ours.get(name) == theirs.get(name, "")
    assert ours.get(name, "else") == theirs.get(name, "else")
    assert ours.getlist(name) == theirs.getlist(name)
    assert (name in ours) == (name in theirs)


def test_names_are_in_lower_case_as_asgi_has_them() -> None:
    headers = Headers([(b"accept", b"a")])
    assert ("accept" in headers, "Accept" in headers) == (True, False)
    assert list(headers.raw) == [(b"accept", b"a")]


def test_headers_may_be_given_as_they_come() -> None:
    """Servers give a list, a tuple or an iterator of them; all are read twice."""
    for given in (RAW, tuple(RAW), iter(RAW)):
        headers = Headers(given)
        assert (headers.getlist("accept"), headers.get("x")) == (["a", "b"], "é")


def test_a_copy_of_the_scope_has_the_same_context() -> None:
    """Middleware hands on copies with another path; nothing is known at first but the headers."""
    server = Sandboxes().server
    context = RequestContext(Headers(RAW), State(server, server.settings))
    scope: Scope = {"type": "http", "headers": RAW, KEY: context}
    assert RequestContext.of({**scope, "path": "/other"}) is context
    assert (context.scenario, context.credential, context.cache_hit) == (None, None, False)
