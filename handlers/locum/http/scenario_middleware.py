"""Each request is given the scenario that it is about."""

from __future__ import annotations

import re

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from locum.http.context import Headers, RequestContext
from locum.http.preferences import preferences
from locum.scenarios import Scenarios


class ScenarioMiddleware:
    """The ASGI middleware that finds the scenario of a request, and says so where the request
    prefers one (RFC 7240, section 3)."""

    def __init__(self, app: ASGIApp, scenarios: Scenarios) -> None:
        self.app, self.scenarios = app, scenarios

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises UnknownScenario, and DatasetError where it cannot be loaded."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        context = RequestContext.of(scope)
        preferred = _preferred(context.headers)
        name = preferred or self.scenarios.first
        context.scenario = self.scenarios.ready(name)
        if context.scenario is None:
            context.scenario = await run_in_threadpool(self.scenarios.load, name)

        async def applied(message: Message) -> None:
            if message["type"] == "http.response.start":
                header = (b"preference-applied", f"scenario={_word(name)}".encode())
                message = {**message, "headers": [*message["headers"], header]}
            await send(message)

        await self.app(scope, receive, applied if preferred else send)


def _preferred(headers: Headers) -> str | None:
    """Return the scenario that the request prefers, None for none."""
    for value in headers.getlist("prefer"):
        text = value.encode("latin-1").decode(errors="replace")
        found = preferences(text).get("scenario")
        if found is not None:
            return found
    return None


def _word(name: str) -> str:
    """Write the name as it stands in a header."""
    quoted = re.sub(r'(["\\])', r"\\\1", name)
    return name if re.fullmatch(r"[\w.-]+", name, re.ASCII) else f'"{quoted}"'
