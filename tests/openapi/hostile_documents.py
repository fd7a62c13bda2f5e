"""Documents that mean harm, or come of a mistake, each made by a few lines: by name, the files of a
folder, of which `d.json` or `d.yaml` is the document.

Most are good documents but for the one thing, so that it is reached by what reads, checks, serves.
"""

# mypy: disable-error-code="misc"
# Lambdas in loops take the loop's names as defaults, whose types mypy cannot infer.

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.oracles.small_document import OPERATION, with_part
from tests.oracles.small_document import SMALL as SHARING

Json = dict[str, Any]
SMALL: Json = json.loads(json.dumps(SHARING))  # no two places of which share an object
Files = dict[str, bytes]

BODY = (*OPERATION, "requestBody", "content", "application/json", "schema")
ANSWER = (*OPERATION, "responses", "200", "content", "application/json", "schema")
COMPONENTS = "#/components"

CASES: dict[str, Callable[[], Files]] = {}


def _add(name: str, make: Callable[[], Files]) -> None:
    assert name not in CASES
    CASES[name] = make


def _files(document: Json | str | bytes, overlay: Json | str | None, suffix: str) -> Files:
    def content(value: Json | str | bytes) -> bytes:
        text = json.dumps(value) if isinstance(value, dict) else value
        return text.encode() if isinstance(text, str) else text

    files = {f"d.{suffix}": content(document)}
    return files if overlay is None else files | {"d.overlay.yaml": content(overlay)}


def _case(
    name: str,
    make: Callable[[], Json | str | bytes],
    *,
    overlay: Callable[[], Json | str] | None = None,
    suffix: str = "",
) -> None:
    def files() -> Files:
        document = make()
        kind = suffix or ("json" if isinstance(document, dict) else "yaml")
        return _files(document, overlay() if overlay else None, kind)

    _add(name, files)


def written(folder: Path, name: str) -> Path:
    """The path of the case's document, whose files are written into the folder."""
    files = CASES[name]()
    for file, content in files.items():
        (folder / file).write_bytes(content)
    return folder / next(iter(files))


def ref(name: str, kind: str = "schemas") -> Json:
    return {"$ref": f"{COMPONENTS}/{kind}/{name}"}


def with_schemas(
    schemas: Json, first: str = "S0", *where: str | int, version: str = "3.1.0"
) -> Json:
    """The small document with these schemas, of which the first is that of its body."""
    document = with_part(SMALL, "components", "schemas", schemas)
    document["openapi"] = version
    return with_part(document, *(where or BODY), ref(first))


def tower(levels: int, level: Callable[[int, list[Json]], Json], width: int = 1) -> Json:
    """Schemas S0, S1 … and, with a width of two, T0, T1 …, each of which is made of its level and
    of references to those of the next one."""
    names = ["S", "T"][:width]
    schemas: Json = {f"{name}{levels}": {"type": "object"} for name in names}
    for number in reversed(range(levels)):
        following = [ref(f"{name}{number + 1}") for name in names]
        for name in names:
            schemas[f"{name}{number}"] = level(number, following)
    return schemas


def _twice(keyword: str) -> Callable[[int, list[Json]], Json]:
    return lambda _, following: {keyword: (following * 2)[:2]}


# References that lead nowhere, in a circle, or a long way.

_case("schema-is-itself", lambda: with_schemas({"S0": ref("S0")}))
_case("schemas-in-a-circle", lambda: with_schemas({"S0": ref("S1"), "S1": ref("S0")}))
_case(
    "all-of-in-a-circle",
    lambda: with_schemas({"S0": {"allOf": [ref("S1")] * 2}, "S1": {"anyOf": [ref("S0")] * 2}}),
)
_case("not-itself", lambda: with_schemas({"S0": {"not": ref("S0")}}))
for _kind, _where in {
    "parameters": (*OPERATION, "parameters"),
    "responses": (*OPERATION, "responses"),
    "requestBodies": (*OPERATION, "requestBody"),
    "headers": (*OPERATION, "responses", "200", "headers"),
    "pathItems": ("paths", "/b"),
    "securitySchemes": (),
    "examples": (*OPERATION, "requestBody", "content", "application/json", "examples"),
}.items():

    def _circle(kind: str = _kind, where: tuple[str, ...] = _where) -> Json:
        circle = {"A": ref("B", kind), "B": ref("A", kind)}
        value: Any = {
            "parameters": [ref("A", kind)],
            "responses": {"200": ref("A", kind)},
            "headers": {"X": ref("A", kind)},
            "examples": {"X": ref("A", kind)},
        }.get(kind, ref("A", kind))
        document = with_part(SMALL, "components", kind, circle)
        return with_part(document, *where, value) if where else document

    _case(f"{_kind}-in-a-circle", _circle)
_case(
    "reference-to-a-reference",
    lambda: with_part(
        with_part(SMALL, "components", "parameters", {"A": ref("B", "parameters"), "B": {}}),
        *OPERATION,
        "parameters",
        [ref("A", "parameters")],
    ),
)
for _name, _reference in {
    "nowhere": "#/components/schemas/X",
    "no-object": "#/info/title",
    "the-document": "#",
    "the-root": "#/",
    "another-kind": "#/paths/~1a~1{id}",
    "percent": "#/components/schemas/%53",
    "bad-percent": "#/components/schemas/%FF%",
    "tilde": "#/components/schemas/~2",
    "remote": "https://example.invalid/schema.json",
    "scheme": "file:///etc/passwd",
    "file": "other.yaml#/S",
    "anchor": "#S",
    "empty": "",
    "long-index": "#/tags/" + "9" * 5000,
    "blank": "#/components/schemas/ ",
}.items():
    _case(f"reference-{_name}", lambda r=_reference: with_part(SMALL, *BODY, {"$ref": r}))
for _name, _other in {"number": 5, "null": None, "list": ["#"], "object": {"$ref": "#"}}.items():
    _case(f"reference-is-{_name}", lambda r=_other: with_part(SMALL, *BODY, {"$ref": r}))
_case(
    "reference-beside-others",
    lambda: with_schemas({"S0": ref("S1") | {"type": "object"}, "S1": {"minProperties": 1}}),
)
_case(
    "reference-beside-others-3.0",
    lambda: with_schemas({"S0": ref("S1") | {"type": 5}, "S1": {}}, version="3.0.3"),
)
_case("dynamic-reference", lambda: with_part(SMALL, *BODY, {"$dynamicRef": "#meta"}))
_case("id", lambda: with_part(SMALL, *BODY, {"$id": "https://example.invalid/", "$ref": "#/x"}))
_case("anchor", lambda: with_part(SMALL, *BODY, {"$anchor": "a", "items": {"$ref": "#a"}}))
_case("property-named-ref", lambda: with_part(SMALL, *BODY, {"properties": {"$ref": {}}}))
for _length in (900, 10_000):
    for _keyword in ("$ref", "allOf", "properties", "not"):

        def _chain(length: int = _length, keyword: str = _keyword) -> Json:
            def level(_: int, following: list[Json]) -> Json:
                inner = following[0]
                if keyword == "$ref":
                    return inner
                return {keyword: {"allOf": [inner], "properties": {"p": inner}}.get(keyword, inner)}

            return with_schemas(tower(length, level))

        _case(f"chain-{_length}-{_keyword}", _chain)
_case(
    "chain-10000-with-defaults",
    lambda: with_schemas(
        tower(
            10_000,
            lambda n, following: {"allOf": following, "properties": {f"p{n}": {"default": n}}},
        )
    ),
)
_case(
    "chain-10000-of-required",
    lambda: with_schemas(tower(10_000, lambda _, f: {"allOf": f, "required": ["nothing"]})),
)

# Diamonds.

for _width in (1, 2):
    for _keyword in ("allOf", "anyOf", "oneOf"):
        for _version in ("3.1.0", "3.0.3"):
            _case(
                f"diamond-{_keyword}-{_width}-{_version}",
                lambda k=_keyword, w=_width, v=_version: with_schemas(
                    tower(1000, _twice(k), w), version=v
                ),
            )
_case("diamond-20", lambda: with_schemas(tower(20, _twice("allOf"))))
_case("diamond-answer", lambda: with_schemas(tower(1000, _twice("allOf")), "S0", *ANSWER))
_case(
    "diamond-parameter",
    lambda: with_schemas(
        tower(1000, _twice("allOf")),
        "S0",
        *OPERATION,
        "parameters",
        0,
        "schema",
    ),
)
_case(
    "diamond-of-not",
    lambda: with_schemas(tower(1000, lambda _, f: {"allOf": [{"not": f[0]}, {"not": f[-1]}]}, 2)),
)
_case(
    "diamond-of-properties",
    lambda: with_schemas(tower(1000, lambda _, f: {"properties": {"a": f[0], "b": f[-1]}}, 2)),
)
_case(
    "diamond-of-items",
    lambda: with_schemas(tower(1000, lambda _, f: {"prefixItems": f, "items": f[0]}, 2)),
)
_case(
    "diamond-of-named-ones",
    lambda: with_schemas(
        tower(1000, lambda n, f: {"allOf": (f * 2)[:2], "properties": {f"p{n}": {}}}, 2)
    ),
)
_case(
    "diamond-of-mixed-ones",
    lambda: with_schemas(
        tower(1000, lambda n, f: {"anyOf": [*f, {"allOf": f}], "maxProperties": 5000 + n}, 2)
    ),
)
_case(
    "diamond-of-titles",
    lambda: with_schemas(
        {name: schema | {"title": name} for name, schema in tower(1000, _twice("anyOf"), 2).items()}
    ),
)
_case(
    "diamond-unevaluated",
    lambda: with_schemas(
        tower(1000, lambda _, f: {"allOf": (f * 2)[:2], "unevaluatedProperties": False}, 2)
    ),
)
_case(
    "diamond-of-conditions",
    lambda: with_schemas(tower(1000, lambda _, f: {"if": f[0], "then": f[-1], "else": f[0]}, 2)),
)
_case(
    "diamond-with-a-wrong-default",
    lambda: with_schemas(tower(1000, lambda _, f: {"allOf": (f * 2)[:2], "default": 5})),
)
_case(
    "complete-graph",
    lambda: with_schemas(
        {f"S{n}": {"anyOf": [ref(f"S{m}") for m in range(60)]} for n in range(60)}
    ),
)
_case(
    "responses-within-path-items",
    lambda: (
        with_part(
            SMALL,
            "components",
            {
                "headers": {"H": {"description": "x" * 1000, "schema": {"type": "string"}}},
                "responses": {
                    "R": {
                        "description": "r",
                        "headers": {f"X-{n}": ref("H", "headers") for n in range(200)},
                    }
                },
                "pathItems": {
                    "I": {
                        method: {
                            "responses": {str(n): ref("R", "responses") for n in range(200, 400)}
                        }
                        for method in ("get", "put", "post", "delete")
                    }
                },
            },
        )
        | {"paths": {f"/p{n}": ref("I", "pathItems") for n in range(1000)}}
    ),
)

# Depth.


def _deep(levels: int) -> str:
    return "{" + '"properties":{"p":{' * levels + "}}" * levels + "}"


def _yaml(schema: str) -> str:
    return f"""\
openapi: 3.1.0
info: {{title: t, version: '1'}}
paths:
  /a:
    get:
      operationId: a
      responses:
        '200':
          description: ok
          content: {{application/json: {{schema: {schema}}}}}
"""


for _levels in (60, 120, 5000, 100_000):
    _case(f"deep-{_levels}-yaml-flow", lambda n=_levels: _yaml(_deep(n)))
    _case(
        f"deep-{_levels}-json",
        lambda n=_levels: json.dumps(with_part(SMALL, *BODY, "SCHEMA")).replace(
            '"SCHEMA"', _deep(n)
        ),
        suffix="json",
    )
    _case(
        f"deep-{_levels}-default",
        lambda n=_levels: json.dumps(with_part(SMALL, *BODY, {"default": "DEFAULT"})).replace(
            '"DEFAULT"', "[" * n + "]" * n
        ),
        suffix="json",
    )
_case(
    "deep-5000-yaml-block",
    lambda: _yaml("{}") + "x-deep:\n" + "\n".join(" " * n + "a:" for n in range(1, 5000)) + "\n",
)
_case("deep-5000-yaml-dashes", lambda: _yaml("{}") + "x-deep:\n" + "- " * 5000 + "a\n")

# Aliases and what else YAML has.


def _laughs(item: Callable[[int], str], levels: int = 12, width: int = 9) -> str:
    lines = ["x-0: &x0 " + item(-1)]
    lines += [f"x-{n}: &x{n} " + item(n - 1) for n in range(1, levels)]
    return _yaml("{}") + "\n".join(lines) + "\n"


_case(
    "laughs-lists",
    lambda: _laughs(lambda n: "lol" if n < 0 else "[" + ",".join([f"*x{n}"] * 9) + "]"),
)
_case(
    "laughs-maps",
    lambda: _laughs(
        lambda n: "lol" if n < 0 else "{" + ",".join(f"k{k}: *x{n}" for k in range(9)) + "}"
    ),
)
_case(
    "laughs-long-text",
    lambda: _yaml("{}") + f"x-0: &x {'a' * 1_000_000}\nx-1: [{','.join(['*x'] * 10_000)}]\n",
)
_case(
    "laughs-just-within",
    lambda: (
        _yaml("{}") + f"x-0: &x [{','.join(['{a: b}'] * 1000)}]\nx-1: [{','.join(['*x'] * 300)}]\n"
    ),
)
_case(
    "laughs-empty",
    lambda: _laughs(lambda n: "[]" if n < 0 else "[" + ",".join([f"*x{n}"] * 9) + "]", 40),
)
_case(
    "laughs-of-depth",
    lambda: _laughs(lambda n: "[]" if n < 0 else f"[*x{n}]", 2000),
)
_case("laughs-merge", lambda: _yaml("{}") + "x-0: &x {a: 1}\nx-1: {<<: [*x, *x]}\n")
_case("alias-of-itself", lambda: _yaml("{}") + "x-0: &x [*x]\n")
_case("alias-of-itself-in-schema", lambda: _yaml("&s {properties: {p: *s}}"))
_case("alias-as-key", lambda: _yaml("{}") + "x-0: &x a\n*x : b\n")
_case("alias-undefined", lambda: _yaml("{}") + "x-0: *nothing\n")
for _name, _text in {
    "python-tag": "!!python/object/apply:os.system ['echo hi']",
    "python-name": "!!python/name:os.system",
    "own-tag": "!mine {a: b}",
    "binary": "!!binary aGk=",
    "timestamp": "!!timestamp 2024-01-01",
    "set": "!!set {a, b}",
    "omap": "!!omap [a: 1]",
    "wrong-int": "!!int abc",
    "not-a-number": "!!float .nan",
    "infinite": "!!float .inf",
    "overflow": "1e999",
    "huge-integer": "9" * 10_000,
    "tab": "\t\tx",
    "unclosed": "[a, b",
    "list-as-key": "{[a]: b}",
    "map-as-key": "{{a: b}: c}",
    "directive": "x\n%YAML 9.9",
}.items():
    _case(f"yaml-{_name}", lambda t=_text: _yaml("{}") + f"x-0: {t}\n")
for _key in ("1", "null", "true", "2024-01-01", "1.5", "''", "!!binary aGk=", "?", "~"):
    _case(f"yaml-key-{_key}", lambda k=_key: _yaml("{}") + f"{k}: a\n")
_case("yaml-key-twice", lambda: _yaml("{}") + "x-0: a\nx-0: b\n")
for _name, _bytes in {
    "empty": b"",
    "blank": b" \n\n",
    "comment": b"# nothing\n",
    "scalar": b"5\n",
    "text": b"openapi\n",
    "list": b"- openapi: 3.1.0\n",
    "null": b"null\n",
    "two-documents": b"a: 1\n---\nb: 2\n",
    "bom": "﻿openapi: 3.1.0\n".encode(),
    "utf-16": "openapi: 3.1.0\n".encode("utf-16"),
    "latin-1": "info: {title: é}\n".encode("latin-1"),
    "nul": b"openapi: 3.1.0\0\n",
    "control": b"openapi: \x01\n",
    "binary": bytes(range(256)) * 100,
    "carriage-returns": b"openapi: 3.1.0\rinfo: {}\r",
    "long-line": b"x-a: " + b"a" * 10_000_000,
    "long-key": b"a" * 1_000_000 + b": 1\n",
    "colons": b":" * 100_000,
    "dashes": b"- " * 100_000,
    "brackets": b"[" * 100_000,
    "braces": b"{" * 100_000,
    "quotes": b'"' * 100_001,
    "anchors": b"&a " * 10_000,
    "stars": b"*a " * 10_000,
    "questions": b"? " * 10_000,
    "exclamations": b"!" * 100_000,
    "bars": b"| " * 10_000,
}.items():
    _case(f"file-{_name}", lambda b=_bytes: b)
for _name, _text in {
    "nan": '{"x": NaN}',
    "infinity": '{"x": -Infinity}',
    "overflow": '{"x": 1e999}',
    "huge-integer": '{"x": ' + "9" * 10_000 + "}",
    "integer-of-70-bits": '{"x": 1180591620717411303424}',
    "surrogate": '{"x": "\\ud800"}',
    "key-twice": '{"openapi": "3.1.0", "openapi": "3.0.0"}',
    "many-keys-twice": "{" + ",".join(f'"k{n % 100_000}": 1' for n in range(200_000)) + "}",
    "brackets": "[" * 100_000,
    "braces": '{"a":' * 100_000,
    "nothing": "",
    "nul": '{"a": "\0"}',
    "trailing": '{"openapi": "3.1.0"} x',
}.items():
    _case(f"json-{_name}", lambda t=_text: t, suffix="json")

# Size.

_case(
    "200000-extensions",
    lambda: with_part(SMALL, "info", SMALL["info"] | {f"x-{n}": n for n in range(200_000)}),
)
_case(
    "200000-extensions-yaml",
    lambda: _yaml("{}") + "".join(f"x-{n}: {{a: {n}}}\n" for n in range(100_000)),
)
_case("200000-unknown-fields", lambda: SMALL | {f"y{n}": n for n in range(200_000)})
_case(
    "200000-properties",
    lambda: with_part(
        SMALL, *BODY, {"properties": {f"p{n}": {"type": "string"} for n in range(200_000)}}
    ),
)
_case(
    "20000-wrong-properties",
    lambda: with_part(
        SMALL, *BODY, {"properties": {f"p{n}": {"type": "strin"} for n in range(20_000)}}
    ),
)
_case(
    "20000-wrong-defaults",
    lambda: with_part(
        SMALL,
        *BODY,
        {"properties": {f"p{n}": {"type": "string", "default": n} for n in range(20_000)}},
    ),
)
_case(
    "20000-schemas-of-references-to-nowhere",
    lambda: with_part(SMALL, "components", "schemas", {f"S{n}": ref("X") for n in range(20_000)}),
)
_case("100000-values", lambda: with_part(SMALL, *BODY, {"enum": [f"v{n}" for n in range(100_000)]}))
_case(
    "100000-required",
    lambda: with_part(SMALL, *BODY, {"required": [f"v{n}" for n in range(100_000)], "allOf": [{}]}),
)
_case(
    "20000-paths",
    lambda: (
        SMALL
        | {
            "paths": {
                f"/p{n}/{{id}}": {
                    "post": SMALL["paths"]["/a/{id}"]["post"] | {"operationId": f"o{n}"}
                }
                for n in range(20_000)
            }
        }
    ),
)
_case(
    "20000-paths-of-one-id",
    lambda: SMALL | {"paths": {f"/p{n}/{{id}}": SMALL["paths"]["/a/{id}"] for n in range(20_000)}},
)
_case("20000-wrong-paths", lambda: SMALL | {"paths": {f"/p{n}": {"get": 5} for n in range(20_000)}})
_case(
    "5000-parameters",
    lambda: with_part(
        SMALL,
        *OPERATION,
        "parameters",
        SMALL["paths"]["/a/{id}"]["post"]["parameters"]
        + [{"name": f"q{n}", "in": "query", "schema": {"type": "string"}} for n in range(5000)],
    ),
)
_case("10000-tags", lambda: SMALL | {"tags": [{"name": "t"}] * 10_000})
_case("100000-security", lambda: with_part(SMALL, *OPERATION, "security", [{"key": []}] * 100_000))

# Patterns, formats, types, names.

for _name, _pattern in {
    "invalid": "(",
    "huge": "((a{1,1000}){1,1000}){1,1000}",
    "huge-count": "a{1000000000}",
    "backtracking": "^(a+)+$",
    "lookahead": "^(?=(a+)+b)",
    "back-reference": r"^(a+)+\1$",
    "long": "a" * 1_000_000,
    "nested": "(" * 10_000 + ")" * 10_000,
    "letters": "\\p{L}",
}.items():
    _case(
        f"pattern-{_name}",
        lambda p=_pattern: with_part(
            SMALL, *BODY, {"type": "string", "pattern": p, "default": "a" * 30}
        ),
    )
    _case(
        f"pattern-{_name}-3.0",
        lambda p=_pattern: with_part(
            SMALL | {"openapi": "3.0.3"}, *BODY, {"type": "string", "pattern": p}
        ),
    )
_WRONG: tuple[Any, ...] = (None, 5, "x", [[]], {"a": 5})
for _place in (
    ("openapi",), ("info",), ("paths",), ("components",), ("servers",), ("security",), ("tags",),
    ("webhooks",), ("jsonSchemaDialect",), ("components", "schemas"), ("components", "parameters"),
    ("components", "securitySchemes"), ("components", "securitySchemes", "key"),
    ("components", "pathItems"), ("components", "responses"), ("components", "headers"),
    ("components", "requestBodies"), ("components", "schemas", "S"),
    ("components", "schemas", "S", "properties"), ("components", "schemas", "S", "type"),
    ("components", "schemas", "S", "allOf"), ("components", "schemas", "S", "required"),
    ("components", "schemas", "S", "enum"), ("components", "schemas", "S", "nullable"),
    ("components", "schemas", "S", "$defs"), ("components", "schemas", "S", "discriminator"),
    ("components", "schemas", "S", "dependentSchemas"), ("components", "schemas", "S", "const"),
    ("paths", "/a/{id}"), ("paths", "/a/{id}", "parameters"), OPERATION,
    (*OPERATION, "parameters"), (*OPERATION, "responses"), (*OPERATION, "responses", "200"),
    (*OPERATION, "responses", "200", "content"), (*OPERATION, "responses", "200", "headers"),
    (*OPERATION, "requestBody"), (*OPERATION, "requestBody", "content"), BODY[:-1], BODY,
    (*OPERATION, "security"), (*OPERATION, "operationId"), (*OPERATION, "callbacks"),
    (*OPERATION, "tags"), (*OPERATION, "servers"),
):  # fmt: skip
    for _number, _value in enumerate(_WRONG):
        _case(
            f"wrong-{'-'.join(_place)}-{_number}",
            lambda place=_place, value=_value, number=_number: with_part(
                SMALL | {"openapi": ("3.1.0", "3.0.3")[number % 2]}, *place, value
            ),
        )
for _missing in ("openapi", "info", "paths", "components"):
    _case(f"missing-{_missing}", lambda m=_missing: with_part(SMALL, m, ...))
_case("security-of-no-scheme", lambda: SMALL | {"security": [{"nobody": []}]})
for _path in (
    "{a}{b}",
    "/{}",
    "/{a",
    "/a}",
    "/{a}/{a}",
    "//",
    "",
    "a",
    "/{a{b}}",
    "/{a}.{b}",
    "/%7Ba%7D",
    "/a?b",
    "/a#b",
    "/é",
    "/a b",
    "/\n",
    "/{id}/" + "x" * 10_000,
    "/{a.b}",
    "/{a:int}",
    "/{a!r}",
    "/{0}",
):
    _case(f"path-{_path[:10]!r}", lambda p=_path: SMALL | {"paths": {p: SMALL["paths"]["/a/{id}"]}})
_case(
    "recursive-tree",
    lambda: with_schemas(
        {
            "S0": {
                "type": "object",
                "properties": {"left": ref("S0"), "right": ref("S0")},
                "additionalProperties": False,
            }
        }
    ),
)
_case(
    "recursive-filter",
    lambda: with_schemas(
        {
            "S0": {
                "anyOf": [
                    {"type": "string"},
                    {
                        "type": "object",
                        "properties": {"and": {"items": ref("S0")}, "or": {"items": ref("S0")}},
                    },
                ]
            }
        }
    ),
)

# Overlays.


def _overlay(*actions: Json) -> Callable[[], Json]:
    return lambda: {
        "overlay": "1.0.0",
        "info": {"title": "o", "version": "1"},
        "actions": list(actions),
    }


def _wide() -> Json:
    return SMALL | {"x-wide": [{"a": {"b": n}} for n in range(50_000)]}


for _name, _actions in {
    "everything": [{"target": "$..*", "update": {}}],
    "everything-of-everything": [{"target": "$..*..*..*", "remove": False, "update": {}}],
    "objects": [{"target": "$..[?@.b]", "update": {"c": {"d": 1}}}],
    "growth": [{"target": "$..[?@.b]", "update": {"c": [{"b": 1}] * 50}}] * 10,
    "depth": [{"target": "$..[?@.b]", "update": {"b": {"b": {"b": {}}}}}] * 3,
    "remove-all": [{"target": "$['x-wide'][*]", "remove": True}],
    "remove-root": [{"target": "$", "remove": True}],
    "replace-paths": [{"target": "$.paths", "remove": True}],
    "no-query": [{"target": "$[" * 10_000, "remove": True}],
    "long-query": [{"target": "$" + ".a" * 10_000, "remove": True}],
    "nested-query": [{"target": "$" + "[?@" * 500 + "]" * 500, "remove": True}],
    "pattern": [{"target": "$..[?match(@.a, '(a+)+b')]", "remove": True}],
}.items():
    _case(f"overlay-{_name}", _wide, overlay=_overlay(*_actions))
_case(
    "overlay-many-actions",
    lambda: SMALL,
    overlay=_overlay(*[{"target": "$.info", "update": {"title": "t"}}] * 2000),
)
_case(
    "overlay-adds-a-circle",
    lambda: SMALL,
    overlay=_overlay({"target": "$.components.schemas.S", "update": ref("S")}),
)
_case(
    "overlay-cyclic-yaml",
    lambda: SMALL,
    overlay=lambda: "overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions: &x [*x]\n",
)
_case(
    "overlay-laughs",
    lambda: SMALL,
    overlay=lambda: _laughs(lambda n: "lol" if n < 0 else "[" + ",".join([f"*x{n}"] * 9) + "]"),
)
_case("overlay-empty", lambda: SMALL, overlay=lambda: "")
_case("overlay-list", lambda: SMALL, overlay=lambda: "- a\n")
_case("overlay-wrong-types", lambda: SMALL, overlay=lambda: "overlay: [1]\ninfo: 5\nactions: {}\n")
_case(
    "overlay-null-actions",
    lambda: SMALL,
    overlay=lambda: "overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions: [null, 5]\n",
)
