"""Path, query and header parameters: from their texts to JSON values, checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, unquote, unquote_to_bytes

from attrs import frozen
from starlette.datastructures import QueryParams
from starlette.types import Scope

from understudy.exceptions import InvalidValue
from understudy.headers import Headers
from understudy.schemas import Schema
from understudy.validation import faults

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


@frozen
class Parameter:
    """A documented parameter and its compiled schema. `place` is path, query or header."""

    name: str
    place: str
    required: bool
    explode: bool
    schema: Schema

    def texts(self, scope: Scope, headers: Headers, query: QueryParams) -> list[str]:
        """The parameter's texts in the request, none where it is absent."""
        find: dict[str, Callable[[str], list[str]]] = {
            "path": lambda name: [scope["path_params"][name.replace("-", "_")]],
            "query": query.getlist,
            "header": lambda name: headers.getlist(name.lower()),
        }
        return find[self.place](self.name)

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
