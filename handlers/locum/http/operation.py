"""One object per operation, built at start: it reads and checks a request, calls the handler in the
event loop or in a thread, by what that costs, checks the answer, and sends its bytes.

Checks are the compiled schemas of the effective document. What the document says is all there is:
a parameter it does not name never reaches a handler.
"""

from __future__ import annotations

import asyncio
import copy
import re
import time
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from itertools import chain
from typing import Any

from attrs import field, frozen
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from locum.engine.data import Data, TakesLong, Unprepared, Work
from locum.exceptions import InvalidRequest, InvalidValue
from locum.http.admission import Admission
from locum.http.body import receive_json
from locum.http.cache import CachedResponse, ResultCache, is_json, key, written
from locum.http.context import Headers, RequestContext
from locum.http.parameters import Parameter, query_of
from locum.http.security import caller
from locum.openapi.checks import identifier
from locum.openapi.schemas import Schema, Schemas, integers
from locum.provider import Answer, Handler, Provider

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


_JSON = "application/json"


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
        handler: Handler,
        service: Service,
        may_cache: bool = True,
        is_budgeted: bool = False,
    ) -> None:
        self.handler, self.service, self.may_cache = handler, service, may_cache
        self.is_budgeted = is_budgeted
        self.name = f"{method.upper()} {path}"
        here = ("paths", path, method)
        parameters = [
            Parameter(
                parameter["name"],
                parameter["in"],
                parameter.get("required", False),
                parameter.get("explode", True),
                schemas.at(*here, "parameters", index, "schema"),
                service.provider.explain or Schema.faults,
            )
            for index, parameter in enumerate(definition.get("parameters", []))
        ]
        self.parameters = [(identifier(parameter.name), parameter) for parameter in parameters]
        self.body: Schema | None = None
        self.changeable: dict[str, Any] = {}
        if "requestBody" in definition:
            content = (*here, "requestBody", "content", "application/json", "schema")
            self.body = schemas.at(*content)
            # Defaults that a handler may change are its own: each request has others.
            self.changeable = {
                name: value
                for name, value in self.body.defaults.items()
                if isinstance(value, dict | list)
            }
        responses = definition["responses"]
        contents = {name: each.get("content") or {} for name, each in responses.items()}
        answers = {
            name: _answer_schema(schemas, (*here, "responses", name, "content"), each)
            for name, each in contents.items()
        }
        documented = _documented(responses)
        self.answers = {status: answers[name] for status, name in documented.items()}
        self.empty = {status for status, name in documented.items() if not contents[name]}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises what `errors` turns into a failure's answer."""
        context = RequestContext.of(scope)
        _check_headers(context.headers)
        try:
            arguments = await self._read(scope, context.headers, receive)
            answer = await self._answer(context, arguments, scope, receive)
        except ClientDisconnect:
            return  # nobody is there to answer
        if_none_match = ", ".join(context.headers.getlist("if-none-match"))
        await _send(answer, if_none_match, send, is_head=scope["method"] == "HEAD")

    async def _answer(
        self, context: RequestContext, arguments: dict[str, Any], scope: Scope, receive: Receive
    ) -> CachedResponse:
        """Return the answer to checked arguments, and note whether it came from the cache."""
        scenario, credential = context.scenario, context.credential
        assert scenario is not None  # noqa: S101 - the middleware before has chosen it
        data, tenant = scenario.data, credential.tenant if credential else None
        question = written(data.version, self.name, tenant, arguments)
        place = key(question)
        known = self.service.results.get(place) if self.may_cache else None
        if known is not None:
            context.cache_hit = True
            return known
        compute = partial(self._compute, data, tenant, arguments)
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
            asker = caller(context.presented, scope)
            response = await admission.compute(compute, data, asker, cost, receive)
        if self.may_cache:
            self.service.results.add(place, response)
        return response

    def _compute(self, data: Data, tenant: str | None, arguments: dict[str, Any]) -> CachedResponse:
        result = self.handler(data, tenant, **arguments)
        answer = result if isinstance(result, Answer) else Answer(body=result)
        self._check(answer)
        return CachedResponse.of(answer, is_empty=answer.status in self.empty)

    def _check(self, answer: Answer) -> None:
        """Check the answer against the document: its status, and its body if that is JSON."""
        status = answer.status
        if status not in self.answers:
            documented = ", ".join(map(str, self.answers))
            raise AnswerError(f"{self.name}: {status} is none of {documented}")
        for header, value in answer.headers.items():
            if header.lower() in _OWN_HEADERS or not f"{header}{value}".isprintable():
                raise AnswerError(f"{self.name}: the header {header!r} is not an answer's to set")
        if status in self.empty and answer.body is not None:
            raise AnswerError(f"{self.name}: {status} has no body in the document")
        schema = self.answers[status]
        if schema is None or not (answer.media_type == _JSON or is_json(answer.media_type)):
            return
        if not schema.is_valid(answer.body):
            first = next(iter(schema.errors(answer.body)))
            where = "/".join(map(str, first.instance_path))
            raise AnswerError(f"{self.name} at /{where}: {first.message:.200}")

    async def _read(self, scope: Scope, headers: Headers, receive: Receive) -> dict[str, Any]:
        """Return the handler's arguments: the documented parameters, and the body with its
        defaults."""
        arguments: dict[str, Any] = {}
        found: list[InvalidValue] = []
        query = query_of(scope) if self.parameters else {}
        for name, parameter in self.parameters:
            value, faults = parameter.read(parameter.texts(scope, headers, query))
            arguments[name] = value
            found += faults
        if self.body is not None:
            body, faults = self._read_body(self.body, await receive_json(headers, receive))
            found += faults
            if isinstance(body, dict):
                body = self.body.defaults | copy.deepcopy(self.changeable) | body
            arguments["body"] = body
        if found:
            raise InvalidRequest(tuple(found))
        return arguments

    def _read_body(self, schema: Schema, value: object) -> tuple[Any, tuple[InvalidValue, ...]]:
        provider = self.service.provider
        faults: tuple[InvalidValue, ...] = ()
        if provider.read_body is not None:
            value, faults = provider.read_body(schema, value)
        elif not schema.accepts(value):
            faults = (provider.explain or Schema.faults)(schema, value, ("body",))
        return (value if faults else integers(value)), faults


_STATUSES = range(200, 600)


def _documented(responses: Mapping[str, Any]) -> dict[int, str]:
    """Return the statuses that an operation may answer, those of ranges and of default too, each
    with the name of the response that describes it."""
    found = dict.fromkeys(_STATUSES, "default") if "default" in responses else {}
    for first in "2345":
        if f"{first}XX" in responses:
            hundred = int(first) * 100
            found |= dict.fromkeys(range(hundred, hundred + 100), f"{first}XX")
    found |= {int(n): n for n in responses if n.isdecimal() and int(n) in _STATUSES}
    return dict(sorted(found.items()))


def _answer_schema(
    schemas: Schemas, place: tuple[str, ...], contents: Mapping[str, Any]
) -> Schema | None:
    """Return the schema of the JSON body among the contents at that place, None where there is
    none."""
    for media_type, content in contents.items():
        if is_json(media_type) and "schema" in content:
            return schemas.at(*place, media_type, "schema")
    return None


def _check_headers(headers: Headers) -> None:
    """Raise for a request that is not even read."""
    if "accept" in headers and not _accepts_json(", ".join(headers.getlist("accept"))):
        raise HTTPException(406, "Only application/json is served")
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


_RANGE = re.compile(r"\s*(application/json|application/\*|\*/\*)\s*(;.*)?\Z", re.IGNORECASE)
_NO_QUALITY = re.compile(r";\s*q\s*=\s*0(\.0*)?\s*(;|\Z)", re.IGNORECASE)


def _accepts_json(accept: str) -> bool:
    """Return whether the Accept header admits application/json: the most specific range decides
    (RFC 9110, section 12.5.1); an empty header, as an absent one, admits everything."""
    if not accept.strip() or accept == "*/*":
        return True
    found = {r[1].lower(): r[2] or "" for r in map(_RANGE.match, accept.split(",")) if r}
    for media_range in ("application/json", "application/*", "*/*"):
        if media_range in found:
            return not _NO_QUALITY.search(found[media_range])
    return False
