"""Failures in the words of the document: its own schema for a status, filled with what went wrong.

A value of the schema is made, and what its names ask for is put in where it fits: the sentence, the
status, each fault with its place. What is not asked for is left out where the schema lets it.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from attrs import frozen

from locum.exceptions import InvalidRequest, InvalidValue
from locum.generate.generator import Generator
from locum.generate.names import plain
from locum.openapi.media_types import essence, is_json, is_xml
from locum.openapi.phrases import phrase
from locum.openapi.responses import Response, Responses
from locum.openapi.schemas import Schema
from locum.openapi.walk import Pointer
from locum.provider import Answer, Failure

_INVALID = (422, 400)  # the statuses by which documents answer a request that breaks them
_PROBLEM = "application/problem+json"

# What the names of members ask for, without their style.
# fmt: off
_SENTENCE = frozenset([
    "message", "detail", "details", "description", "errormessage", "errordescription", "msg",
    "reason", "text", "error", "summary", "usermessage", "developermessage", "fault", "cause",
    "why", "info", "problem", "explanation", "errorsummary", "errormsg", "errordetail", "note",
])
_TITLE = frozenset(["title", "name", "statustext", "phrase", "category"])
_STATUS = frozenset(["status", "statuscode", "code", "httpstatus", "httpcode", "errorcode"])
_ONLY_STATUS = _STATUS - {"code", "errorcode"}  # a text too
_FIELD = frozenset(["field", "param", "parameter", "property", "attribute", "pointer"])
_CODE = frozenset([
    "code", "type", "kind", "errorcode", "errortype", "slug", "id", "error",
])
_FAULTS = frozenset([
    "errors", "details", "detail", "violations", "issues", "validationerrors", "faults",
    "invalidparams", "fielderrors", "messages", "causes",
])
_PLACE = frozenset([
    "field", "path", "pointer", "param", "parameter", "property", "name", "location", "loc",
    "source", "key", "target", "attribute", "in",
])
# fmt: on
_FOUND = frozenset(["found", "value", "input", "rejectedvalue", "actual"])
_INSTANCE = frozenset(["instance", "path", "resource", "requestpath"])
_SUCCESS = frozenset(["success", "ok", "succeeded"])


@frozen
class Failures:
    """What an operation answers where it fails, as its document describes it."""

    responses: Responses
    generator: Generator

    @property
    def is_static(self) -> bool:
        """Whether answers are placeholders."""
        return self.generator.manner.is_static

    def status(self, failure: Failure) -> int:
        """Return the status of the answer: that of a request which breaks the document is 422 or
        400, whichever is documented by itself, else by a range or by default."""
        if not isinstance(failure.error, InvalidRequest):
            return failure.status
        ways = (failure.status, *(each for each in _INVALID if each != failure.status))
        for status in ways:
            if str(status) in self.responses.names:
                return status
        return next((each for each in ways if self.responses.of(each)), failure.status)

    def lacks(self, failure: Failure, example: str) -> bool:
        """Return whether the documented answer has a body, and no example of that name."""
        from locum.generate import examples  # noqa: PLC0415  # see `generator`

        response = self.responses.of(self.status(failure))
        if response is None or not response.content:
            return False
        return example not in examples.named(response, _media_type(response))

    def answer(self, failure: Failure, example: str | None = None) -> Answer | None:
        """Return the answer; None where the document describes none, or none that could be filled.
        With an example that one, where it fits; "" is the first of all. Where a server answers with
        placeholders, so it does here: with an example, else with what is not filled."""
        from locum.generate import examples  # noqa: PLC0415  # see `generator`

        status = self.status(failure)
        response = self.responses.of(status)
        if response is None:
            return None
        if not response.content:
            return Answer(status, None)
        media_type, is_static = _media_type(response), self.is_static
        takes_examples = is_static or example is not None
        given = examples.fitting(response, media_type) if takes_examples else {}
        if given:
            body = given.get(example or "", next(iter(given.values())))
            body, _ = self.generator.written(body, response, media_type, media_type)
            return Answer(status, body, {}, media_type)
        schema = response.schema(media_type)
        if schema is None:
            return None
        if not (is_json(media_type) or is_xml(media_type) or is_static):
            is_text = "string" in schema.types
            return Answer(status, failure.detail, {}, media_type) if is_text else None
        made = self._made(response.place(media_type) or ())
        if made is None:
            return None
        body = made[0]
        if is_static:
            body, _ = self.generator.written(body, response, media_type, media_type)
            return Answer(status, body, {}, media_type)
        body = _filled(body, failure, status, schema)
        if essence(media_type) == _PROBLEM and isinstance(body, dict) and "type" in body:
            known = {**body, "type": "about:blank"}  # RFC 9457, section 4.2.1: no more than that
            body = known if schema.accepts(known) else body
        body, _ = self.generator.written(body, response, media_type, media_type)
        return Answer(status, body, {}, media_type)

    def _made(self, place: Pointer) -> tuple[Any] | None:
        """Return a value for the schema at that place, None where none can be made."""
        from locum.generate.values import NoValue  # noqa: PLC0415  # see `generator`

        with self.generator.lock:
            values = self.generator.values
            try:
                if self.is_static:
                    return (values.static(place),)
                return (values.make(place, b"failure", use_examples=False),)
            except NoValue:
                return None


def _media_type(response: Response) -> str:
    """Return the media type of a failure's body: JSON, where that is documented."""
    return next(filter(is_json, response.content), next(iter(response.content)))


def _filled(body: Any, failure: Failure, status: int, schema: Schema) -> Any:
    """Return the valid body with what is known of the failure, as far as it stays valid."""
    if isinstance(body, str):
        return failure.detail if schema.accepts(failure.detail) else body
    for change in _changes(body, failure, status):
        changed = change(copy.deepcopy(body))
        if schema.accepts(changed):
            body = changed
    return body


Change = Callable[[Any], Any]


def _changes(body: Any, failure: Failure, status: int) -> Iterator[Change]:
    """Yield what is to be done to the body, one after the other: each counts only where the body is
    valid after it, so of several for one place the last one stays."""
    if isinstance(body, list):
        yield lambda b: _list_of_faults(b, failure, status)
        return
    for path, value in _places(body):
        fillings = [*_fillings(path[-1], value, failure, status)]
        yield from (partial(_with, path=path, new=new) for new in fillings)
        if not fillings and not isinstance(value, dict):
            yield partial(_without, path=path)


def _places(body: Any, here: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the place of each member of the objects in each other, and its value."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield (*here, name), value
            yield from _places(value, (*here, name))


def _phrase(status: int) -> str:
    return phrase(status) or f"Status {status}"


def _slug(status: int) -> str:
    """Return the status' phrase as codes are mostly written: not_found."""
    return re.sub(r"[^a-z0-9]+", "_", _phrase(status).lower()).strip("_")


def _cut(length: int, failure: Failure, _status: int) -> str:
    return failure.detail[:length]


_LENGTHS = (10, 30, 60, 120, 250, 2_000)  # characters of a sentence, where a schema limits them
# What a text of a body is by its name, the least wanted first.
_TEXTS: tuple[tuple[frozenset[str], Callable[[Failure, int], str]], ...] = (
    (_INSTANCE, lambda failure, _: failure.path),
    (_CODE | _ONLY_STATUS, lambda _, status: str(status)),
    (frozenset(["type"]), lambda _failure, _status: "about:blank"),
    (_CODE, lambda _, status: _slug(status)),
    (_TITLE, lambda _, status: _phrase(status)),
    *((_SENTENCE, partial(_cut, length)) for length in _LENGTHS),
)


def _fillings(name: str, value: Any, failure: Failure, status: int) -> Iterator[Any]:
    """Yield what a member of that name and value may be, the least wanted first."""
    word = plain(name)
    match value:
        case list() if word in _FAULTS:
            yield [failure.detail]
            yield _list_of_faults(value, failure, status)
        case dict() if word in _FAULTS and failure.faults:
            yield {_field(each): each.message for each in failure.faults}
            yield {_field(each): [each.message] for each in failure.faults}
        case bool() if word in _SUCCESS:
            yield False
        case int() | float() if word in _STATUS and not isinstance(value, bool):
            yield status
        case str() if word in _FIELD:
            yield None
            yield from (
                _pointer(each) if word == "pointer" else _field(each) for each in failure.faults[:1]
            )
        case str():
            yield from (text(failure, status) for names, text in _TEXTS if word in names)


def _list_of_faults(body: list[Any], failure: Failure, status: int) -> list[Any]:
    """Return one item for each fault, in the shape of the first item of the body."""
    template = body[0] if body else ""
    faults = failure.faults or (InvalidValue((), failure.detail, _slug(status)),)
    return [_fault(template, fault, status) for fault in faults]


def _fault(template: Any, fault: InvalidValue, status: int) -> Any:
    """Return the fault in the shape of the template, an item of a list of faults."""
    if isinstance(template, str):
        return f"{_where(fault)}: {fault.message}" if fault.location else fault.message
    if not isinstance(template, dict):
        return template
    made: dict[str, Any] = {}
    for name, value in template.items():
        found = [*_fillings_of_fault(plain(name), value, fault, status)]
        made[name] = found[0] if found else value
    return made


def _fillings_of_fault(word: str, value: Any, fault: InvalidValue, status: int) -> Iterator[Any]:
    """Yield what a member of a fault may be, the most wanted first."""
    match value:
        case list() if word in _PLACE:
            yield [str(token) for token in fault.location]
        case dict() if word in _PLACE:
            yield _fault(value, fault, status)
        case str():
            yield from (text(fault, status) for names, text in _TEXTS_OF_FAULT if word in names)
        case int() if word in _STATUS:
            yield status
    if word in _FOUND:
        yield fault.found


def _field(fault: InvalidValue) -> str:
    """Return the place of a fault within its part of the request: items.0.n of the body."""
    return ".".join(map(str, fault.location[1:] or fault.location))


def _pointer(fault: InvalidValue) -> str:
    """Return the same as a JSON Pointer."""
    return "".join(f"/{token}" for token in fault.location[1:])


def _where(fault: InvalidValue) -> str:
    return ".".join(map(str, fault.location))


# What a text of a fault is by its name, the most wanted first.
_TEXTS_OF_FAULT: tuple[tuple[frozenset[str], Callable[[InvalidValue, int], str]], ...] = (
    (frozenset(["pointer"]), lambda fault, _: _pointer(fault)),
    (_ONLY_STATUS, lambda _, status: str(status)),
    (frozenset(["in"]), lambda fault, _: str(next(iter(fault.location), ""))),
    (_PLACE, lambda fault, _: _where(fault)),
    (_CODE - {"error"}, lambda fault, _: fault.kind),
    (_SENTENCE | _TITLE, lambda fault, _: fault.message),
)


def _with(body: Any, path: tuple[str, ...], new: Any) -> Any:
    holder = _holder(body, path)
    if holder is not None:
        holder[path[-1]] = new
    return body


def _without(body: Any, path: tuple[str, ...]) -> Any:
    holder = _holder(body, path)
    if holder is not None:
        holder.pop(path[-1], None)
    return body


def _holder(body: Any, path: tuple[str, ...]) -> Any:
    """Return the object that holds the member at the path, None where it is there no more."""
    for name in path[:-1]:
        if not isinstance(body, dict) or name not in body:
            return None
        body = body[name]
    return body
