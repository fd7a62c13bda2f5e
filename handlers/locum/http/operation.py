"""One object per operation, built at start: it reads and checks a request, calls the handler in the
event loop or in a thread, by what that costs, checks the answer, and sends its bytes.

Checks are the compiled schemas of the effective document. What the document says is all there is:
a parameter it does not name never reaches a handler.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from http import HTTPStatus
from itertools import chain
from typing import TYPE_CHECKING, Any

from attrs import astuple, evolve, field, frozen
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from locum.datasets.keys import READ
from locum.engine.data import Data, TakesLong, Unprepared, Work
from locum.engine.layer import Transaction
from locum.engine.snapshots import Outdated
from locum.exceptions import (
    InvalidPreference,
    InvalidRequest,
    InvalidValue,
    MayOnlyRead,
    NotAcceptable,
    Overloaded,
    Refused,
    UnreadableBody,
)
from locum.generate.asked import NOTHING, Asked, Wanted
from locum.generate.generator import Generator
from locum.http.admission import Admission
from locum.http.body import MOST_BYTES, Body, has_body
from locum.http.cache import CachedResponse, ResultCache, key, written
from locum.http.context import Headers, RequestContext, State
from locum.http.control import LayerCall, OwnControl, StoredCall
from locum.http.forms import without_bytes
from locum.http.parameters import Parameter, parameters_of, query_of, unknown
from locum.http.preferences import word
from locum.http.raw_bodies import read_raw
from locum.http.sandboxes import Sandbox
from locum.http.security import caller, world_of
from locum.http.writing import MOST_TRIES, RETRY_SECONDS, check_may_write, in_turn, newest
from locum.openapi.checks import identifier
from locum.openapi.documents import operation_name
from locum.openapi.media_types import best, is_json
from locum.openapi.reader import levels
from locum.openapi.responses import Responses
from locum.openapi.schemas import Schema, Schemas, short_integers
from locum.openapi.walk import MOST_LEVELS
from locum.provider import Answer, Handler, Provider
from locum.scenarios import Scenario

if TYPE_CHECKING:
    from locum.generate.generated import Generated
    from locum.generate.items import Items
    from locum.generate.store import Store, Stores
    from locum.generate.stored import Stored

# What costs no more (in units of `Work`, of which a hundred are a microsecond) is computed in the
# event loop, which takes less time than handing it over to a thread and back.
_MOST_IN_LOOP = 700_000
_COST_OF_ROW = 2  # of a dataset, in what follows from the rows that a statement selects
_COST_OF_BYTE = 400  # of a question: to read a filter takes longer than anything else
# After so much of it the loop turns before it computes again, so that others are served.
_SECONDS_OF_TURN = 0.01

MOST_HEADER_BYTES = 65_536  # of all names and values


@frozen
class Service:
    """What the operations of a document share."""

    provider: Provider
    generator: Generator
    control: OwnControl
    admission: Admission = field(factory=Admission)
    results: ResultCache = field(factory=ResultCache)


# Of a body, which `Answer.media_type` describes, or of the connection.
_OWN_HEADERS = {"content-type", "content-length", "etag", "connection", "transfer-encoding"}


class _EventLoop:
    """Computes what is short in the event loop, between its turns."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._used = 0.0  # seconds, of this turn

    async def run(
        self,
        compute: Callable[[], CachedResponse],
        cost: float,
        admission: Admission,
        receive: Receive,
    ) -> CachedResponse:
        """Return what is computed, at least at that cost. Raises TakesLong, Unprepared, and, where
        it waits for its turn, what `Admission.wanted` does."""
        if cost > _MOST_IN_LOOP:
            raise TakesLong(cost)
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._used = loop, 0.0
        if self._used > _SECONDS_OF_TURN:
            return await admission.wanted(partial(self._in_turn, compute, cost), receive)
        return self._now(compute, cost)

    async def _in_turn(self, compute: Callable[[], CachedResponse], cost: float) -> CachedResponse:
        while self._used > _SECONDS_OF_TURN:  # noqa: ASYNC110 - each turn has time for some
            await asyncio.sleep(0)
        return self._now(compute, cost)

    def _now(self, compute: Callable[[], CachedResponse], cost: float) -> CachedResponse:
        if not self._used:
            asyncio.get_running_loop().call_soon(self._turn)
        begun = time.perf_counter()
        try:
            return Work(_MOST_IN_LOOP, cost, in_loop=True).run(compute)
        finally:
            self._used += time.perf_counter() - begun

    def _turn(self) -> None:
        self._used = 0.0


_LOOP = _EventLoop()


_FAILURES = 400  # the least status of a failure
_STORING = ThreadPoolExecutor(1, "locum-stores")  # what it does takes a lock anyway


class AnswerError(Exception):
    """A handler's answer breaks the document: our fault, never the client's."""


class Operation:
    """An operation of a document as an ASGI application."""

    def __init__(
        self,
        path: str,
        method: str,
        definition: dict[str, Any],
        *,
        schemas: Schemas,
        handler: Handler | None,
        service: Service,
        may_cache: bool = True,
        is_budgeted: bool = False,
        refused: str = "",
    ) -> None:
        """`refused` is the sentence with which every request is refused."""
        self.handler, self.service = handler, service
        self.is_budgeted, self.refused = is_budgeted, refused
        name = operation_name(path, method, definition)
        # Whether the handler reads the body itself; what that leads to nobody else can tell.
        # Whether it is a writer, which is given a transaction where a handler is given data.
        self.writes = name in service.provider.writers and name not in service.provider.handlers
        self.is_raw = handler is not None and name in service.provider.raw
        self.may_cache = may_cache and not self.is_raw
        self.most_bytes = service.provider.body_limits.get(name, MOST_BYTES)
        self.name = f"{method.upper()} {path}"
        self.responses = Responses(schemas, path, method, definition)
        service.control.operations[service.generator.document.name, self.name] = self
        self._path, self._method = path, method
        self._definition, self._schemas = definition, schemas
        self._documents_accept = any(
            (each["in"], each["name"].lower()) == ("header", "accept")
            for each in definition.get("parameters", ())
        )
        self._described: dict[tuple[int, str], tuple[bool, Schema | None]] = {}
        # A body that is not documented is not read, unless the document says what answers to it.
        self._refuses_bodies = "415" in self.responses.names

    @cached_property
    def parameters(self) -> list[tuple[str, Parameter]]:
        """The documented parameters, each with the name of its argument."""
        found: dict[str, Parameter] = {}
        for parameter in parameters_of(
            self._definition.get("parameters", []),
            partial(self._schemas.at, "paths", self._path, self._method, "parameters"),
            self.service.provider.explain or Schema.faults,
            strict=self.service.provider.strict_query,
        ):
            argument = identifier(parameter.name)
            # In a query and a path the same name may stand for two.
            has_body = self.is_raw or self.body is not None
            is_taken = argument in found or (argument == "body" and has_body)
            found[f"{argument}_{parameter.place}" if is_taken else argument] = parameter
        return list(found.items())

    @cached_property
    def _in_query(self) -> frozenset[str]:
        """The names of query parameters, and of credentials that the document has in a query."""
        components = self.service.generator.document.effective.get("components", {})
        schemes = components.get("securitySchemes", {}).values()
        parameters = (parameter.location for _, parameter in self.parameters)
        credentials = ((scheme.get("in"), scheme.get("name")) for scheme in schemes)
        return frozenset(name for place, name in (*parameters, *credentials) if place == "query")

    @cached_property
    def body(self) -> Body | None:
        """The documented body, None where the operation has none."""
        if "requestBody" not in self._definition:
            return None
        here = "paths", self._path, self._method, "requestBody", "content"
        provider = self.service.provider
        return Body(
            self._definition["requestBody"],
            lambda media_type: self._schemas.at(*here, media_type, "schema"),
            provider.explain or Schema.faults,
            provider.read_body,
            self.most_bytes,
        )

    @cached_property
    def generated(self) -> Generated:
        """What answers where no handler does."""
        from locum.generate.generated import Generated  # noqa: PLC0415  # see `generator`

        return Generated(
            self.service.generator,
            self._path,
            self._method,
            self.responses,
            is_deprecated=self._definition.get("deprecated", False) is True,
        )

    @cached_property
    def stored(self) -> Stored | None:
        """What answers from a store; None where no resource is behind the operation."""
        from locum.generate import stored  # noqa: PLC0415  # see `generator`

        generator = self.service.generator
        return stored.found(generator, self._path, self._method, self.responses, self.generated)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises what `errors` turns into a failure's answer."""
        context = RequestContext.of(scope)
        if self.refused:
            raise Refused(self.refused)
        _check_headers(context.headers)
        wanted = self._wanted(context.state)
        if self.writes and wanted is None:
            is_read_only = self.service.generator.manner.is_read_only
            check_may_write(context, self._method, is_read_only=is_read_only)
        try:
            if wanted is None:
                self._check_accepted(context.headers)
            arguments = await self._read(scope, context.headers, receive)
            if wanted is None:
                answer = await self._called(context, arguments, scope, receive)
            else:
                answer = await self._made(context, wanted, arguments, scope, receive)
        except ClientDisconnect:
            return  # nobody is there to answer
        finally:
            if context.give_back is not None:
                context.give_back()
        if_none_match = ", ".join(context.headers.getlist("if-none-match"))
        await _send(answer, if_none_match, send, is_head=scope["method"] == "HEAD")

    def _wanted(self, state: State) -> Wanted | None:
        """Return what the request prefers of a generated answer, None where a handler computes it.
        Raises InvalidPreference."""
        wanted, code = state.wanted, state.settings.code
        if self.handler is not None and wanted is NOTHING and code is None:
            return None  # as nearly always
        status = code if code is not None and code < _FAILURES else None
        if self.handler is not None and status in (None, self.responses.ordinary):
            if wanted == NOTHING:
                return None
            if wanted == Wanted(seed=wanted.seed):
                expected = "an operation whose answers are generated: this one is computed"
                raise InvalidPreference(f"seed={wanted.seed}", expected)
        return evolve(wanted, status=status)

    def _check_accepted(self, headers: Headers) -> None:
        """Raise for a request that accepts no media type of what succeeds, unless the operation
        documents the header itself: then it is for the operation to say what that means."""
        accept = ", ".join(headers.getlist("accept"))
        if not accept or accept == "*/*" or self._documents_accept:
            return
        status = self.responses.ordinary
        response = self.responses.of(status) if status else None
        offered = list(response.content) if response is not None else []
        if offered and best(accept, offered) is None:
            raise NotAcceptable(tuple(offered))

    async def _called(
        self, context: RequestContext, arguments: dict[str, Any], scope: Scope, receive: Receive
    ) -> CachedResponse:
        """Return what the handler answers to checked arguments, or the writer."""
        scenario, credential, state = context.scenario, context.credential, context.state
        assert scenario is not None  # noqa: S101 - the middleware before has chosen it
        tenant = credential.tenant if credential else None
        asker = partial(caller, context.presented, scope)
        if self.writes or state.sandbox.is_elsewhere:
            settings = state.settings
            document = self.service.generator.document.name
            whose = state.sandbox.name, settings.scenario, settings.clock, document
            call = LayerCall(*whose, self.name, tenant, arguments, asker())
            control = self.service.control
            return await control.called(call, scenario, receive, writes=self.writes)
        return await self._computed(context, scenario, tenant, arguments, asker, receive)

    async def answer_call(
        self, call: LayerCall, sandbox: Sandbox, scenario: Scenario, receive: Receive
    ) -> CachedResponse:
        """Return the answer to a call in the sandbox, which this process holds."""
        arguments = dict(call.arguments)
        if self.writes:
            compute = partial(self._write, call.tenant, arguments)
            whose = partial(sandbox.written, scenario, call.clock)
            return await in_turn(compute, whose, self.service.admission, receive)
        context = RequestContext(Headers(()), State(sandbox, sandbox.settings))
        return await self._computed(
            context, scenario, call.tenant, arguments, lambda: call.caller, receive, call.clock
        )

    def _write(
        self, tenant: str | None, arguments: dict[str, Any], transaction: Transaction
    ) -> CachedResponse:
        if not self.is_raw:  # rows are of 64-bit numbers
            arguments = short_integers(arguments, is_exact=False)
        return evolve(self._result(transaction, tenant, arguments), tag="")

    async def _computed(
        self,
        context: RequestContext,
        scenario: Scenario,
        tenant: str | None,
        arguments: dict[str, Any],
        asker: Callable[[], bytes],
        receive: Receive,
        clock: int | None = None,
    ) -> CachedResponse:
        """Return the handler's answer to checked arguments, and note whether it came from the
        cache. It is computed of all that was written before."""
        sandbox, admission = context.state.sandbox, self.service.admission
        day = context.state.settings.clock if clock is None else clock
        for _ in range(MOST_TRIES):
            data = scenario.data
            if not context.is_current:
                held = sandbox.held(scenario, day)
                data = data.base if held is None else await newest(held, admission)
            try:
                return await self._computed_of(data, context, tenant, arguments, asker, receive)
            except Outdated:  # it is written to faster than this is read, or was reset
                context.is_current = False
        raise Overloaded(RETRY_SECONDS)

    async def _computed_of(
        self,
        data: Data,
        context: RequestContext,
        tenant: str | None,
        arguments: dict[str, Any],
        asker: Callable[[], bytes],
        receive: Receive,
    ) -> CachedResponse:
        if self.is_raw:
            question = arguments["body"].content
        else:
            question = written(data.version, self.name, tenant, arguments)
        place = key(question) if self.may_cache else b""
        known = self.service.results.get(place) if self.may_cache else None
        if known is not None:
            context.cache_hit = True
            return known
        compute = partial(self._result, data, tenant, arguments)
        admission = self.service.admission
        cost: float | None = None
        response: CachedResponse | None = None
        if self.is_budgeted:
            cost = data.size * _COST_OF_ROW + len(question) * _COST_OF_BYTE
            try:
                response = await _LOOP.run(compute, cost, admission, receive)
            except TakesLong as found:
                cost = found.cost
            except Unprepared:
                pass  # a thread waits for the table
        if response is None:
            response = await admission.compute(compute, data, asker(), cost, receive)
        if self.may_cache:
            self.service.results.add(place, response)
        return response

    def _result(
        self, data: Data | Transaction, tenant: str | None, arguments: dict[str, Any]
    ) -> CachedResponse:
        assert self.handler is not None  # noqa: S101 - see `_wanted`
        result = self.handler(data, tenant, **arguments)
        if not isinstance(result, Answer):
            result = Answer(self.responses.success, result)
        return self._written(result)

    async def _made(
        self,
        context: RequestContext,
        wanted: Wanted,
        arguments: dict[str, Any],
        scope: Scope,
        receive: Receive,
    ) -> CachedResponse:
        """Return a generated answer to checked arguments, and note what was preferred of it."""
        response = await self._made_as(context, wanted, arguments, scope, receive)
        context.applied += [
            f"{name}={word(str(value).lower() if isinstance(value, bool) else value)}"
            for name in ("example", "dynamic", "seed")
            if (value := getattr(context.state.wanted, name)) not in (None, "")
        ]
        return response

    async def _made_as(
        self,
        context: RequestContext,
        wanted: Wanted,
        arguments: dict[str, Any],
        scope: Scope,
        receive: Receive,
    ) -> CachedResponse:
        if self.is_raw:  # nothing but a handler knows what is in it
            arguments = arguments | {"body": None}
        asked = self._asked(arguments, wanted, context.headers, scope)
        is_ordinary = wanted.status in (None, self.responses.ordinary)
        is_stored = is_ordinary and (wanted.example, wanted.dynamic) == (None, None)
        if is_stored and self.handler is None and self.stored is not None:
            if self.stored.writes and context.credential and context.credential.access == READ:
                raise MayOnlyRead
            asked = evolve(asked, wanted=Wanted(seed=wanted.seed))
            assert context.scenario is not None  # noqa: S101 - the entry has chosen it
            document = self.service.generator.document.name
            world = document, context.scenario.data.name, world_of(context)
            call = StoredCall(context.state.sandbox.name, world, self.name, asked)
            return await self.service.control.stored(call)
        where = asked.accept, asked.url, asked.origin
        place = key(written(self.name, arguments, *where, *astuple(wanted)))
        known = self.service.results.get(place)
        if known is not None:
            context.cache_hit = True
            return known
        assert context.scenario is not None  # noqa: S101 - as above
        response = await self.service.admission.compute(
            partial(self._make, asked),
            context.scenario.data,
            caller(context.presented, scope),
            None,
            receive,
        )
        self.service.results.add(place, response)
        return response

    def _asked(
        self, arguments: dict[str, Any], wanted: Wanted, headers: Headers, scope: Scope
    ) -> Asked:
        arguments = short_integers(arguments)
        by_place: dict[str, dict[str, Any]] = {"path": {}, "query": {}}
        for argument, parameter in self.parameters:
            if parameter.place in by_place:
                by_place[parameter.place][parameter.name] = arguments[argument]
        body = without_bytes(arguments.get("body")) if self.body is not None else None
        if levels(body) > MOST_LEVELS:
            raise UnreadableBody(f"The body is nested more than {MOST_LEVELS} levels deep")
        accept = ", ".join(headers.getlist("accept"))
        url = scope.get("raw_path", b"").decode("latin-1")
        return Asked(
            **by_place,
            body=body,
            body_type=headers.get("content-type"),
            accept=accept,
            wanted=wanted,
            url=url,
            origin=f"{scope.get('scheme', 'http')}://{headers.get('host')}"
            if "host" in headers
            else "",
        )

    def _make(self, asked: Asked) -> CachedResponse:
        return self._written(self.generated.answer(asked))

    async def answer_stored(self, call: StoredCall, stores: Stores) -> CachedResponse:
        """Return the answer to a call from the stores of its sandbox, which it may change."""
        assert self.stored is not None  # noqa: S101 - see `_made`
        whose = *call.world, call.asked.wanted.seed
        state = stores.version(whose)
        place = key(written(state, *whose, call.operation, *astuple(call.asked)))
        known = None if self.stored.writes else self.service.results.get(place)
        if known is not None:
            return known
        items = self.service.generator.items(call.asked.wanted.seed)
        store = stores.of(whose, items)
        compute = partial(self._answer_stored, call.asked, store, items)
        response = await asyncio.get_running_loop().run_in_executor(_STORING, compute)
        if not self.stored.writes:
            self.service.results.add(place, response)
        return response

    def _answer_stored(self, asked: Asked, store: Store, items: Items) -> CachedResponse:
        assert self.stored is not None  # noqa: S101 - see `_made`
        return self._written(self.stored.answer(asked, store, items))

    def _written(self, answer: Answer) -> CachedResponse:
        """Check the answer against the document, its status, headers and body, and write it."""
        place = answer.status, answer.media_type
        if place not in self._described:
            self._described[place] = self._describe(*place)
        has_body, schema = self._described[place]
        for header, value in answer.headers.items():
            if header.lower() in _OWN_HEADERS or not f"{header}{value}".isprintable():
                raise AnswerError(f"{self.name}: the header {header!r} is not an answer's to set")
        if not has_body and answer.body is not None:
            raise AnswerError(f"{self.name}: {answer.status} has no body in the document")
        if schema is not None and not schema.is_valid(answer.body):
            first = next(iter(schema.errors(answer.body)))
            where = "/".join(map(str, first.instance_path))
            raise AnswerError(f"{self.name} at /{where}: {first.message:.200}")
        return CachedResponse.of(answer, is_empty=not has_body)

    def _describe(self, status: int, media_type: str) -> tuple[bool, Schema | None]:
        """Return whether an answer has a body, and the schema of that where it is JSON. Raises
        AnswerError for a status that the document does not know."""
        response = self.responses.of(status)
        if response is None:
            documented = ", ".join(self.responses.names)
            raise AnswerError(f"{self.name}: {status} is none of {documented}")
        name = response.media_type(media_type) if is_json(media_type) else None
        schema = None if name is None or not is_json(name) else response.schema(name)
        return bool(response.content), schema

    async def _read(self, scope: Scope, headers: Headers, receive: Receive) -> dict[str, Any]:
        """Return the handler's arguments: the documented parameters, and the body with its
        defaults."""
        arguments: dict[str, Any] = {}
        found: list[InvalidValue] = []
        query = query_of(scope) if scope["query_string"] else {}
        for name, parameter in self.parameters:
            value, faults = parameter.read(scope, headers, query)
            arguments[name] = value
            found += faults
        if query and self.service.provider.strict_query and not query.keys() <= self._in_query:
            strange = {name: texts for name, texts in query.items() if name not in self._in_query}
            found += unknown(strange, [parameter for _, parameter in self.parameters])
        if self.is_raw:
            context = RequestContext.of(scope)
            arguments["body"] = await read_raw(context, receive, self.most_bytes)
        elif self.body is not None:
            body, faults = await self.body.read(headers, receive)
            found += faults
            # What a PATCH does not say stays as it is (RFC 7396).
            arguments["body"] = body if self._method == "patch" else self.body.filled(body)
        elif self._refuses_bodies and has_body(headers):
            raise HTTPException(415, "Unsupported media type: the operation takes no body")
        if found:
            raise InvalidRequest(tuple(found))
        return arguments


def _check_headers(headers: Headers) -> None:
    """Raise for a request that is not even read."""
    if sum(map(len, chain.from_iterable(headers.raw))) > MOST_HEADER_BYTES:
        raise HTTPException(431, f"Headers larger than {MOST_HEADER_BYTES} bytes")


async def _send(answer: CachedResponse, if_none_match: str, send: Send, *, is_head: bool) -> None:
    """Send the answer, or 304 without it where the caller has it; to HEAD all but its body (RFC
    9110, section 9.3.2). These POST requests only ask, as GET does, so they may be conditional too
    (our choice)."""
    headers = [(b"etag", answer.tag.encode()), (b"cache-control", b"private, no-cache")]
    if answer.status != HTTPStatus.OK or not answer.tag:
        headers = []
    elif if_none_match and answer.matches(if_none_match):
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body"})
        return
    headers += answer.headers
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_head else answer.raw})
