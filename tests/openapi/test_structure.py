"""What of a document's structure is mended, with a warning, and what is an error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from locum.exceptions import DocumentError
from locum.openapi import documents
from locum.openapi.structure import mend
from locum.openapi.walk import json_pointer
from tests.oracles.small_document import JSON, OPERATION, SCHEMA, SMALL, with_part

GET = {"responses": {"200": {"description": "d"}}}
POST = "#/paths/~1a~1{id}/post"
S = "#/components/schemas/S"


def mended(*where_and_value: Any, openapi: str = "3.1.0") -> tuple[dict[str, Any], list[str]]:
    """The small document, changed and mended, and the faults as level, place and rule."""
    changed = with_part(SMALL | {"openapi": openapi}, *where_and_value)
    document = json.loads(json.dumps(changed))  # no two places share an object
    faults = mend(document, is_3_0=openapi.startswith("3.0"))
    return document, [f"{each.level} {json_pointer(each.pointer)} {each.rule}" for each in faults]


def test_good_document_has_no_fault_and_stays_as_it_is() -> None:
    document, faults = mended("openapi", "3.1.0")
    assert (document, faults) == (SMALL, [])


def test_what_is_no_media_type_is_left_out_of_content() -> None:
    """A field that belongs beside it: others are served."""
    content = {"description": "a shop", "application/json": {"schema": {}}, "required": True}
    document, faults = mended("paths", "/a/{id}", "post", "requestBody", "content", content)
    body = document["paths"]["/a/{id}"]["post"]["requestBody"]
    assert body["content"] == {"application/json": {"schema": {}}}
    place = f"{POST}/requestBody/content"
    assert faults == [
        f"warning {place}/description structure",
        f"warning {place}/required structure",
    ]


@pytest.mark.parametrize("openapi", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("keyword", "value", "rule"),
    [
        ("type", "strin", "keyword-value"),
        ("type", ["string", "string"], "keyword-value"),
        ("type", [], "keyword-value"),
        ("enum", "a", "keyword-value"),
        ("minimum", "1", "keyword-value"),
        ("maxLength", -1, "keyword-value"),
        ("maxLength", 1.5, "keyword-value"),
        ("multipleOf", 0, "keyword-value"),
        ("required", True, "keyword-value"),
        ("required", [1], "keyword-value"),
        ("pattern", "(", "pattern"),
        ("pattern", "((a{1,1000}){1,1000}){1,1000}", "pattern"),
        ("format", 5, "keyword-value"),
        ("nullable", "yes", "keyword-value"),
        ("properties", [], "keyword-value"),
        ("items", [{}], "keyword-value"),
        ("allOf", {}, "keyword-value"),
        ("allOf", [], "keyword-value"),
        ("title", 5, "keyword-value"),
        ("discriminator", "kind", "keyword-value"),
        ("$ref", 5, "keyword-value"),
        ("$id", "urn:x", "keyword"),
        ("$anchor", "x", "keyword"),
        ("$dynamicRef", "#x", "keyword"),
        ("$schema", "http://json-schema.org/draft-07/schema#", "dialect"),
        ("dependencies", {"a": ["b"]}, "keyword"),
    ],
)
def test_keyword_that_means_nothing_is_left_out(
    openapi: str, keyword: str, value: Any, rule: str
) -> None:
    document, faults = mended(*SCHEMA, {"description": "d", keyword: value}, openapi=openapi)
    assert document["components"]["schemas"]["S"] == {"description": "d"}
    assert faults == [f"warning {S}/{keyword} {rule}"]


def test_value_of_a_keyword_is_data_where_it_is_a_property() -> None:
    schema = {"properties": {"type": {"type": "string"}, "pattern": {}, "$id": {}}, "default": {}}
    document, faults = mended(*SCHEMA, schema)
    assert (document["components"]["schemas"]["S"], faults) == (schema, [])


def test_names_that_are_required_twice_are_required() -> None:
    document, faults = mended(*SCHEMA, {"required": ["a", "b", "a"]})
    assert document["components"]["schemas"]["S"] == {"required": ["a", "b"]}
    assert faults == [f"warning {S}/required keyword-value"]


def test_exclusive_limit_of_3_0_means_nothing_in_3_1() -> None:
    limited = {"minimum": 1, "exclusiveMinimum": True}
    assert mended(*SCHEMA, limited, openapi="3.0.3")[1] == []
    document, faults = mended(*SCHEMA, limited)
    assert document["components"]["schemas"]["S"] == {"minimum": 1}
    assert faults == [f"warning {S}/exclusiveMinimum keyword-value"]


def test_pattern_of_properties_that_is_none_is_left_out() -> None:
    document, faults = mended(*SCHEMA, {"patternProperties": {"(": {}, "a": {}}})
    assert document["components"]["schemas"]["S"] == {"patternProperties": {"a": {}}}
    assert faults == [f"warning {S}/patternProperties/( pattern"]


def test_members_that_are_no_schemas_admit_anything_or_are_left_out() -> None:
    document, faults = mended(*SCHEMA, {"properties": {"p": 5, "q": None}, "anyOf": [True, "x"]})
    assert document["components"]["schemas"]["S"] == {
        "properties": {"p": {}, "q": {}},
        "anyOf": [True],
    }
    assert sorted(faults) == [
        f"warning {S}/anyOf/1 structure",
        f"warning {S}/properties/p structure",
        f"warning {S}/properties/q empty-value",
    ]


@pytest.mark.parametrize(
    ("where_and_value", "fault"),
    [
        (("info", ...), "# info"),
        (("info", 5), "# info"),
        (("paths", ...), "#/paths no-paths"),
        (("paths", None), "#/paths no-paths"),
        (("components", "parameters", None), "#/components/parameters empty-value"),
        (("paths", "/b", None), "#/paths/~1b empty-value"),
        ((*OPERATION, "parameters", None), f"{POST}/parameters empty-value"),
        ((*OPERATION, "requestBody", None), f"{POST}/requestBody empty-value"),
        ((*OPERATION, "responses", ...), f"{POST} no-responses"),
        ((*OPERATION, "responses", {}), f"{POST} no-responses"),
        ((*OPERATION, "responses", "200", None), f"{POST}/responses/200 empty-value"),
        ((*OPERATION, "responses", "2xx", {}), f"{POST}/responses/2xx status"),
        ((*OPERATION, "responses", "ok", {}), f"{POST}/responses/ok status"),
        ((*OPERATION, "operationId", ""), f"{POST}/operationId structure"),
        ((*OPERATION, "security", {}), f"{POST}/security structure"),
        ((*OPERATION, "security", [{"kye": []}]), f"{POST}/security/0/kye security"),
        ((*OPERATION, "security", [{"key": None}]), f"{POST}/security/0/key structure"),
        ((*OPERATION, "servers", [{}]), f"{POST}/servers/0 structure"),
        ((*OPERATION, "parameters", 0, "required", ...), f"{POST}/parameters/0 path-parameter"),
        ((*OPERATION, "parameters", 0, "schema", ...), f"{POST}/parameters/0 no-schema"),
        ((*OPERATION, "parameters", 0, "explode", 1), f"{POST}/parameters/0/explode structure"),
    ],
)
def test_what_can_be_done_without_is_a_warning(
    where_and_value: tuple[Any, ...], fault: str
) -> None:
    document, faults = mended(*where_and_value)
    assert faults == [f"warning {fault}"]
    # What was mended is as it should be; only what is nowhere is told of again.
    assert all(each.rule.startswith("no-") for each in mend(document, is_3_0=False))


def test_status_in_small_letters_is_the_range() -> None:
    document, _ = mended(*OPERATION, "responses", {"2xx": {"description": "d"}})
    assert document["paths"]["/a/{id}"]["post"]["responses"] == {"2XX": {"description": "d"}}


def test_scheme_that_is_not_there_is_not_asked_for() -> None:
    document, _ = mended(*OPERATION, "security", [{"kye": [], "key": []}])
    assert document["paths"]["/a/{id}"]["post"]["security"] == [{"key": []}]


@pytest.mark.parametrize(
    ("where_and_value", "place"),
    [
        (("paths", 5), "#/paths"),
        (("paths", "/a/{id}", 5), "#/paths/~1a~1{id}"),
        ((*OPERATION, 5), POST),
        ((*OPERATION, "parameters", {}), f"{POST}/parameters"),
        ((*OPERATION, "parameters", 0, 5), f"{POST}/parameters/0"),
        ((*OPERATION, "parameters", 0, "name", ...), f"{POST}/parameters/0"),
        ((*OPERATION, "parameters", 0, "in", "body"), f"{POST}/parameters/0/in"),
        ((*OPERATION, "parameters", 0, "schema", 5), f"{POST}/parameters/0/schema"),
        ((*OPERATION, "requestBody", []), f"{POST}/requestBody"),
        ((*OPERATION, "responses", []), f"{POST}/responses"),
        ((*OPERATION, "responses", "200", "x"), f"{POST}/responses/200"),
        (("components", 5), "#/components"),
        (
            ("components", "securitySchemes", "key", "type", "basic"),
            "#/components/securitySchemes/key/type",
        ),
        (("components", "securitySchemes", "key", "in", ...), "#/components/securitySchemes/key"),
    ],
)
def test_what_cannot_be_understood_is_an_error(
    where_and_value: tuple[Any, ...], place: str
) -> None:
    """And only one: it is taken away, so that others are found."""
    _, faults = mended(*where_and_value)
    assert faults == [f"error {place} structure"]


# References.


def test_reference_through_a_reference_is_followed_and_made_plain() -> None:
    """The answer of the path is a reference, and so is the schema that has the property."""
    document = with_part(SMALL, *SCHEMA, {"properties": {"p": {"type": "integer"}}})
    document = with_part(document, "components", "schemas", "R", {"$ref": S})
    answer = {"description": "d", "content": {"application/json": {"schema": {"$ref": S}}}}
    document = with_part(document, "components", "responses", "A", answer)
    document = with_part(
        document, *OPERATION, "responses", {"200": {"$ref": "#/components/responses/A"}}
    )
    reference = f"{POST}/responses/200/content/application~1json/schema/properties/p"
    both = {"allOf": [{"$ref": reference}, {"$ref": "#/components/schemas/R/properties/p"}]}
    loaded = documents.of(Path("d.yaml"), with_part(document, "components", "schemas", "T", both))
    assert loaded.warnings == ()
    plain = f"{S}/properties/p"
    assert loaded.effective["components"]["schemas"]["T"] == {
        "allOf": [{"$ref": plain}, {"$ref": plain}]
    }
    assert [loaded.schemas.at("components", "schemas", "T").accepts(v) for v in (1, "x")] == [
        True,
        False,
    ]


def test_reference_to_the_schema_of_a_parameter_outlives_its_moving() -> None:
    """The parameters of a path move to its operations."""
    query = {"name": "q", "in": "query", "schema": {"type": "integer"}}
    document = with_part(SMALL, "paths", "/a/{id}", "parameters", [query])
    reference = {"$ref": "#/paths/~1a~1%7Bid%7D/parameters/0/schema"}
    document = with_part(document, *SCHEMA, {"items": reference, "contains": reference})
    loaded = documents.of(Path("d.yaml"), json.loads(json.dumps(document)))
    schema = loaded.schemas.at(*SCHEMA)
    assert [schema.accepts(value) for value in ([1], ["x"])] == [True, False]
    place = (*OPERATION, "parameters", 1, "schema")
    assert [loaded.schemas.at(*place).accepts(value) for value in (1, "x")] == [True, False]


def test_braces_in_a_reference_are_made_a_uri() -> None:
    content = (*OPERATION, "responses", "200", "content", "application/json", "schema")
    document = with_part(SMALL, *content, {"type": "integer"})
    reference = f"{POST}/responses/200/content/application~1json/schema"
    document = with_part(document, *SCHEMA, {"items": {"$ref": reference}})
    loaded = documents.of(Path("d.yaml"), json.loads(json.dumps(document)))
    assert not loaded.schemas.at(*SCHEMA).accepts(["x"])


def test_chain_of_references_outside_of_schemas_is_followed() -> None:
    parameters = {
        "A": {"$ref": "#/components/parameters/B"},
        "B": {"$ref": "#/components/parameters/C"},
    }
    parameters["C"] = SMALL["paths"]["/a/{id}"]["post"]["parameters"][0]
    document = with_part(SMALL, "components", "parameters", parameters)
    document = with_part(
        document, *OPERATION, "parameters", [{"$ref": "#/components/parameters/A"}]
    )
    loaded = documents.of(Path("d.yaml"), json.loads(json.dumps(document)))
    assert loaded.effective["paths"]["/a/{id}"]["post"]["parameters"] == [parameters["C"]]


def test_reference_to_another_kind_is_a_warning_and_checked_as_what_it_is_taken_for() -> None:
    document, faults = mended(*SCHEMA, {"items": {"$ref": "#/components/securitySchemes/key"}})
    assert faults == [
        f"warning {S}/items/$ref reference-kind",
        "warning #/components/securitySchemes/key/type keyword-value",
    ]
    assert "type" not in document["components"]["securitySchemes"]["key"]


@pytest.mark.parametrize("reference", ["#/nowhere", "#/info/title", "#x", "", S])
def test_schema_reference_that_leads_nowhere_is_an_error(reference: str) -> None:
    """The last one leads to itself."""
    document, faults = mended(*SCHEMA, {"$ref": reference})
    assert faults == [f"error {S}/$ref reference"]
    assert document["components"]["schemas"]["S"] == {}


@pytest.mark.parametrize("kind", ["parameters", "responses"])
def test_references_in_a_circle_are_refused(kind: str) -> None:
    circle = {"A": {"$ref": f"#/components/{kind}/B"}, "B": {"$ref": f"#/components/{kind}/A"}}
    with pytest.raises(DocumentError, match="leads in a circle"):
        documents.of(Path("d.yaml"), with_part(SMALL, "components", kind, circle))


def test_links_examples_and_callbacks_may_be_references() -> None:
    document = with_part(SMALL, "components", "examples", {"E": {"value": 1}})
    document = with_part(document, "components", "callbacks", {"C": {"/x": {"post": GET}}})
    media = JSON["application/json"] | {"examples": {"e": {"$ref": "#/components/examples/E"}}}
    content = {"application/json": media}
    document = with_part(document, *OPERATION, "responses", "200", "content", content)
    document = with_part(
        document, *OPERATION, "callbacks", {"c": {"$ref": "#/components/callbacks/C"}}
    )
    loaded = documents.of(Path("d.yaml"), json.loads(json.dumps(document)))
    operation = loaded.effective["paths"]["/a/{id}"]["post"]
    examples = operation["responses"]["200"]["content"]["application/json"]["examples"]
    assert examples == {"e": {"value": 1}}
    assert operation["callbacks"] == {"c": {"$ref": "#/components/callbacks/C"}}
    assert [found.rule for found in loaded.warnings] == ["callbacks"]
