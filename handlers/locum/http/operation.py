"""One object per operation, built at start: it reads and checks a request, calls the handler in a
worker thread, checks the answer, and sends its bytes.

Checks are the compiled schemas of the effective document. What the document says is all there is:
a parameter it does not name never reaches a handler.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from typing import Any

from attrs import field, frozen
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from locum.engine import kept
from locum.exceptions import InvalidRequest, InvalidValue
from locum.http import results as answers
from locum.http.body import integral, receive_json
from locum.http.headers import Headers
from locum.http.keys import OPENED, caller
from locum.http.parameters import Parameter, query_of
from locum.http.rate_limit import RateLimit
from locum.http.results import Answer, Answers
from locum.langsmith.pydantic_errors import faults as schema_faults
from locum.openapi.schemas import Schema, Schemas
from locum.scenarios import SCENARIO, Scenario

# A statement runs without the interpreter's lock, so a thread a core is put to use; more only get
# into each other's way.
_WORKERS = ThreadPoolExecutor(os.cpu_count(), "locum")
# What a question of so many bytes asks of a small dataset takes less time than handing it over to a
# thread and back. There is no room in it for a filter that takes long.
_SHORT = 1000

MOST_HEADER_BYTES = 65_536  # of all names and values

BodyReader = Callable[[Schema, object], tuple[object, tuple[InvalidValue, ...]]]


def read_json_schema(schema: Schema, value: object) -> tuple[object, tuple[InvalidValue, ...]]:
    """The value, each number without a fraction an int, and where it breaks the schema."""
    found = schema_faults(schema, value, ("body",))
    return (value if found else integral(value)), found


@frozen
class Service:
    """What the operations of a document share. Without a `rate_limit` there is none."""

    provider: str
    read_body: BodyReader
    rate_limit: RateLimit | None = None
    answers: Answers = field(factory=Answers)


class AnswerError(Exception):
    """A handler's answer breaks the document: our fault, never the client's."""


def identifier(name: str) -> str:
    """The name as Python would have it: what is no letter, digit or underscore becomes one."""
    return re.sub(r"[\W_]+", "_", name).strip("_").lower()


class Operation:
    """An operation of a document as an ASGI application."""

    def __init__(
        self,
        path: str,
        method: str,
        definition: dict[str, Any],
        *,
        schemas: Schemas,
        secured: bool,
        handler: Callable[..., dict[str, Any]],
        service: Service,
    ) -> None:
        self.secured, self.handler, self.service = secured, handler, service
        self.name = f"{method.upper()} {path}"
        here = ("paths", path, method)
        parameters = [
            Parameter(
                parameter["name"],
                parameter["in"],
                parameter.get("required", False),
                parameter.get("explode", True),
                schemas.at(*here, "parameters", index, "schema"),
            )
            for index, parameter in enumerate(definition.get("parameters", []))
        ]
        self.parameters = [(identifier(parameter.name), parameter) for parameter in parameters]
        self.body: Schema | None = None
        if "requestBody" in definition:
            content = (*here, "requestBody", "content", "application/json", "schema")
            self.body = schemas.at(*content)
        answer = (*here, "responses", "200", "content", "application/json", "schema")
        self.answer = schemas.at(*answer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises what `errors` turns into a failure's answer."""
        headers = Headers.of(scope)
        scenario: Scenario = scope[SCENARIO]
        tenant = self._admit(scenario, scope, headers)
        try:
            arguments = await self._read(scope, headers, receive)
        except ClientDisconnect:
            return  # nobody is there to answer
        answer, known = await self._answer(scenario, tenant, arguments)
        await _send(answer, ", ".join(headers.getlist("if-none-match")), send, known=known)

    async def _answer(
        self, scenario: Scenario, tenant: str | None, arguments: dict[str, Any]
    ) -> tuple[Answer, bool]:
        """The answer to checked arguments, and whether it was known; else it is computed now."""
        question = answers.written(scenario.version, self.name, tenant, arguments)
        key = kept.key(question)
        known = self.service.answers.get(key)
        if known is not None:
            return known, True
        if scenario.engine.is_small and len(question) <= _SHORT:
            result = self.handler(scenario.engine, tenant, **arguments)
        else:
            compute = partial(self.handler, scenario.engine, tenant, **arguments)
            result = await asyncio.get_running_loop().run_in_executor(_WORKERS, compute)
        if not self.answer.is_valid(result):
            first = next(iter(self.answer.errors(result)))
            where = "/".join(map(str, first.instance_path))
            raise AnswerError(f"{self.name} at /{where}: {first.message:.200}")
        answer = Answer.of(result)
        self.service.answers.keep(key, answer)
        return answer, False

    def _admit(self, scenario: Scenario, scope: Scope, headers: Headers) -> str | None:
        """The caller's tenant. Raises for a request that is not even read."""
        keyring = scenario.keyrings[self.service.provider]
        tenant = keyring.tenant(headers, scope.get(OPENED, ("", ()))) if self.secured else None
        if self.service.rate_limit is not None:
            self.service.rate_limit.count(caller(headers, scope))
        if "accept" in headers and not _accepts_json(", ".join(headers.getlist("accept"))):
            raise HTTPException(406, "Only application/json is served")
        if sum(map(len, chain.from_iterable(headers.raw))) > MOST_HEADER_BYTES:
            raise HTTPException(431, f"Headers larger than {MOST_HEADER_BYTES} bytes")
        return tenant

    async def _read(self, scope: Scope, headers: Headers, receive: Receive) -> dict[str, Any]:
        """The handler's arguments: the documented parameters, and the body with its defaults."""
        arguments: dict[str, Any] = {}
        found: list[InvalidValue] = []
        query = query_of(scope)
        for name, parameter in self.parameters:
            value, faults = parameter.read(parameter.texts(scope, headers, query))
            arguments[name] = value
            found += faults
        if self.body is not None:
            received = await receive_json(headers, receive)
            body, faults = self.service.read_body(self.body, received)
            found += faults
            if isinstance(body, dict):
                arguments["body"] = self.body.defaults | body
        if found:
            raise InvalidRequest(tuple(found))
        return arguments


async def _send(answer: Answer, if_none_match: str, send: Send, *, known: bool) -> None:
    """200 with the answer, or 304 without where the caller has it. These POST requests only ask, as
    GET does, so they may be conditional too (our choice)."""
    start = {"type": "http.response.start", answers.KNOWN: known}
    headers = [(b"etag", answer.tag.encode()), (b"cache-control", b"private, no-cache")]
    if if_none_match and answer.is_known(if_none_match):
        await send(start | {"status": 304, "headers": headers})
        await send({"type": "http.response.body"})
        return
    headers += [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(answer.raw)).encode()),
    ]
    await send(start | {"status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer.raw})


_RANGE = re.compile(r"\s*(application/json|application/\*|\*/\*)\s*(;.*)?\Z", re.IGNORECASE)
_NO_QUALITY = re.compile(r";\s*q\s*=\s*0(\.0*)?\s*(;|\Z)", re.IGNORECASE)


def _accepts_json(accept: str) -> bool:
    """Whether the Accept header admits application/json: the most specific range decides (RFC 9110,
    section 12.5.1); an empty header, as an absent one, admits everything."""
    if not accept.strip() or accept == "*/*":
        return True
    found = {r[1].lower(): r[2] or "" for r in map(_RANGE.match, accept.split(",")) if r}
    for media_range in ("application/json", "application/*", "*/*"):
        if media_range in found:
            return not _NO_QUALITY.search(found[media_range])
    return False
