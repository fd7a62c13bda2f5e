"""Where a request enters: what it prefers, its sandbox and scenario, what is answered from memory,
and the journal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from time import time

import attrs
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from locum.exceptions import LocumError, NotReady
from locum.http import PREFIX, preferences
from locum.http.body import WAITS, late, replay
from locum.http.cache import KnownResponse, ResponseCache, question
from locum.http.context import KEY, Headers, RequestContext, State
from locum.http.control import OwnControl
from locum.http.faults import send_half
from locum.http.journal import LONGEST_PATH
from locum.http.journal import Entry as Noted
from locum.http.preferences import MARK, WITH
from locum.http.routes import encoded_path
from locum.scenarios import Scenario, Scenarios

_RETRY_SECONDS = 5
_read = lru_cache(maxsize=256)(preferences.read)
_LONGEST_READ = 500  # characters that are read once


class Entry:
    """The outermost ASGI middleware. It finds out what each request is about: the settings of its
    sandbox, and before these its own preferences; and the scenario, which is loaded where it must
    be, and waited for so many seconds. What is wrong with that is `RequestContext.fault`, which the
    routing raises, so that it is answered in the vendor's words.

    A request that nothing acts upon is answered from the cache.
    """

    def __init__(
        self,
        app: ASGIApp,
        scenarios: Scenarios,
        control: OwnControl,
        time_limit: float,
        tell: Callable[[Noted], None] | None = None,
        taken: frozenset[str] = frozenset(),
    ) -> None:
        """What is noted in a journal is told to `tell`. Of the names that preferences have in a
        query those `taken` are the documents' own."""
        self.app, self.scenarios, self.control = app, scenarios, control
        self.time_limit, self._tell, self._taken = time_limit, tell, taken
        server = control.sandboxes.server
        self._plain = State(server, server.settings)
        self._cache = ResponseCache()
        self._loader = ThreadPoolExecutor(1, "locum-loader")
        self._loading: dict[tuple[str, int | None], asyncio.Future[Scenario]] = {}
        control.load = self._loaded_or_ready
        control.providers = scenarios.providers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or have it answered, and note it in the journal."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time()
        names = dict(scope["headers"])
        state = self._plain
        query = scope["query_string"]
        if b"prefer" in names or scope["path"].startswith(WITH) or (query and MARK in query):
            scope, state = self._preferred(scope)
        scenario = self.scenarios.ready(state.settings.scenario, state.settings.clock)
        is_current = scenario is not None
        if scenario is not None and (state.sandbox.layers or state.sandbox.is_elsewhere):
            scenario, is_current = _written(scenario, state)
        asked = b""
        # Whoever expects a word before the body is given none yet.
        if scenario is not None and is_current and state.is_plain and b"expect" not in names:
            try:
                first = await WAITS.bounded(receive())
            except TimeoutError:
                receive = late(receive)
            else:
                asked = question(scenario.data.version, state.applied, scope, first)
                known = self._cache.get(asked)
                if known is not None:
                    for message in known.messages:
                        await send(message)
                    noted = (began, known.request, began, None)  # in no time, to the tenth of a ms
                    state.sandbox.journal.append(noted)
                    if self._tell is not None:
                        self._tell(noted)
                    return
                receive = replay([first], receive)
        context = RequestContext(Headers(scope["headers"]), state, scenario)
        context.is_current = is_current
        scope[KEY], context.fault = context, state.fault
        scope["app"] = self.app  # with one, Starlette's routers raise what they cannot answer
        await self._answer(scope, receive, send, context, began, asked)

    async def _answer(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        context: RequestContext,
        began: float,
        asked: bytes,
    ) -> None:
        """Have the request answered; keep the answer where it came from the results."""
        state, path = context.state, scope["path"]
        is_own = f"{path}/".startswith(f"{PREFIX}/")
        asked = b"" if is_own else asked  # such a page may be long, and none is kept
        if context.scenario is None:
            await self._load(context, is_own=is_own)
        messages: list[Message] = []
        status: int | None = None

        async def record(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                applied = [*state.applied, *context.applied]
                if applied and not context.fault:
                    header = (b"preference-applied", ", ".join(applied).encode())
                    message = {**message, "headers": [*message["headers"], header]}
            elif context.cut is not None:
                await send_half(message, context.cut, receive, send)
                return
            if asked:
                messages.append(message)
            await send(message)

        try:
            await self.app(scope, receive, record)
        finally:
            request = scope["method"], path[:LONGEST_PATH], context.operation, status
            if not is_own:
                noted = (began, request, time(), context.reason)
                state.sandbox.journal.append(noted)
                if self._tell is not None:
                    self._tell(noted)
        if (
            context.cache_hit
            and context.is_current
            and messages
            and not messages[-1].get("more_body", False)
        ):
            self._cache.add(asked, KnownResponse(asked, messages, request))

    def _preferred(self, scope: Scope) -> tuple[Scope, State]:
        """Return the request without preferences in its path and query, and its state."""
        headers = scope["headers"]
        texts = [text.decode(errors="replace") for name, text in headers if name == b"prefer"]
        if scope["path"].startswith(WITH):
            scope, text = preferences.of_path(scope, encoded_path(scope))
            texts.append(text)
        if MARK in scope["query_string"]:
            scope, text = preferences.of_query(scope, self._taken)
            texts.append(text)
        read = _read if sum(map(len, texts)) <= _LONGEST_READ else preferences.read
        try:
            found = read(tuple(texts))
            sandbox = self.control.sandboxes.named(found.sandbox or "")
        except LocumError as fault:
            return scope, attrs.evolve(self._plain, fault=fault)
        self.control.used(sandbox)
        its = found.settings.over(sandbox.settings)
        return scope, State(
            sandbox, its, found.unknown, found.applied, found.acting, wanted=found.wanted
        )

    async def _load(self, context: RequestContext, *, is_own: bool) -> None:
        """Have the scenario loaded, which a page of Locum's own needs only where it prefers one."""
        settings = context.state.settings
        wanted = settings.scenario or (not is_own and self.scenarios.first)
        if wanted and not context.fault:
            try:
                context.scenario = await self._loaded(wanted, settings.clock)
            except LocumError as error:
                context.fault = error

    async def _loaded_or_ready(self, name: str | None, clock: int | None) -> Scenario:
        """Return the scenario, for a request that another process passes on."""
        scenario = self.scenarios.ready(name, clock)
        return scenario or await self._loaded(name or self.scenarios.first, clock)

    async def _loaded(self, name: str, clock: int | None) -> Scenario:
        """Return the scenario when it is loaded; whoever asks meanwhile waits for the same."""
        self.scenarios.check(name)
        loading = self._loading.get((name, clock))
        if loading is None:
            loop = asyncio.get_running_loop()
            loading = loop.run_in_executor(self._loader, self.scenarios.load, name, clock)
            self._loading[name, clock] = loading
            loading.add_done_callback(lambda done: self._end(name, clock, done))
        try:
            return await asyncio.wait_for(asyncio.shield(loading), self.time_limit)
        except TimeoutError:
            raise NotReady(name, _RETRY_SECONDS) from None

    def _end(self, name: str, clock: int | None, done: asyncio.Future[Scenario]) -> None:
        del self._loading[name, clock]
        done.exception()  # which nobody hears of where nobody waits


def _written(scenario: Scenario, state: State) -> tuple[Scenario, bool]:
    """Return the scenario with what was written to it in the sandbox, and whether that is all."""
    sandbox = state.sandbox
    held = sandbox.held(scenario, state.settings.clock)
    if sandbox.is_elsewhere or held is None:
        return scenario, not sandbox.is_elsewhere
    served = held.served(scenario)
    return (scenario, False) if served is None else (served, True)
