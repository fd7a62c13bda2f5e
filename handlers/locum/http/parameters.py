"""Path, query, header and cookie parameters: from their texts to JSON values, checked."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_plus

import orjson
from starlette.requests import cookie_parser
from starlette.types import Scope

from locum.exceptions import InvalidValue
from locum.http.context import Headers
from locum.http.shapes import NULLS, SCALARS, Node, Shape, nodes_of, scalar, value_of
from locum.http.styles import Malformed, Writing, style_in
from locum.openapi.checks import is_ignored
from locum.openapi.media_types import MediaType
from locum.openapi.schemas import JSON_TYPES, Schema

NOT_UTF_8 = "Input should be a valid string, unable to parse raw data as a unicode string"
_ANY = JSON_TYPES - {"integer"}  # of a schema that says nothing

Query = Mapping[str, list[str]]  # the values of each name
Explain = Callable[[Schema, object, tuple[str | int, ...]], tuple[InvalidValue, ...]]
Read = tuple[object, tuple[InvalidValue, ...]]  # a value, and what is wrong with it


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


def cookies_of(headers: Headers) -> Query:
    """The request's cookies. Nothing in them is encoded; quotes around a value are not part of
    it."""
    found: dict[str, list[str]] = {}
    for pair in "; ".join(headers.getlist("cookie")).split(";"):
        for name, value in cookie_parser(pair).items():
            found.setdefault(name, []).append(value)
    return found


def name_in_route(name: str) -> str:
    """Return what a path parameter is called in a route, where a name is letters and digits."""
    return f"p{name.encode().hex()}"


def parameter_of(name: str) -> str:
    """Return the path parameter that is called so in a route."""
    return bytes.fromhex(name[1:]).decode()


def parameters_of(
    definitions: Sequence[Mapping[str, Any]],
    schema_at: Callable[..., Schema],
    explain: Explain,
    *,
    strict: bool = False,
) -> list[Parameter]:
    """Return the parameters of an operation, save those that OpenAPI has ignored; `schema_at` gives
    the schema at a pointer below the list of their definitions."""
    names = frozenset(each["name"] for each in definitions if each["in"] == "query")
    return [
        Parameter(each, partial(schema_at, index), explain, names - {each["name"]}, strict)
        for index, each in enumerate(definitions)
        if not is_ignored(each)
    ]


def unknown(query: Query, parameters: Iterable[Parameter]) -> Iterator[InvalidValue]:
    """Yield a fault for each name in the query that is none of the parameters'."""
    known = [parameter for parameter in parameters if parameter.place == "query"]
    expected = ", ".join(parameter.name for parameter in known) or "no query parameters"
    for name, texts in query.items():
        if not any(parameter.takes(name) for parameter in known):
            yield InvalidValue(
                ("query", name),
                f"Extra inputs are not permitted, expected {expected}",
                "extra_forbidden",
                texts[0] if len(texts) == 1 else texts,
                {"expected": expected},
            )


class Parameter:
    """A documented parameter: `name`, `place` (path, query, header or cookie), `required`, and its
    compiled schema, None where it has none and any text will do.

    An array or object may be written in every style of OpenAPI; a parameter with `content` is JSON
    where its media type is, else a text.
    """

    def __init__(
        self,
        definition: Mapping[str, Any],
        schema_at: Callable[..., Schema],
        explain: Explain,
        others: frozenset[str] = frozenset(),
        strict: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        """Take the definition, what gives the schema at a pointer below it, and what words the
        faults of a value that breaks the schema. `others` are the names of the operation's other
        query parameters: what is none of them may be a property of an object of any names. Where it
        is `strict`, an empty text is an empty array only if the document lets it be empty."""
        self.name, self.place = definition["name"], definition["in"]
        self.required = definition.get("required", False)
        self.location = (self.place, self.name)
        self._explain, self._others = explain, others
        self._takes_empty = definition.get("allowEmptyValue", False)
        self._has_empty_array = self._takes_empty or not strict
        style = style_in(self.place, definition.get("style"))
        explode = definition.get("explode", style == "form")
        self._is_deep = style == "deepObject"
        self._is_exploded = explode and style != "deepObject" and self.place in ("query", "cookie")
        self.schema: Schema | None = None
        self._shape, self._is_json = Shape(), False
        self._types = frozenset(["string"])
        self._media_type = next(iter(definition.get("content", ())), "")
        pointer: tuple[str, ...] = ("schema",)
        described = definition
        if self._media_type:
            pointer = ("content", self._media_type, "schema")
            described = definition["content"][self._media_type]
            media_type = MediaType.read(self._media_type)
            self._is_json = media_type is not None and media_type.is_json
        if "schema" in described:
            self.schema = schema_at(*pointer)
            self._shape = Shape.of(self.schema)
            self._types = self.schema.types
        # Where a schema says nothing of its types, a text is a text.
        self._may_be_object = "object" in self._types and not self._types >= _ANY
        may_be_other = self._may_be_object or "array" in self._types
        is_bare = style in ("simple", "form")
        self._is_single = bool(self._media_type) or (is_bare and not may_be_other)
        # What is parted by delimiters is parted before it is decoded.
        self._is_raw = self.place == "query" and not (
            self._is_single or self._is_exploded or self._is_deep
        )
        decode = _DECODE[self.place] if self._is_raw or self.place != "query" else str
        self._writing = Writing(self.name, style, explode, decode)
        self._may_have_names = self._is_deep or (self._may_be_object and self._is_exploded)
        self._is_list = self._is_exploded and self.place == "query" and self._shape.is_array

    def takes(self, name: str) -> bool:
        """Whether what stands under that name in a query is the parameter's value or a part of
        it."""
        if self.place != "query" or not self._may_have_names:
            return self.location == ("query", name)
        holder, bracket, _ = name.partition("[")
        is_property = self._shape.takes_others or holder in self._shape.names
        return (self._is_exploded and is_property) or self.name in (name, bracket and holder)

    def read(self, scope: Scope, headers: Headers, query: Query) -> Read:
        """The parameter's value in the request, its default where it is absent, and what is wrong
        with it."""
        match self.place:
            case "query" if self._is_raw:
                texts = _raw_texts(scope, self.name)
            case "query":
                texts = query.get(self.name, _NONE)
            case "path":
                texts = [scope["path_params"][name_in_route(self.name)]]
            case "header":
                texts = headers.getlist(self.name.lower())
                if len(texts) > 1 and not self._is_single:
                    texts = [",".join(texts)]
            case _:
                query = cookies_of(headers)
                texts = query.get(self.name, _NONE)
        if not (texts or self._may_have_names):
            return self._absent()
        if self._is_list and not (texts == [""] and self._has_empty_array):
            return self._array(texts)
        try:
            if self._is_single and len(texts) == 1:
                text = texts[0]
                return self._single(_decoded(text) if self.place == "path" else text)
            return self._read(texts, query)
        except UnicodeDecodeError:
            return None, (InvalidValue(self.location, NOT_UTF_8, "string_unicode"),)

    def _single(self, text: str) -> Read:
        """Read a text that is one value: as its types say, else as it is."""
        if self.schema is None:
            return text, ()
        if self._is_json:
            return self._of_json(text)
        value = scalar(text, self._types)
        if self.schema.accepts(value):
            return value, ()
        if value is not text and self.schema.accepts(text):  # of anyOf, say
            return text, ()
        if text in NULLS and "null" in self._types and self.schema.accepts(None):
            return None, ()
        if not text and self._takes_empty:
            return None, ()
        return value, self._explain(self.schema, value, self.location)

    def _of_json(self, text: str) -> Read:
        assert self.schema is not None  # noqa: S101 - or it is no JSON
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            reason = {"error": error.msg.partition(":")[0]}
            fault = InvalidValue(self.location, "JSON decode error", "json_invalid", text, reason)
            return None, (fault,)
        if self.schema.accepts(value):
            return value, ()
        return value, self._explain(self.schema, value, self.location)

    def _read(self, texts: list[str], query: Query) -> Read:
        """Read texts of which there may be several, or one that may be an array or object: as the
        first that the schema admits."""
        first: Read | None = None
        for way in self._ways(texts, query):
            try:
                read = way()
            except Malformed as error:
                message = f"Found {texts[0]!r:.100}, expected it written as {error}"
                read = None, (InvalidValue(self.location, message, "style", texts[0]),)
            if not read[1]:
                return read
            first = first or read
        return first or self._absent()

    def _absent(self) -> Read:
        if self.required:
            return None, (InvalidValue(self.location, "Field required", "missing"),)
        default = self.schema.raw.get("default") if self.schema is not None else None
        return (copy.deepcopy(default) if isinstance(default, dict | list) else default), ()

    def _ways(self, texts: list[str], query: Query) -> Iterator[Callable[[], Read]]:
        """Yield the ways to read the texts: as a single value, an array, an object; none where the
        parameter is absent."""
        types = self._types
        is_array = "array" in types and not self._media_type
        if len(texts) > 1 and not is_array:
            message = f"Field given {len(texts)} times, expected once"
            yield lambda: (None, (InvalidValue(self.location, message, "value_error"),))
        elif len(texts) == 1 and (types & SCALARS or not types & {"array", "object"}):
            yield lambda: self._single(self._writing.single(texts[0]))
        if texts and is_array:
            yield lambda: self._array(self._items(texts))
            if texts == [""] and self._has_empty_array:
                yield lambda: self._checked([])
        node = self._named(query) if self._may_have_names else None
        if node is not None:
            yield lambda: self._checked(value_of(node, self._shape))
        elif len(texts) == 1 and self._may_be_object:
            is_json = self._may_have_names and self.place == "query"  # our choice, as many take it
            yield lambda: self._json_object(texts[0]) if is_json else self._object(texts[0])

    def _items(self, texts: list[str]) -> list[str]:
        if self._is_deep or (self._is_exploded and (self.place == "query" or len(texts) > 1)):
            return texts
        if self.place == "query":
            return [*chain.from_iterable(map(self._writing.items, texts))]
        return self._writing.items(",".join(texts))

    def _array(self, items: list[str]) -> Read:
        types = self._shape.items.types
        return self._checked([scalar(item, types) for item in items])

    def _object(self, text: str) -> Read:
        texts, shape = self._writing.properties(text), self._shape
        return self._checked({n: scalar(t, shape.of_property(n).types) for n, t in texts.items()})

    def _json_object(self, text: str) -> Read:
        read = self._of_json(text)
        return read if not read[1] else self._checked(text)

    def _checked(self, value: object) -> Read:
        assert self.schema is not None  # noqa: S101 - it says that the value is no single one
        if self.schema.accepts(value):
            return value, ()
        return value, self._explain(self.schema, value, self.location)

    def _named(self, query: Query) -> Node | None:
        """Return the properties of an object that stand under names of their own, `R=100&G=200`, or
        in brackets, `color[R]=100`; None where there are none."""
        known = self._shape.names
        if self._is_exploded:
            nodes = nodes_of(query, known)
            names = nodes.keys() - self._others - {self.name} if self._shape.takes_others else known
            found = {name: node for name, node in nodes.items() if name in names}
            if found:
                return Node(parts=found)
        named = nodes_of(query, {self.name}).get(self.name) if self.place == "query" else None
        return named if named is not None and named.parts else None


def _decoded(text: str) -> str:
    """Raise UnicodeDecodeError for what is no UTF-8."""
    return unquote(text, errors="strict")


def _raw_texts(scope: Scope, name: str) -> list[str]:
    """Return the values of a name in the query as they are encoded."""
    pairs = (p.partition("=") for p in scope["query_string"].decode("latin-1").split("&") if p)
    return [value for encoded, _, value in pairs if unquote_plus(encoded) == name]


_DECODE: dict[str, Callable[[str], str]] = {
    "path": _decoded,
    "query": unquote_plus,
    "header": str.strip,
    "cookie": str,
}
_NONE: list[str] = []
