"""Generated values of a document, judged by two validators: jsonschema-rs, and jsonschema, which is
written without it. Neither is asked through the package."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import orjson
from attrs import frozen
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from locum.generate.values import NoValue, Values
from locum.openapi import documents
from locum.openapi.walk import METHODS, json_pointer, resolve, tokens

DOCUMENT = "urn:judged"
JSON = re.compile(r"(application|text)/([\w.+-]+\+)?json\b|\*/\*", re.IGNORECASE)

Place = tuple[tuple[str | int, ...], str]


@frozen
class Judged:
    """A value for the schema at `place`, and how long it took; `error` tells who found it invalid,
    and why."""

    place: Place
    text: bytes
    seconds: float
    error: str | None


def places(document: dict[str, Any]) -> Iterator[Place]:
    """Yield the pointer of the schema of each JSON body, and its mode, each once."""
    found: dict[Place, None] = {}
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            operation = item.get(method, {})
            bodies: list[tuple[tuple[str, ...], str, Any]] = [
                (("requestBody",), "request", operation.get("requestBody", {}))
            ]
            for status, response in operation.get("responses", {}).items():
                bodies.append((("responses", status), "response", response))
            for at, mode, node in bodies:
                pointer: tuple[str | int, ...] = ("paths", path, method, *at)
                body = node
                while "$ref" in body:
                    pointer, body = tokens(body["$ref"]), resolve(document, body["$ref"])
                for media_type, content in body.get("content", {}).items():
                    if "schema" in content and JSON.match(media_type):
                        found[(*pointer, "content", media_type, "schema"), mode] = None
    yield from found


class Judges:
    """Both validators of a document's schemas."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._python = Registry[Any]().with_resource(
            DOCUMENT, DRAFT202012.create_resource(document)
        )
        self._rust = jsonschema_rs.Registry([(DOCUMENT, document)], draft=jsonschema_rs.Draft202012)

    def error(self, pointer: tuple[str | int, ...], value: Any) -> str | None:
        """Return what the first judge says who finds the value invalid, None if both let it
        pass."""
        schema = {"$ref": DOCUMENT + _fragment(pointer)}
        rust = jsonschema_rs.Draft202012Validator(
            schema, registry=self._rust, validate_formats=True
        )
        for error in rust.iter_errors(value):
            return f"jsonschema-rs: {json_pointer((*error.instance_path,))}: {error.message:.200}"
        checker = Draft202012Validator.FORMAT_CHECKER
        python = Draft202012Validator(schema, registry=self._python, format_checker=checker)
        try:
            for each in python.iter_errors(value):
                return f"jsonschema: {json_pointer((*each.absolute_path,))}: {each.message:.200}"
        except re.error:
            return None  # a pattern of ECMA's that Python's engine cannot read
        return None


def judged(path: Path, seed: bytes, *, use_examples: bool, judge: bool = True) -> Iterator[Judged]:
    """Yield a value for each place of the document at the path; without `judge`, as all valid."""
    document = documents.load(path)
    schemas = document.schemas
    values, judges = Values(schemas), Judges(schemas.document)
    for pointer, mode in places(schemas.document):
        schemas.at(*pointer).accepts(None)  # compiled beforehand, as after the first answer
        start = time.process_time()
        try:
            value = values.make(pointer, seed, mode=mode, use_examples=use_examples)
        except NoValue as error:
            seconds = time.process_time() - start
            yield Judged((pointer, mode), b"", seconds, f"no value: {error.reason}")
            continue
        seconds = time.process_time() - start
        error_of = judges.error(pointer, value) if judge else None
        yield Judged((pointer, mode), orjson.dumps(value), seconds, error_of)


def _fragment(pointer: tuple[str | int, ...]) -> str:
    """The pointer in a URI fragment (RFC 6901, section 6)."""
    text = "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in pointer)
    return "#" + quote(text, safe="/~")
