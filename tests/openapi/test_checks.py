"""A document is refused where the server would have to ignore a part of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from locum.exceptions import DocumentError
from locum.openapi.checks import identifier
from tests.oracles.small_document import JSON, OPERATION, SCHEMA, SMALL, load, refusal, with_part

# Refusals. Each is a place of SMALL, what is put there, and where and what the message says.


@pytest.mark.parametrize("version", ["2.0", "3.2.0", "3.1", "31.0", 3.1, None])
def test_other_versions_are_refused(tmp_path: Path, version: object) -> None:
    message = refusal(tmp_path, SMALL | {"openapi": version})
    assert message.startswith("yaml#/openapi: found ")
    assert message.endswith("expected OpenAPI 3.0.x or 3.1.x")


@pytest.mark.parametrize(
    ("where_and_value", "message"),
    [
        (("info", ...), "#: found no field 'info', expected one"),
        (("info", "version", ...), "#/info: found no field 'version'"),
        (("path", {}), "#: found the unknown field 'path', expected a field that OpenAPI has"),
        (("paths", "a", {}), "#/paths: found the unknown field 'a'"),
        (("paths", "/a/{id}", "pots", {}), "#/paths/~1a~1{id}: found the unknown field 'pots'"),
        ((*OPERATION, "sumary", "x"), "/post: found the unknown field 'sumary'"),
        ((*OPERATION, "parameters", 0, "requierd", True), "/0: found the unknown field 'requierd'"),
        ((*OPERATION, "parameters", 0, "in", "body"), '/0/in: found "body", expected one of ["qu'),
        ((*OPERATION, "parameters", 0, "required", ...), "/parameters/0: found no field 'required"),
        ((*OPERATION, "responses", "200", "descripton", 1), "/200: found the unknown field 'descr"),
        ((*OPERATION, "responses", "ok", {}), "/responses: found the unknown field 'ok'"),
        (
            ("components", "schemas", "S T", {}),
            "#/components/schemas: found 'S T', expected a name",
        ),
        (
            ("components", "securitySchemes", "My Key", {"type": "http", "scheme": "bearer"}),
            "#/components/securitySchemes: found 'My Key', expected a name",
        ),
        (("components", "schemas", "API Key", {}), "#/components/schemas: found 'API Key'"),
        (("webhooks", {"w": {}}), "#/webhooks: found"),
        (("jsonSchemaDialect", "http://json-schema.org/draft-07/schema#"), "#/jsonSchemaDialect: "),
        ((*OPERATION, "callbacks", {"c": {}}), "/post/callbacks: found"),
        ((*OPERATION, "servers", [{"url": "/x"}]), "/post/servers: found"),
        (("paths", "/a/{id}", "servers", [{"url": "/x"}]), "#/paths/~1a~1{id}/servers: found"),
        ((*OPERATION, "parameters", 0, "style", "label"), '/0/style: found "label"'),
        (
            (*OPERATION, "responses", "400", {"description": "d", "content": {"text/html": {}}}),
            "/400/content: found",
        ),
        (
            (*OPERATION, "responses", "200", "content", "application/json", {}),
            "/200/content/application~1json/schema: found nothing, expected a schema under it",
        ),
        (
            (*OPERATION, "responses", "200", "content", "text/plain", {}),
            "/200/content/text~1plain/schema: found nothing, expected a schema under it",
        ),
        ((*OPERATION, "responses", {"404": {"description": "d"}}), "/responses/200: found nothing"),
        (
            (*OPERATION, "requestBody", "content", "application/json", {}),
            "/application~1json/schema: found nothing",
        ),
        ((*OPERATION, "security", [{"kye": []}]), "/security/0/kye: found the scheme 'kye'"),
        (("security", [{"key": ["read"]}]), '#/security/0/key: found ["read"], expected no scopes'),
        (
            ("components", "securitySchemes", "key", "in", "body"),
            '#/components/securitySchemes/key/in: found "body", expected one of',
        ),
        (
            ("components", "securitySchemes", "key", {"type": "http", "scheme": "basic"}),
            '/key/scheme: found "basic", expected bearer',
        ),
        (
            ("components", "securitySchemes", "key", {"type": "mutualTLS"}),
            '/key/type: found "mutualTLS", expected apiKey or http',
        ),
        (
            (*OPERATION, "parameters", 0, "name", "ID"),
            "found path parameters ['ID'], expected ['id",
        ),
    ],
)
def test_part_that_would_be_ignored_is_refused(
    tmp_path: Path, where_and_value: tuple[Any, ...], message: str
) -> None:
    assert message in refusal(tmp_path, with_part(SMALL, *where_and_value))


@pytest.mark.parametrize(
    "content", [{}, {"text/plain": {"schema": {"type": "string"}}}], ids=["none", "text"]
)
def test_answer_without_a_body_and_one_of_text_are_served(tmp_path: Path, content: Any) -> None:
    answer = {"description": "d", "content": content} if content else {"description": "d"}
    document = with_part(SMALL, *OPERATION, "responses", "200", answer)
    assert load(tmp_path, document).warnings == ()


@pytest.mark.parametrize(
    ("where_and_value", "pointer", "found", "expected"),
    [
        (("openapi", "2.0"), ("openapi",), "'2.0'", "OpenAPI 3.0.x or 3.1.x"),
        (("info", ...), (), "no field 'info'", "one"),
        (
            (*SCHEMA, {"patternProperties": {"a/b~c": {"typ": 1}}}),
            (*SCHEMA, "patternProperties", "a/b~c", "typ"),
            "the keyword 'typ'",
            "a keyword of JSON Schema 2020-12 or OpenAPI 3.1 that is supported",
        ),
        (
            (*OPERATION, "parameters", 0, "style", "label"),
            (*OPERATION, "parameters", 0, "style"),
            '"label"',
            "form or simple",
        ),
        (
            (*OPERATION, "responses", {"404": {"description": "d"}}),
            (*OPERATION, "responses", "200"),
            "nothing",
            "a schema under it",
        ),
    ],
)
def test_fault_has_its_place_in_the_document_as_data(
    tmp_path: Path,
    where_and_value: tuple[Any, ...],
    pointer: tuple[str | int, ...],
    found: str,
    expected: str,
) -> None:
    with pytest.raises(DocumentError) as raised:
        load(tmp_path, with_part(SMALL, *where_and_value))
    error = raised.value
    assert (error.path, error.pointer, error.line) == (tmp_path / "d.yaml", pointer, None)
    assert (error.found, error.expected) == (found, expected)
    assert str(error).endswith(f": found {found}, expected {expected}")
    assert error.fix == (
        "mend the document, or change it with an action of d.overlay.yaml beside it"
    )


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"in": "cookie", "schema": {}}, '/1/in: found "cookie", expected path, query or header'),
        ({"in": "query", "style": "deepObject", "schema": {}}, '/1/style: found "deepObject"'),
        ({"in": "query", "style": "pipeDelimited", "schema": {}}, '/1/style: found "pipeDelimited'),
        ({"in": "query", "content": JSON}, "/1/content: found"),
        ({"in": "query", "allowEmptyValue": True, "schema": {}}, "/1/allowEmptyValue: found true"),
        (
            {"in": "query", "schema": {"type": "object"}},
            "/1/schema: found an object, expected a te",
        ),
        (
            {"in": "query", "schema": {"$ref": "#/components/schemas/S"}},
            "/1/schema: found an object",
        ),
        ({"in": "path", "required": True, "schema": {}}, "found path parameters ['id', 'p'], "),
    ],
)
def test_parameter_that_would_be_ignored_is_refused(
    tmp_path: Path, more: dict[str, Any], message: str
) -> None:
    parameters = [*SMALL["paths"]["/a/{id}"]["post"]["parameters"], {"name": "p"} | more]
    assert message in refusal(tmp_path, with_part(SMALL, *OPERATION, "parameters", parameters))


def test_parameter_given_twice_is_refused(tmp_path: Path) -> None:
    query = {"name": "q", "in": "query", "schema": {}}
    parameters = [*SMALL["paths"]["/a/{id}"]["post"]["parameters"], query, query]
    message = refusal(tmp_path, with_part(SMALL, *OPERATION, "parameters", parameters))
    assert "/parameters/2/name: found 'q' again" in message


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("session_id", "session_id"),
        ("sessionId", "sessionid"),
        ("X-Page-Size", "x_page_size"),
        ("page[size]", "page_size"),
        ("$top", "top"),
        ("_from_", "from"),
        ("a.--b", "a_b"),
        ("Größe", "größe"),
    ],
)
def test_a_parameter_is_named_as_python_would(name: str, expected: str) -> None:
    assert identifier(name) == expected


@pytest.mark.parametrize(
    ("name", "argument"), [("id", "id"), ("ID", "id"), ("-id", "id"), ("body", "body")]
)
def test_parameters_that_a_handler_could_not_tell_apart_are_refused(
    tmp_path: Path, name: str, argument: str
) -> None:
    query = {"name": name, "in": "query", "schema": {}}
    parameters = [*SMALL["paths"]["/a/{id}"]["post"]["parameters"], query]
    message = refusal(tmp_path, with_part(SMALL, *OPERATION, "parameters", parameters))
    assert (
        f"/parameters/1/name: found {name!r}, which is the argument {argument!r} again" in message
    )


@pytest.mark.parametrize(
    "responses",
    [
        {"201": {"description": "made", "content": JSON}},
        {"204": {"description": "gone"}},
        {"2XX": {"description": "done", "content": JSON}, "404": {"description": "none"}},
        {"default": {"description": "any"}},
    ],
)
def test_any_answer_of_success_will_do(tmp_path: Path, responses: dict[str, Any]) -> None:
    document = with_part(SMALL, *OPERATION, "responses", responses)
    assert load(tmp_path, document).effective["paths"]["/a/{id}"]["post"]["responses"] == responses


@pytest.mark.parametrize("place", ["query", "header", "cookie"])
def test_a_key_may_be_in_any_place_that_openapi_has(tmp_path: Path, place: str) -> None:
    load(tmp_path, with_part(SMALL, "components", "securitySchemes", "key", "in", place))


def test_operation_id_given_twice_is_refused(tmp_path: Path) -> None:
    twin = {"get": SMALL["paths"]["/a/{id}"]["post"]}
    message = refusal(tmp_path, with_part(SMALL, "paths", "/b/{id}", twin))
    place = "#/paths/~1b~1{id}/get/operationId"
    assert (
        message == f"yaml{place}: found 'a' as at #/paths/~1a~1{{id}}/post, expected another name"
    )


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"minimun": 1}, "/S/minimun: found the keyword 'minimun', expected a keyword of JSON"),
        ({"properties": {"p": {"minimun": 1}}}, "/S/properties/p/minimun: found"),
        ({"anyOf": [{}, {"items": {"nullable": True}}]}, "/S/anyOf/1/items/nullable: found"),
        ({"then": {"typo": 1}}, "/S/then/typo: found"),
        ({"$dynamicRef": "#x"}, "/S/$dynamicRef: found"),
        ({"$id": "urn:x"}, "/S/$id: found"),
        ({"$anchor": "x"}, "/S/$anchor: found"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "/S/$schema: found"),
        ({"type": "strin"}, '/S/type: found "strin", expected one of ["array","boolean"'),
        ({"minimum": "1"}, '/S/minimum: found "1", expected number'),
        ({"pattern": "("}, '/S/pattern: found "(", expected a regex'),
        ({"items": {"required": "a"}}, '/S/items/required: found "a", expected array'),
        ({"anyOf": []}, "/S/anyOf: found [], expected it to keep the rule minItems"),
        ({"$ref": "other.yaml#/X"}, "/S/$ref: found 'other.yaml#/X', expected a reference within"),
        ({"$ref": "#/components/schemas/X"}, "/S/$ref: found '#/components/schemas/X', which name"),
        ({"$ref": "#/info"}, "/S/$ref: found '#/info', which names no schema, expected the place"),
        ({"$ref": "#/components/schemas/S/type"}, "which names nothing"),
    ],
)
def test_schema_that_would_be_ignored_is_refused(
    tmp_path: Path, schema: dict[str, Any], message: str
) -> None:
    assert message in refusal(tmp_path, with_part(SMALL, *SCHEMA, schema))


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("other.yaml#/R", "expected a reference within this document"),
        ("#/components/responses/X", "which names nothing"),
        ("#/components/schemas/S", "which names no response"),
        ("#/components/responses/R", "a reference again, expected the place of a response itself"),
    ],
)
def test_reference_to_no_response_is_refused(tmp_path: Path, reference: str, message: str) -> None:
    """R refers to itself, so nothing can be put into its place."""
    document = with_part(SMALL, "components", "responses", "R", {"$ref": reference})
    assert message in refusal(tmp_path, document)


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"nullable": {"type": "string"}, "minimun": {}, "$ref": {"type": "null"}}},
        {"enum": [{"$ref": "nowhere"}], "default": {"$ref": 1}, "x-any": {"$ref": 1}},
        {"example": {"$ref": "nowhere"}, "examples": [{"$ref": "nowhere"}], "const": {"$id": 1}},
        {"format": "langsmith-filter", "discriminator": {"propertyName": "p"}, "xml": {}},
        {"$ref": "#/components/schemas/S", "unevaluatedProperties": False},
        {"$ref": "#/paths/~1a~1%7Bid%7D/post/parameters/0/schema"},
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": {"d": True}},
    ],
)
def test_data_and_names_are_not_taken_for_keywords(tmp_path: Path, schema: dict[str, Any]) -> None:
    load(tmp_path, with_part(SMALL, "components", "schemas", "T", schema))


@pytest.mark.parametrize("name", ["API Key", "Tenant ID", "Bearer Auth"])
def test_langsmiths_names_of_security_schemes_pass(tmp_path: Path, name: str) -> None:
    scheme = {"type": "http", "scheme": "Bearer"}
    document = with_part(SMALL, "components", "securitySchemes", name, scheme)
    assert load(tmp_path, document | {"security": [{name: []}, {}]}).effective["security"] == [
        {name: []},
        {},
    ]


# OpenAPI 3.0.


SMALL_30 = SMALL | {"openapi": "3.0.3"}


def test_openapi_3_0_is_read(tmp_path: Path) -> None:
    assert load(tmp_path, SMALL_30).effective == SMALL_30


@pytest.mark.parametrize(
    "beside", [{"required": None}, {"required": ["p"], "properties": {"p": {"readOnly": True}}}]
)
def test_what_stands_beside_a_reference_has_no_meaning_in_3_0(
    tmp_path: Path, beside: dict[str, Any]
) -> None:
    schema = {"$ref": "#/components/schemas/S"} | beside
    load(tmp_path, with_part(SMALL_30, "components", "schemas", "T", schema))


@pytest.mark.parametrize(
    ("component", "message"),
    [
        (("schemas", "List<S>", {"type": 5}), "/schemas/List<S>/type: found 5, expected string"),
        (("headers", "$schema", {"$ref": 5}), "/headers/$schema/$ref: found 5, expected string"),
        (("parameters", "a b", {"in": "query"}), "/parameters/a b: found no field 'name'"),
    ],
)
def test_component_of_3_0_is_looked_at_whatever_its_name(
    tmp_path: Path, component: tuple[Any, ...], message: str
) -> None:
    assert message in refusal(tmp_path, with_part(SMALL_30, "components", *component))


def test_name_of_a_component_may_be_any_in_3_0(tmp_path: Path) -> None:
    load(tmp_path, with_part(SMALL_30, "components", "schemas", "List<S>", {"type": "array"}))


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"minimun": 1}, "/S: found the unknown field 'minimun'"),
        ({"properties": {"p": {"const": 1}}}, "/S/properties/p: found the unknown field 'const'"),
        ({"type": ["string", "null"]}, '/S/type: found ["string","null"], expected'),
        ({"exclusiveMinimum": 1}, "/S/exclusiveMinimum: found 1, expected boolean"),
        ({"pattern": "("}, '/S/pattern: found "(", expected a regex'),
        ({"$ref": "#/info"}, "which names no schema"),
        (
            {"required": ["p"], "properties": {"p": {"readOnly": True}}},
            "/S/properties/p/readOnly: found true, expected no readOnly on a required property",
        ),
    ],
)
def test_schema_of_3_0_that_would_be_ignored_is_refused(
    tmp_path: Path, schema: dict[str, Any], message: str
) -> None:
    assert message in refusal(tmp_path, with_part(SMALL_30, *SCHEMA, schema))
