"""Documents are read as the types of JSON, changed by their overlay, their references resolved."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from locum import app, providers
from locum.exceptions import DocumentError
from locum.langsmith.provider import PROVIDER as LANGSMITH
from locum.openapi import documents
from locum.provider import Provider
from tests.conftest import ROOT
from tests.oracles.small_document import (
    JSON,
    OPERATION,
    SCHEMA,
    SMALL,
    load,
    refusal,
    with_part,
)


def test_document_has_its_name_path_and_content(tmp_path: Path) -> None:
    document = load(tmp_path, SMALL)
    assert (document.name, document.path) == ("d", tmp_path / "d.yaml")
    assert document.effective == SMALL


def overlay_of(*actions: dict[str, Any]) -> dict[str, Any]:
    return {"overlay": "1.0.0", "info": {"title": "o", "version": "1"}, "actions": list(actions)}


def test_overlay_beside_the_document_is_applied(tmp_path: Path) -> None:
    overlay = overlay_of({"target": "$.info", "update": {"title": "changed"}})
    document = load(tmp_path, SMALL, overlay=overlay)
    assert document.effective == with_part(SMALL, "info", "title", "changed")


def test_fault_of_the_overlay_names_its_file(tmp_path: Path) -> None:
    with pytest.raises(
        DocumentError, match=r"d\.overlay\.yaml: action 1 .*found nothing"
    ) as raised:
        load(tmp_path, SMALL, overlay=overlay_of({"target": "$.x", "remove": True}))
    assert raised.value.path == tmp_path / "d.overlay.yaml"
    assert raised.value.pointer == ("actions", 0)


def test_the_effective_document_is_what_is_checked(tmp_path: Path) -> None:
    broken = with_part(SMALL, "webhooks", {"w": {}})
    overlay = overlay_of({"target": "$.webhooks", "remove": True})
    assert load(tmp_path, broken, overlay=overlay).effective == SMALL


def test_references_give_way_to_what_they_name_save_in_schemas(tmp_path: Path) -> None:
    """A parameter, body, response and its header are named; the schema of the response too."""
    named = {"$ref": "#/components/schemas/S"}
    content = {"application/json": {"schema": named}}
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    header = {"schema": {"type": "string"}}
    document = with_part(SMALL, *OPERATION, "parameters", [{"$ref": "#/components/parameters/P"}])
    document["components"] |= {
        "parameters": {"P": parameter},
        "headers": {"H": header},
        "requestBodies": {"B": {"required": True, "content": content}},
        "responses": {
            "R": {
                "description": "r",
                "headers": {"X": {"$ref": "#/components/headers/H"}},
                "content": content,
            }
        },
    }
    operation = document["paths"]["/a/{id}"]["post"]
    operation["requestBody"] = {"$ref": "#/components/requestBodies/B"}
    operation["responses"]["200"] = {"$ref": "#/components/responses/R", "description": "mine"}
    effective = load(tmp_path, document).effective["paths"]["/a/{id}"]["post"]
    assert effective["parameters"] == [parameter]
    assert effective["requestBody"] == {"required": True, "content": content}
    assert effective["responses"]["200"] == {
        "description": "mine",
        "headers": {"X": header},
        "content": content,
    }


def test_parameters_of_a_path_move_to_its_operations_which_may_replace_them(tmp_path: Path) -> None:
    own = {"name": "q", "in": "query", "schema": {"type": "integer"}}
    shared = [{"name": "q", "in": "query", "schema": {"type": "string"}}]
    shared += SMALL["paths"]["/a/{id}"]["post"]["parameters"]
    document = with_part(SMALL, "paths", "/a/{id}", "parameters", shared)
    document["paths"]["/a/{id}"]["post"]["parameters"] = [own]
    item = load(tmp_path, document).effective["paths"]["/a/{id}"]
    assert "parameters" not in item
    assert item["post"]["parameters"] == [own, shared[1]]


def test_extensions_beside_paths_are_no_paths(tmp_path: Path) -> None:
    """Whatever they hold, and though one looks like a path item."""
    extensions = {"x-note": "any text", "x-more": {"get": {"responses": {}}, "parameters": 5}}
    document = SMALL | {"paths": SMALL["paths"] | extensions}
    loaded = load(tmp_path, document)
    assert loaded.effective == document
    assert [path for path, _, _ in documents.operations(loaded)] == ["/a/{id}"]


def test_operations_come_with_path_and_method_in_order(tmp_path: Path) -> None:
    get = {"responses": {"200": {"description": "ok", "content": JSON}}}
    document = with_part(SMALL, "paths", "/b", {"summary": "s", "get": get, "x-note": 1})
    found = [(path, method) for path, method, _ in documents.operations(load(tmp_path, document))]
    assert found == [("/a/{id}", "post"), ("/b", "get")]


# Documents that are served though something of them has no effect.


DOCUMENTS = ROOT.parent / "shared" / "documents"
# By name: its operations, the prefixes of its paths, and what it is warned of, counted by hand
# where there is little, else by searching the text: of museum31.yaml `webhooks:`, and so on.
REAL: dict[str, tuple[int, tuple[str, ...], set[str]]] = {
    "api-with-examples.yaml": (2, (), set()),
    "callback-example.yaml": (1, (), {"callbacks"}),
    "codat.io_assess_1.0.json": (27, (), {"webhooks", "keyword", "keyword-value"}),
    "helicone-full.yaml": (267, (), {"operation-id", "path-parameter"}),
    "langsmith-full.json": (581, (), {"no-responses", "security", "path-parameter"}),
    "link-example.yaml": (6, (), set()),
    "museum31.yaml": (8, ("/_mock/docs/openapi/museum-api",), {"webhooks"}),
    "nonoauth31.yaml": (1, (), {"no-responses", "scopes"}),
    "openai.yaml": (288, ("/v1",), {"webhooks", "keyword", "keyword-value"}),
    "petstore-expanded.yaml": (4, ("/v2",), set()),
    "petstore30.yaml": (3, ("/v1",), set()),
    "rentcast.io_1.0.json": (10, ("/v1",), set()),
    "spotify-fixed.yaml": (97, ("/v1",), {"scopes", "security-flow"}),
    "swagger-petstore3.yaml": (19, ("/api/v3",), {"scopes", "security-flow"}),
    "tictactoe31.yaml": (3, (), {"webhooks", "callbacks", "scopes", "security-flow"}),
    "train31.yaml": (7, ("/rest/Train+Travel+API/1.0.0",), {"webhooks", "scopes", "security-flow"}),
    "uspto.yaml": (3, ("/ds-api",), set()),
    "webhook31.yaml": (0, (), {"webhooks"}),
}


def test_all_real_documents_are_known() -> None:
    assert {path.name for path in DOCUMENTS.iterdir()} == REAL.keys()


@pytest.mark.parametrize("name", REAL)
def test_real_document_is_loaded_with_the_warnings_that_it_gives_rise_to(name: str) -> None:
    count, prefixes, rules = REAL[name]
    document = documents.load(DOCUMENTS / name)
    found = [*documents.operations(document)]
    assert (len(found), document.prefixes) == (count, prefixes)
    assert {finding.rule for finding in document.warnings} == rules
    assert {finding.level for finding in document.warnings} <= {"warning"}
    for path, method, operation in found:
        for status, response in operation["responses"].items():
            for media_type, content in (response.get("content") or {}).items():
                if "schema" in content:
                    here = ("paths", path, method, "responses", status, "content", media_type)
                    document.schemas.at(*here, "schema").accepts(None)


@pytest.mark.parametrize("provider", providers.bundled(), ids=lambda provider: provider.name)
def test_bundled_documents_are_the_same_strict_or_not_or_not_checked(provider: Provider) -> None:
    """A start does not check them, because this does."""
    first, *further = provider.documents
    strict = documents.load(first, further=further, strict=True)
    mended = documents.load(first, further=further)
    (served,) = (each.document for each in app.read([provider]))
    for other in (mended, served):
        assert other.effective == strict.effective
        assert other.untolerant == strict.untolerant
        assert other.schemas.extent == strict.schemas.extent
        assert other.warnings == strict.warnings == ()
    assert served.schemas.are_integers_bounded == strict.schemas.are_integers_bounded


def test_a_bundled_document_with_a_fault_is_refused_strictly(tmp_path: Path) -> None:
    """Which is what the test above relies on, and what `--strict` is for."""
    for file in (ROOT / "specs").iterdir():
        shutil.copy(file, tmp_path)
    file = tmp_path / "langsmith-newer.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("type: string", "type: strin", 1), encoding="utf-8")
    first, *further = (tmp_path / each.name for each in LANGSMITH.documents)
    with pytest.raises(DocumentError, match="strin"):
        documents.load(first, further=further, strict=True)


@pytest.mark.parametrize(
    "where_and_value",
    [
        (*OPERATION, "requestBody", "required", False),
        (*OPERATION, "requestBody", "required", ...),
        (*OPERATION, "requestBody", "content", {"multipart/form-data": {"encoding": {"a": {}}}}),
        (*OPERATION, "requestBody", "content", {"application/octet-stream": {}}),
        (*OPERATION, "responses", {"204": {"description": "d"}, "4XX": {"description": "d"}}),
        (*OPERATION, "responses", {"default": {"description": "d", "content": {"text/csv": {}}}}),
        (*OPERATION, "servers", [{"url": "/x"}]),
        ("paths", "/a/{id}", "servers", [{"url": "/x"}]),
        ("components", "securitySchemes", "key", {"type": "http", "scheme": "basic"}),
        ("components", "securitySchemes", "key", "in", "cookie"),
        ("info", "contact", {"name": "n"}),
    ],
)
def test_what_is_served_as_it_is_written_is_no_warning(
    tmp_path: Path, where_and_value: tuple[Any, ...]
) -> None:
    assert load(tmp_path, with_part(SMALL, *where_and_value), strict=False).warnings == ()


@pytest.mark.parametrize(
    "more",
    [
        {"in": "cookie", "schema": {}},
        {"in": "query", "style": "deepObject", "schema": {"type": "object"}},
        {"in": "query", "style": "pipeDelimited", "schema": {"type": "array"}},
        {"in": "header", "schema": {"type": "object"}},
        {"in": "query", "content": JSON},
        {"in": "query", "name": "ID", "schema": {}},
    ],
)
def test_parameter_of_any_form_is_no_warning(tmp_path: Path, more: dict[str, Any]) -> None:
    parameters = [*SMALL["paths"]["/a/{id}"]["post"]["parameters"], {"name": "p"} | more]
    document = with_part(SMALL, *OPERATION, "parameters", parameters)
    loaded = load(tmp_path, document, strict=False)
    assert loaded.warnings == ()
    assert loaded.effective["paths"]["/a/{id}"]["post"]["parameters"] == parameters


OAUTH = {"type": "oauth2", "flows": {"implicit": {"authorizationUrl": "https://a", "scopes": {}}}}


@pytest.mark.parametrize(
    ("where_and_value", "place", "rule"),
    [
        (("webhooks", {"w": {}}), ("webhooks",), "webhooks"),
        ((*OPERATION, "callbacks", {"c": {}}), (*OPERATION, "callbacks"), "callbacks"),
        (
            ("components", "securitySchemes", "key", OAUTH),
            ("components", "securitySchemes", "key", "type"),
            "security-flow",
        ),
        (("security", [{"key": ["read"]}]), ("security", 0, "key"), "scopes"),
        (("jsonSchemaDialect", "urn:x"), ("jsonSchemaDialect",), "dialect"),
        ((*SCHEMA, {"minimun": 1}), (*SCHEMA, "minimun"), "keyword"),
        (
            (*OPERATION, "parameters", 0, "allowReserved", True),
            (*OPERATION, "parameters", 0, "allowReserved"),
            "allow-reserved",
        ),
        ((*SCHEMA, {"pattern": "("}), (*SCHEMA, "pattern"), "pattern"),
    ],
)
def test_what_has_no_effect_is_a_warning_and_refused_where_it_is_strict(
    tmp_path: Path, where_and_value: tuple[Any, ...], place: tuple[str | int, ...], rule: str
) -> None:
    document = with_part(SMALL, *where_and_value)
    (found,) = load(tmp_path, document, strict=False).warnings
    assert (found.path, found.pointer, found.rule) == (tmp_path / "d.yaml", place, rule)
    with pytest.raises(DocumentError):
        load(tmp_path, document)


def test_one_way_property_that_is_required_is_a_warning_in_3_0(tmp_path: Path) -> None:
    schema = {"required": ["p"], "properties": {"p": {"readOnly": True}}}
    document = with_part(SMALL | {"openapi": "3.0.3"}, *SCHEMA, schema)
    (found,) = load(tmp_path, document, strict=False).warnings
    assert found.rule == "required-one-way"


def test_path_parameter_that_is_not_declared_is_a_text(tmp_path: Path) -> None:
    document = with_part(SMALL, *OPERATION, "parameters", 0, "name", "other")
    loaded = load(tmp_path, document, strict=False)
    assert loaded.effective["paths"]["/a/{id}"]["post"]["parameters"] == [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    ]
    assert [found.rule for found in loaded.warnings] == ["path-parameter"] * 2


def test_parameter_given_twice_is_the_first(tmp_path: Path) -> None:
    own = SMALL["paths"]["/a/{id}"]["post"]["parameters"]
    second = own[0] | {"schema": {"type": "integer"}}
    document = with_part(SMALL, *OPERATION, "parameters", [*own, second])
    loaded = load(tmp_path, document, strict=False)
    assert loaded.effective["paths"]["/a/{id}"]["post"]["parameters"] == own
    assert [found.rule for found in loaded.warnings] == ["parameter-twice"]


def test_second_operation_of_one_id_is_known_by_method_and_path(tmp_path: Path) -> None:
    twin = {"get": SMALL["paths"]["/a/{id}"]["post"]}
    loaded = load(tmp_path, with_part(SMALL, "paths", "/b/{id}", twin), strict=False)
    names = [documents.operation_name(*each) for each in documents.operations(loaded)]
    assert names == ["a", "GET /b/{id}"]
    assert [found.rule for found in loaded.warnings] == ["operation-id"]


@pytest.mark.parametrize("strict", [True, False])
def test_two_operations_of_one_shape_are_refused(tmp_path: Path, *, strict: bool) -> None:
    """Which is not so for two methods."""
    parameter = {"name": "key", "in": "path", "required": True, "schema": {"type": "string"}}
    answer = {"responses": {"200": {"description": "d", "content": JSON}}}
    other = answer | {"parameters": [parameter]}
    load(tmp_path, with_part(SMALL, "paths", "/a/{key}", {"get": other}), strict=strict)
    document = with_part(SMALL, "paths", "/a/{key}", {"post": other})
    message = refusal(tmp_path, document, strict=strict)
    assert message == (
        "yaml#/paths/~1a~1{key}/post: found a path of the same shape as /a/{id} with the method "
        "post, expected one that a request can be told by"
    )


@pytest.mark.parametrize("path", ["a", "/{a", "/a}", "/{}", "/{id}/{id}"])
def test_path_that_no_request_can_have_is_not_served(tmp_path: Path, path: str) -> None:
    item = {"get": {"responses": {"200": {"description": "d"}}}}
    loaded = load(tmp_path, with_part(SMALL, "paths", path, item), strict=False)
    assert [*loaded.effective["paths"]] == ["/a/{id}"]
    assert [found.rule for found in loaded.warnings] == ["path"]


def test_reference_into_a_path_that_is_not_served_is_refused(tmp_path: Path) -> None:
    item = {"get": {"responses": {"200": {"description": "d", "content": JSON}}}}
    schema = {"$ref": "#/paths/a/get/responses/200/content/application~1json/schema"}
    document = with_part(with_part(SMALL, "paths", "a", item), *SCHEMA, schema)
    assert "which names nothing" in refusal(tmp_path, document, strict=False) or (
        "whose path is not served" in refusal(tmp_path, document, strict=False)
    )


@pytest.mark.parametrize(("version", "means"), [(3.1, "3.1.0"), ("3.1", "3.1.0"), (3.0, "3.0.0")])
def test_version_without_its_last_number_is_understood(
    tmp_path: Path, version: object, means: str
) -> None:
    loaded = load(tmp_path, SMALL | {"openapi": version}, strict=False)
    assert loaded.effective["openapi"] == means
    assert [found.rule for found in loaded.warnings] == ["version"]


@pytest.mark.parametrize("version", ["3.2.0", "2.0", 4.0, None, "31.0"])
def test_other_version_is_refused(tmp_path: Path, version: object) -> None:
    message = refusal(tmp_path, SMALL | {"openapi": version}, strict=False)
    assert message == f"yaml#/openapi: found {version!r}, expected OpenAPI 3.0.x or 3.1.x"


@pytest.mark.parametrize("version", ["2.0", 2.0])
def test_swagger_2_is_refused_with_the_command_that_converts_it(
    tmp_path: Path, version: object
) -> None:
    with pytest.raises(DocumentError, match="found swagger 2") as raised:
        load(tmp_path, {"swagger": version, "paths": {}}, strict=False)
    assert raised.value.fix == (
        f"convert it: npx swagger2openapi --patch --yaml --outfile d.openapi.yaml {tmp_path}/d.yaml"
    )


def test_postman_collection_is_refused_with_what_converts_it(tmp_path: Path) -> None:
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    collection = {"info": {"name": "n", "schema": schema}, "item": []}
    with pytest.raises(DocumentError, match="found a Postman collection") as raised:
        load(tmp_path, collection, strict=False, name="d.json")
    assert raised.value.fix.startswith("convert it to OpenAPI 3 first")


@pytest.mark.parametrize("name", ["d.yaml", "d.json"])
def test_integer_beyond_64_bits_is_the_nearest_number(tmp_path: Path, name: str) -> None:
    """As OpenAI's document has it: 2^63 and some."""
    text = json.dumps(with_part(SMALL, *SCHEMA, {"type": "integer", "minimum": "N"}))
    text = text.replace('"N"', "-9223372036854776000")
    schema = load(tmp_path, text, name=name, strict=False).schemas.at(*SCHEMA)
    assert schema.schema["minimum"] == -9223372036854775808.0
    assert schema.accepts(-(2**63))
    with pytest.raises(DocumentError, match="64"):
        load(tmp_path, text, name=name)


def test_overlays_apply_as_far_as_the_document_has_their_targets(tmp_path: Path) -> None:
    overlay = overlay_of(
        {"target": "$.info", "update": {"title": "changed"}},
        {"target": "$.paths['/nothing']", "remove": True},
    )
    (tmp_path / "o.overlay.yaml").write_text(json.dumps(overlay))
    (tmp_path / "d.yaml").write_text(json.dumps(SMALL))
    document = documents.load(tmp_path / "d.yaml", like=[tmp_path / "o.yaml", tmp_path / "p.yaml"])
    assert document.effective == with_part(SMALL, "info", "title", "changed")


def test_what_is_tolerated_is_in_effect_and_not_for_clients(tmp_path: Path) -> None:
    """Its overlay is the last, of the document as of those that it is like."""
    title = {"target": "$.info", "update": {"title": "tolerated"}}
    nothing = {"target": "$.paths['/nothing']", "remove": True}
    (tmp_path / "d.tolerated.yaml").write_text(json.dumps(overlay_of(title)))
    told = overlay_of({"target": "$.info", "update": {"title": "told"}})
    document = load(tmp_path, SMALL, overlay=told)
    assert document.effective == with_part(SMALL, "info", "title", "tolerated")
    assert document.for_clients() == with_part(SMALL, "info", "title", "told")
    (tmp_path / "d.tolerated.yaml").rename(tmp_path / "other.tolerated.yaml")
    (tmp_path / "other.tolerated.yaml").write_text(json.dumps(overlay_of(title, nothing)))
    document = documents.load(tmp_path / "d.yaml", like=[tmp_path / "other.yaml"])
    assert document.effective == with_part(SMALL, "info", "title", "tolerated")
    assert document.for_clients() == with_part(SMALL, "info", "title", "told")


def test_where_nothing_is_tolerated_the_document_for_clients_is_the_one_in_effect(
    tmp_path: Path,
) -> None:
    document = load(tmp_path, SMALL)
    assert document.for_clients() is document.effective


def test_prefixes_of_an_operation_are_its_own_its_paths_or_the_documents(tmp_path: Path) -> None:
    document = SMALL | {"servers": [{"url": "https://a/v1"}, {"url": "/v2"}]}
    assert load(tmp_path, document).prefixes_of("/a/{id}", "post") == ("/v1", "/v2")
    document = with_part(document, "paths", "/a/{id}", "servers", [{"url": "/of-path"}])
    loaded = load(tmp_path, document, strict=False)
    assert loaded.prefixes_of("/a/{id}", "post") == ("/of-path",)
    document = with_part(document, *OPERATION, "servers", [{"url": "/of-operation"}])
    loaded = load(tmp_path, document, strict=False)
    assert loaded.prefixes_of("/a/{id}", "post") == ("/of-operation",)
    assert loaded.prefixes == ("/v1", "/v2")


def test_a_document_knows_the_files_that_it_refers_to(tmp_path: Path) -> None:
    """Those of these too; a change of one is a change of the document."""
    (tmp_path / "more.yaml").write_text("S: {$ref: 'last.yaml'}\n")
    (tmp_path / "last.yaml").write_text("{type: string}\n")
    document = tmp_path / "one.yaml"
    content = "{application/json: {schema: {$ref: 'more.yaml#/S'}}}"
    document.write_text(
        "openapi: 3.1.0\ninfo: {title: One, version: '1'}\npaths: {/a: {get: {responses: "
        f"{{'200': {{description: '', content: {content}}}}}}}}}}}\n"
    )
    found = documents.load(document).files
    assert {file.name for file in found} == {"more.yaml", "last.yaml"}
