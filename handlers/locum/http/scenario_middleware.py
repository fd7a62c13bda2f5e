"""Each request is given the scenario that it is about."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from locum.exceptions import NotReady
from locum.http.admin import PREFIX
from locum.http.context import Headers, RequestContext
from locum.http.preferences import preferences
from locum.scenarios import Scenario, Scenarios

_RETRY_SECONDS = 5


class ScenarioMiddleware:
    """The ASGI middleware that finds the scenario of a request, and says so where the request
    prefers one (RFC 7240, section 3). One that must be loaded is waited for so many seconds; the
    pages of Locum's own, below PREFIX, wait for none unless they prefer one."""

    def __init__(
        self, app: ASGIApp, scenarios: Scenarios, pages: ASGIApp, time_limit: float
    ) -> None:
        self.app, self.scenarios, self.pages = app, scenarios, pages
        self.time_limit = time_limit
        self._loader = ThreadPoolExecutor(1, "locum-loader")
        self._loading: dict[str, asyncio.Future[Scenario]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises UnknownScenario, NotReady, and DatasetError where it cannot be loaded."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        context = RequestContext.of(scope)
        preferred = _preferred(context.headers)
        name = preferred or self.scenarios.first
        is_own = f"{scope['path']}/".startswith(f"{PREFIX}/")
        if preferred or not is_own:
            context.scenario = self.scenarios.ready(name) or await self._loaded(name)

        async def applied(message: Message) -> None:
            if message["type"] == "http.response.start":
                header = (b"preference-applied", f"scenario={_word(name)}".encode())
                message = {**message, "headers": [*message["headers"], header]}
            await send(message)

        next_app = self.pages if is_own else self.app
        await next_app(scope, receive, applied if preferred else send)

    async def _loaded(self, name: str) -> Scenario:
        """Return the scenario when it is loaded; whoever asks meanwhile waits for the same."""
        self.scenarios.check(name)
        loading = self._loading.get(name)
        if loading is None:
            loop = asyncio.get_running_loop()
            loading = loop.run_in_executor(self._loader, self.scenarios.load, name)
            self._loading[name] = loading
            loading.add_done_callback(lambda done: self._end(name, done))
        try:
            return await asyncio.wait_for(asyncio.shield(loading), self.time_limit)
        except TimeoutError:
            raise NotReady(name, _RETRY_SECONDS) from None

    def _end(self, name: str, done: asyncio.Future[Scenario]) -> None:
        del self._loading[name]
        done.exception()  # which nobody hears of where nobody waits


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
