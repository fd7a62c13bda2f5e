"""One object per operation, built at start: it reads and checks a request, calls the handler in a
worker thread, checks the answer, and sends its bytes.

Checks are the compiled schemas of the effective document. What the document says is all there is:
a parameter it does not name never reaches a handler.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import orjson
from attrs import frozen
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, QueryParams
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from understudy.auth import Keyring
from understudy.engine import DuckDB
from understudy.exceptions import InvalidRequest, InvalidValue
from understudy.schemas import Schema, Schemas
from understudy.validation import faults

MOST_BYTES = 1_048_576  # of a request's body

BodyReader = Callable[[Schema, object], tuple[object, tuple[InvalidValue, ...]]]


def read_json_schema(schema: Schema, value: object) -> tuple[object, tuple[InvalidValue, ...]]:
    """The value as it is, and where it breaks the schema."""
    return value, faults(schema, value, ("body",))


class AnswerError(Exception):
    """A handler's answer breaks the document: our fault, never the client's."""


@frozen
class Parameter:
    """A documented path, query or header parameter and its compiled schema."""

    name: str
    place: str
    required: bool
    explode: bool
    schema: Schema

    def read(self, texts: list[str]) -> tuple[object, tuple[InvalidValue, ...]]:
        """The value of the parameter's texts in the request, and where it breaks its schema."""
        location = (self.place, self.name)
        if not texts:
            if self.required:
                return None, (InvalidValue(location, "Field required", "missing"),)
            return self.schema.raw.get("default"), ()
        value: object = _coerced(texts[-1], self.schema.types)
        if "array" in self.schema.types:
            items = texts if self.explode else texts[-1].split(",")
            types = frozenset([self.schema.raw.get("items", {}).get("type", "string")])
            value = [_coerced(text, types) for text in items]
        return value, faults(self.schema, value, location)


_INTEGER = re.compile(r"-?\d{1,18}\Z", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,300}(\.\d{1,300})?\Z", re.ASCII)


def _coerced(text: str, types: frozenset[str]) -> object:
    """A parameter's text as the JSON value that its schema's types admit, else as it is."""
    if "integer" in types and _INTEGER.match(text):
        return int(text)
    if "number" in types and _NUMBER.match(text):
        return float(text)
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    return text


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
        engine: DuckDB,
        keyring: Keyring,
        read_body: BodyReader,
    ) -> None:
        self.secured, self.keyring = secured, keyring
        self.handler, self.engine, self.read_body = handler, engine, read_body
        here = ("paths", path, method)
        self.parameters = [
            Parameter(
                parameter["name"],
                parameter["in"],
                parameter.get("required", False),
                parameter.get("explode", True),
                schemas.at(*here, "parameters", index, "schema"),
            )
            for index, parameter in enumerate(definition.get("parameters", []))
        ]
        self.body: Schema | None = None
        if "requestBody" in definition:
            content = (*here, "requestBody", "content", "application/json", "schema")
            self.body = schemas.at(*content)
        answer = (*here, "responses", "200", "content", "application/json", "schema")
        self.answer = schemas.at(*answer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises what `errors` turns into a failure's answer."""
        headers = Headers(scope=scope)
        tenant = self.keyring.tenant(headers) if self.secured else None
        arguments, found = self._read_parameters(scope, headers)
        if self.body is not None:
            body, more = self._read_body(self.body, await _receive_json(headers, receive))
            arguments["body"] = body
            found += more
        if found:
            raise InvalidRequest(tuple(found))
        result = await run_in_threadpool(self.handler, self.engine, tenant, **arguments)
        if not self.answer.is_valid(result):
            first = next(iter(self.answer.errors(result)))
            where = "/".join(map(str, first.instance_path))
            raise AnswerError(f"{scope['path']} at /{where}: {first.message:.200}")
        raw = orjson.dumps(result)
        start = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(raw)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": start})
        await send({"type": "http.response.body", "body": raw})

    def _read_parameters(
        self, scope: Scope, headers: Headers
    ) -> tuple[dict[str, Any], list[InvalidValue]]:
        query = QueryParams(scope["query_string"])
        arguments: dict[str, Any] = {}
        found: list[InvalidValue] = []
        for parameter in self.parameters:
            name = parameter.name
            texts = {
                "path": lambda name: [scope["path_params"][name.replace("-", "_")]],
                "query": query.getlist,
                "header": headers.getlist,
            }[parameter.place](name)
            arguments[identifier(name)], more = parameter.read(texts)
            found += more
        return arguments, found

    def _read_body(self, schema: Schema, value: object) -> tuple[object, tuple[InvalidValue, ...]]:
        value, found = self.read_body(schema, value)
        if isinstance(value, dict) and not found:
            value = schema.defaults | value
        return value, found


async def _receive_json(headers: Headers, receive: Receive) -> object:
    """The request's JSON body. Raises HTTPException 413 or 415, or InvalidRequest."""
    media_type = headers.get("content-type", "application/json").split(";")[0].strip().lower()
    if (
        media_type != "application/json"
        or headers.get("content-encoding", "identity") != "identity"
    ):
        raise HTTPException(415, f"Unsupported media type: {media_type}, not application/json")
    raw = bytearray()
    more = True
    while more:
        message = await receive()
        raw += message.get("body", b"")
        more = message.get("more_body", False)
        if len(raw) > MOST_BYTES:
            raise HTTPException(413, f"Body larger than {MOST_BYTES} bytes")
    if not raw:
        raise InvalidRequest((InvalidValue(("body",), "Field required", "missing"),))
    try:
        # Strict UTF-8, no NaN, no lone surrogate, bounded depth: each is a ValueError here.
        return _integral(orjson.loads(bytes(raw)))
    except ValueError as error:
        fault = InvalidValue(("body",), f"JSON decode error: {error}", "json_invalid")
        raise InvalidRequest((fault,)) from None


def _integral(value: Any) -> Any:
    """JSON has one kind of number: 10.0 is the integer 10 to a schema, and here too.

    Changes the parsed value in place, without recursion: it may be nested a thousand deep.
    """
    root = [value]
    waiting: list[Any] = [root]
    while waiting:
        node = waiting.pop()
        for key, item in list(node.items() if isinstance(node, dict) else enumerate(node)):
            if isinstance(item, float) and item.is_integer() and abs(item) < 2**63:
                node[key] = int(item)
            elif isinstance(item, dict | list):
                waiting.append(item)
    return root[0]
