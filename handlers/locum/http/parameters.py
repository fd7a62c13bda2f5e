"""Path, query and header parameters: from their texts to JSON values, checked."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, unquote

from attrs import frozen
from starlette.types import Scope

from locum.exceptions import InvalidValue
from locum.http.context import Headers
from locum.openapi.schemas import Schema

_NOT_UTF_8 = "Input should be a valid string, unable to parse raw data as a unicode string"


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


def name_in_route(name: str) -> str:
    """Return what a path parameter is called in a route, where a name is letters and digits."""
    return f"p{name.encode().hex()}"


@frozen
class Parameter:
    """A documented parameter and its compiled schema. `place` is path, query or header; `explain`
    words the faults of a value that breaks the schema."""

    name: str
    place: str
    required: bool
    explode: bool
    schema: Schema
    explain: Callable[[Schema, object, tuple[str | int, ...]], tuple[InvalidValue, ...]]

    def texts(self, scope: Scope, headers: Headers, query: Query) -> list[str]:
        """The parameter's texts in the request, none where it is absent."""
        match self.place:
            case "path":
                return [scope["path_params"][name_in_route(self.name)]]
            case "query":
                return query.get(self.name, [])
        return headers.getlist(self.name.lower())

    def read(self, texts: list[str]) -> tuple[object, tuple[InvalidValue, ...]]:
        """The value of the parameter's texts, and where it breaks its schema."""
        location = (self.place, self.name)
        if not texts:
            if self.required:
                return None, (InvalidValue(location, "Field required", "missing"),)
            default = self.schema.raw.get("default")
            return (copy.deepcopy(default) if isinstance(default, dict | list) else default), ()
        if self.place == "path":
            try:
                texts = [unquote(texts[0], errors="strict")]
            except UnicodeDecodeError:
                return None, (InvalidValue(location, _NOT_UTF_8, "string_unicode"),)
        if self._is_array(texts):
            items = texts if self.explode else texts[-1].split(",")
            if self.place != "query":  # of style simple: one list, whatever `explode` says
                items = ",".join(texts).split(",")
            if self.place == "header":
                items = [item.strip() for item in items]
            value: object = [_coerced(text, self.schema.item_types) for text in items]
        elif len(texts) > 1:
            message = f"Field given {len(texts)} times, expected once"
            return None, (InvalidValue(location, message, "value_error"),)
        else:
            value = _coerced(texts[0], self.schema.types)
        if self.schema.accepts(value):
            return value, ()
        return value, self.explain(self.schema, value, location)

    def _is_array(self, texts: list[str]) -> bool:
        """Where the schema admits a single value too, several texts are an array."""
        types = self.schema.types
        return "array" in types and (len(texts) > 1 or not types & _SCALARS)


_SCALARS = frozenset(["boolean", "integer", "number", "string"])
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
