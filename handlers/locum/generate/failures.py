"""Failures in the words of the document: its own schema for a status, filled with what went wrong.

A value of the schema is made, and what its names ask for is put in where it fits: the sentence, the
status, each fault with its place. What is not asked for is left out where the schema lets it.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from attrs import frozen

from locum.exceptions import InvalidRequest, InvalidValue
from locum.generate import examples
from locum.generate.generated import Generator
from locum.generate.values import NoValue
from locum.generate.writing import body_of
from locum.openapi.media_types import is_json
from locum.openapi.responses import Responses
from locum.openapi.schemas import Schema
from locum.provider import Answer, Failure

_INVALID = (422, 400)  # the statuses by which documents answer a request that breaks them
_LONGEST = 2_000  # characters of a sentence

_SENTENCE = {
    "message", "detail", "details", "description", "errormessage", "errordescription", "msg",
    "reason", "text", "error", "summary", "usermessage", "developermessage", "fault", "cause",
}  # fmt: skip
_TITLE = {"title", "name", "statustext", "error", "type", "phrase", "category"}
_STATUS = {"status", "statuscode", "code", "httpstatus", "httpcode", "errorcode"}
_CODE = {"code", "type", "kind", "errorcode", "errortype", "slug", "id", "error", "status"}
_FAULTS = {"errors", "details", "detail", "violations", "issues", "validationerrors", "faults",
    "invalidparams", "fielderrors", "messages", "causes"}  # fmt: skip
_PLACE = {"field", "path", "pointer", "param", "parameter", "property", "name", "location", "loc",
    "source", "key", "target", "attribute", "in"}  # fmt: skip
_FOUND = {"found", "value", "input", "rejectedvalue", "actual"}
_INSTANCE = {"instance", "path", "resource", "requestpath"}


@frozen
class Failures:
    """What an operation answers where it fails, as its document describes it."""

    responses: Responses
    generator: Generator

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

    def answer(self, failure: Failure, example: str | None = None) -> Answer | None:
        """Return the answer; None where the document describes none, or none that could be filled.
        With an example that one, where it fits; "" is the first of all."""
        status = self.status(failure)
        response = self.responses.of(status)
        if response is None:
            return None
        if not response.content:
            return Answer(status, None)
        media_type = next(filter(is_json, response.content), next(iter(response.content)))
        given = examples.fitting(response, media_type) if example is not None else {}
        if given:
            body = given.get(example or "", next(iter(given.values())))
            return Answer(status, *body_of(body, media_type)[:1], {}, media_type)
        schema = response.schema(media_type)
        if schema is None:
            return None
        if not is_json(media_type):
            is_text = "string" in schema.types
            return Answer(status, failure.detail, {}, media_type) if is_text else None
        with self.generator.lock:
            try:
                place = response.place(media_type) or ()
                body = self.generator.values.make(place, b"failure", use_examples=False)
            except NoValue:
                return None
        return Answer(status, _filled(body, failure, status, schema), {}, media_type)


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
    valid after it."""
    if isinstance(body, list):
        yield lambda b: [_fault(b[0], fault, failure, status) for fault in _faults(failure)]
        return
    for path, value in _places(body):
        for new in _fillings(path, value, failure, status):
            yield lambda b, path=path, new=new: _with(b, path, new)
        if not any(True for _ in _fillings(path, value, failure, status)) and not isinstance(
            value, dict
        ):
            yield lambda b, path=path: _without(b, path)


def _places(body: Any, here: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the place of each member of the objects in each other, and its value."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield (*here, name), value
            yield from _places(value, (*here, name))


def _fillings(path: tuple[str, ...], value: Any, failure: Failure, status: int) -> Iterator[Any]:
    """Yield what a member may be, the least wanted first: where several fit, the last one stays."""
    name = _plain(path[-1])
    if isinstance(value, list) and name in _FAULTS:
        template = value[0] if value else {}
        yield [failure.detail]
        yield [_fault(template, fault, failure, status) for fault in _faults(failure)]
    elif isinstance(value, bool):
        if name in ("success", "ok", "succeeded"):
            yield False
    elif isinstance(value, int | float):
        if name in _STATUS:
            yield status
    elif isinstance(value, str):
        if name in _INSTANCE:
            yield failure.path
        if name in _CODE:
            yield str(status)
            yield _slug(status)
        if name == "type":
            yield "about:blank"
            yield _slug(status) if not value.startswith(("http", "about:")) else "about:blank"
        if name in _TITLE - {"error", "type"}:
            yield HTTPStatus(status).phrase if status in set(HTTPStatus) else failure.detail
        if name in _SENTENCE:
            yield failure.detail[:_LONGEST]


def _fault(template: Any, fault: InvalidValue, failure: Failure, status: int) -> Any:
    """Return one fault in the shape of the template, an item of the list of faults."""
    where = ".".join(map(str, fault.location))
    if isinstance(template, str):
        return f"{where}: {fault.message}" if where else fault.message
    if not isinstance(template, dict):
        return template
    made = {}
    for each, value in template.items():
        name = _plain(each)
        if name in _PLACE and isinstance(value, list):
            made[each] = [str(token) for token in fault.location]
        elif name in _PLACE and isinstance(value, dict):
            made[each] = _fault(value, fault, failure, status)
        elif name == "in" and isinstance(value, str):
            made[each] = str(fault.location[0]) if fault.location else value
        elif name in _PLACE and isinstance(value, str):
            made[each] = where
        elif name in _CODE and isinstance(value, str) and name != "error":
            made[each] = fault.kind
        elif name in _STATUS and isinstance(value, int):
            made[each] = status
        elif name in _SENTENCE | _TITLE and isinstance(value, str):
            made[each] = fault.message
        elif name in _FOUND:
            made[each] = fault.found
        else:
            made[each] = value
    return made


def _faults(failure: Failure) -> tuple[InvalidValue, ...]:
    return failure.faults or (InvalidValue((), failure.detail, _slug(failure.status)),)


def _slug(status: int) -> str:
    """Return the status' phrase as codes are mostly written: not_found."""
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else f"status {status}"
    return re.sub(r"[^a-z0-9]+", "_", phrase.lower()).strip("_")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


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
