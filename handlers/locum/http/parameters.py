"""Path, query and header parameters: from their texts to JSON values, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, unquote, unquote_to_bytes

from attrs import frozen
from starlette.types import Scope

from locum.exceptions import InvalidValue
from locum.http.headers import Headers
from locum.langsmith.pydantic_errors import faults
from locum.openapi.schemas import Schema

_ESCAPE = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_NOT_UTF_8 = "Input should be a valid string, unable to parse raw data as a unicode string"


def encoded_path(scope: Scope) -> str:
    """The request's path in which only letters, digits and `-._~` of ASCII stand for themselves
    (RFC 3986, section 6.2.2.2): routes match it whatever its parameters hold, a slash included."""
    raw = scope.get("raw_path")
    path = raw.decode("latin-1") if raw else quote(scope["path"])
    if "%" not in path:
        return path
    return _ESCAPE.sub(lambda escapes: quote(unquote_to_bytes(escapes[0]), safe=""), path)


Query = Mapping[str, list[str]]  # the values of each name


def query_of(scope: Scope) -> Query:
    """The request's query. Where nothing in it is encoded it is taken apart in a third of the time
    that the standard library takes."""
    text = scope["query_string"].decode("latin-1")
    if "%" in text or "+" in text:
        pairs = parse_qsl(text, keep_blank_values=True)
    else:
        split = (pair.partition("=") for pair in text.split("&") if pair)
        pairs = [(name, value) for name, _, value in split]
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


@frozen
class Parameter:
    """A documented parameter and its compiled schema. `place` is path, query or header."""

    name: str
    place: str
    required: bool
    explode: bool
    schema: Schema

    def texts(self, scope: Scope, headers: Headers, query: Query) -> list[str]:
        """The parameter's texts in the request, none where it is absent."""
        match self.place:
            case "path":
                return [scope["path_params"][self.name.replace("-", "_")]]
            case "query":
                return query.get(self.name, [])
        return headers.getlist(self.name.lower())

    def read(self, texts: list[str]) -> tuple[object, tuple[InvalidValue, ...]]:
        """The value of the parameter's texts, and where it breaks its schema."""
        location = (self.place, self.name)
        if not texts:
            if self.required:
                return None, (InvalidValue(location, "Field required", "missing"),)
            return self.schema.raw.get("default"), ()
        if self.place == "path":
            try:
                texts = [unquote(texts[0], errors="strict")]
            except UnicodeDecodeError:
                return None, (InvalidValue(location, _NOT_UTF_8, "string_unicode"),)
        if "array" in self.schema.types:
            items = texts if self.explode else texts[-1].split(",")
            types = frozenset([self.schema.raw.get("items", {}).get("type", "string")])
            value: object = [_coerced(text, types) for text in items]
        elif len(texts) > 1:
            message = f"Field given {len(texts)} times, expected once"
            return None, (InvalidValue(location, message, "value_error"),)
        else:
            value = _coerced(texts[0], self.schema.types)
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
