"""`locum lint`: every fault of a document or overlay, with the line it stands in."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from locum.cli.main import main
from locum.openapi.lint import ERROR, WARNING, lint
from tests.conftest import ROOT
from tests.oracles.small_document import OPERATION, SCHEMA, SMALL, with_part

SPECS = ROOT / "specs"
TOLERATED = ("API Key", "Tenant ID", "Bearer Auth")


def line_of(path: Path, text: str, after: str = "") -> int:
    """Where the text stands for the first time after another, found by reading the file."""
    lines = list(enumerate(path.read_text(encoding="utf-8").splitlines(), 1))
    start = next(number for number, line in lines if after in line)
    return next(number for number, line in lines if number >= start and text in line)


def copied(folder: Path, name: str) -> tuple[Path, Path]:
    for file in (f"{name}.yaml", f"{name}.overlay.yaml"):
        shutil.copy(SPECS / file, folder)
    return folder / f"{name}.yaml", folder / f"{name}.overlay.yaml"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_bundled_documents_have_three_tolerated_names_and_no_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    langsmith = SPECS / "langsmith.yaml"
    assert main(["lint", str(langsmith), str(SPECS / "helicone.yaml")]) == 0
    *findings, summary = capsys.readouterr().out.splitlines()
    assert summary == "0 errors, 3 warnings in 2 documents"
    assert {finding.split(": ")[0] for finding in findings} == {
        f"{langsmith}:{line_of(langsmith, f'    {name}:', after='securitySchemes:')}"
        for name in TOLERATED
    }
    assert all(": warning: " in finding for finding in findings)


def test_every_fault_of_a_document_is_found_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document, _ = copied(tmp_path, "langsmith")
    edit(document, "required: true", "required: 5")
    edit(document, "type: http", "type: htp")
    edit(document, "in: query", "in: nowhere")
    assert main(["lint", str(document)]) == 1
    out = capsys.readouterr().out
    assert f"{document}:{line_of(document, 'required: 5')}: warning: " in out
    assert f"{document}:{line_of(document, 'in: nowhere')}: error: " in out
    assert f"{document}:{line_of(document, 'type: htp')}: error: #/components/securitySch" in out


def test_malformed_schemas_are_reported_at_their_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document, _ = copied(tmp_path, "langsmith")
    edit(document, "minimum: 1", "minimum: one")
    edit(document, "format: uuid", "format: 5")
    assert main(["lint", str(document)]) == 0
    out = capsys.readouterr().out
    assert f"{document}:{line_of(document, 'minimum: one')}: warning: " in out
    assert f"{document}:{line_of(document, 'format: 5')}: warning: " in out


# The small document, as JSON with an item a line.


def findings_of(folder: Path, *where_and_value: Any, **fields: Any) -> list[tuple[str, str]]:
    """The text of the line, and what is said, of each finding in the small document, changed."""
    document = folder / "d.json"
    changed = with_part(SMALL | fields, *where_and_value)
    document.write_text(json.dumps(changed, indent=1), encoding="utf-8")
    lines = document.read_text(encoding="utf-8").splitlines()
    findings = lint(document)
    assert {finding.path for finding in findings} <= {document}
    return [
        (lines[(finding.line or 0) - 1].strip(" ,"), f"{finding.level}: {finding.text}")
        for finding in findings
    ]


@pytest.mark.parametrize("openapi", ["3.0.3", "3.1.0"])
def test_small_document_has_no_finding(tmp_path: Path, openapi: str) -> None:
    assert findings_of(tmp_path, "openapi", openapi) == []


@pytest.mark.parametrize("openapi", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("where_and_value", "line", "message"),
    [
        (
            (*SCHEMA, {"$ref": "#/components/schemas/X"}),
            '"$ref": "#/components/schemas/X"',
            "#/components/schemas/S/$ref: found '#/components/schemas/X', which names nothing",
        ),
        (
            (*SCHEMA, {"$ref": "other.yaml#/X"}),
            '"$ref": "other.yaml#/X"',
            "#/components/schemas/S/$ref: found 'other.yaml#/X', whose file is not there",
        ),
        (
            (*SCHEMA, {"$ref": "https://example.invalid/s.json"}),
            '"$ref": "https://example.invalid/s.json"',
            "#/components/schemas/S/$ref: found 'https://example.invalid/s.json', which is on the",
        ),
        (
            (*OPERATION, "parameters", [{"$ref": "#/components/parameters/X"}]),
            '"$ref": "#/components/parameters/X"',
            "#/paths/~1a~1{id}/post/parameters/0/$ref: found '#/components/parameters/X', which",
        ),
        (
            ("components", "parameters", {"P": {"$ref": "#/components/parameters/P"}}),
            '"$ref": "#/components/parameters/P"',
            "#/components/parameters/P/$ref: found '#/components/parameters/P', which leads in a",
        ),
        (("paths", 5), '"paths": 5', "#/paths: found 5, expected an object"),
        (("paths", "/a/{id}", 5), '"/a/{id}": 5', "#/paths/~1a~1{id}: found 5, expected a path"),
        ((*OPERATION, 5), '"post": 5', "#/paths/~1a~1{id}/post: found 5, expected an object"),
        ((*OPERATION, "parameters", {"a": 1}), '"parameters": {', "#/paths/~1a~1{id}/post/"),
        ((*OPERATION, "parameters", ["x"]), '"x"', "#/paths/~1a~1{id}/post/parameters/0"),
        ((*OPERATION, "parameters", 0, "name", ...), "{", "#/paths/~1a~1{id}/post/parameters/0: "),
        (("components", "schemas", 5), '"schemas": 5', "#/components/schemas: found 5, expected"),
    ],
)
def test_error_is_reported_and_errors_do_not_follow_from_it(
    tmp_path: Path, openapi: str, where_and_value: tuple[Any, ...], line: str, message: str
) -> None:
    found = findings_of(tmp_path, *where_and_value, openapi=openapi)
    errors = [(text, each) for text, each in found if each.startswith("error: ")]
    assert [text for text, _ in errors] == [line]
    assert errors[0][1].startswith(f"error: {message}")


@pytest.mark.parametrize("openapi", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("where_and_value", "line", "message"),
    [
        (
            (*SCHEMA, {"properties": {"p": {"minimum": "1"}}}),
            '"minimum": "1"',
            '#/components/schemas/S/properties/p/minimum: found "1", which is left out, expected a',
        ),
        (
            (*SCHEMA, {"type": "strin"}),
            '"type": "strin"',
            '#/components/schemas/S/type: found "strin", which is left out, expected one of null,',
        ),
        (
            (*OPERATION, "responses", "200", "description", ...),
            '"200": {',
            "#/paths/~1a~1{id}/post/responses/200: found no field 'description', expected one",
        ),
        (("tags", 5), '"tags": 5', "#/tags: found 5, expected array"),
        (("info", ...), "{", "found no field 'info', expected an object with title and version"),
    ],
)
def test_what_can_be_served_is_a_warning_once(
    tmp_path: Path, openapi: str, where_and_value: tuple[Any, ...], line: str, message: str
) -> None:
    ((text, found),) = findings_of(tmp_path, *where_and_value, openapi=openapi)
    assert text == line
    assert found.startswith(f"warning: {message}")


def test_all_faults_of_a_document_are_found_in_one_run(tmp_path: Path) -> None:
    """Of every kind: structure, references, meta-schema, meaning, operations."""
    document = with_part(SMALL, *SCHEMA, {"$ref": "#/nowhere"})
    document = with_part(document, "components", "securitySchemes", "key", "type", "none")
    document = with_part(document, "tags", [{"name": "a"}, {"name": "a"}])
    document = with_part(document, *OPERATION, "sumary", "x")
    document = with_part(document, "components", "schemas", "T", {"type": "null", "default": 1})
    document = with_part(document, "paths", "/a/{other}", document["paths"]["/a/{id}"])
    path = tmp_path / "d.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    assert {(found.rule, found.level) for found in lint(path)} == {
        ("reference", ERROR),
        ("structure", ERROR),
        ("same-shape", ERROR),
        ("tag", WARNING),
        ("meta-schema", WARNING),
        ("default", WARNING),
        ("operation-id", WARNING),
        ("path-parameter", WARNING),
    }


@pytest.mark.parametrize("extension", [None, 5, "x", {"get": 5}, {"$ref": "#/nothing"}])
def test_extensions_are_not_looked_at(tmp_path: Path, extension: Any) -> None:
    document = with_part(SMALL, "paths", "x-note", extension)
    assert findings_of(tmp_path, *OPERATION, "responses", "x-note", extension, **document) == []


def test_places_in_a_document_of_one_line_have_their_columns(tmp_path: Path) -> None:
    document = tmp_path / "d.json"
    text = json.dumps(with_part(SMALL, *SCHEMA, {"type": "strin"}))
    document.write_text(text)
    (finding,) = lint(document)
    assert (finding.line, finding.column) == (1, text.index('"type": "strin"') + 1)


@pytest.mark.parametrize("schemes", [5, True, "API Key", ["API Key"]])
def test_schemes_that_are_no_object_are_a_finding(tmp_path: Path, schemes: object) -> None:
    ((line, message),) = findings_of(tmp_path, "components", "securitySchemes", schemes)
    assert line.startswith('"securitySchemes": ')
    assert message.startswith("error: #/components/securitySchemes: ")


WRONG = {"properties": {"p": {"type": "string", "default": 5}}}


@pytest.mark.parametrize("openapi", ["3.0.3", "3.1.0"])
def test_default_that_breaks_its_schema_is_reported_at_its_line(
    tmp_path: Path, openapi: str
) -> None:
    assert findings_of(tmp_path, *SCHEMA, WRONG, openapi=openapi) == [
        (
            '"default": 5',
            'warning: #/components/schemas/S/properties/p/default: 5 is not of type "string"',
        )
    ]


def test_part_of_a_default_is_reported_at_its_line(tmp_path: Path) -> None:
    schema = {"type": "object", "additionalProperties": {"type": "string"}}
    schema["default"] = {"a": "x", "b": 5}
    assert findings_of(tmp_path, *SCHEMA, schema) == [
        ('"b": 5', 'warning: #/components/schemas/S/default/b: 5 is not of type "string"')
    ]


def test_default_behind_references_is_reported_where_it_is_written(tmp_path: Path) -> None:
    """The validator comes to it by the body of the operation, and a reference within a schema."""
    body = {"items": {"$ref": "#/components/schemas/S"}}
    document = with_part(SMALL, *SCHEMA, WRONG)
    place = (*OPERATION, "requestBody", "content", "application/json", "schema")
    assert findings_of(tmp_path, *place, body, **document) == [
        (
            '"default": 5',
            'warning: #/components/schemas/S/properties/p/default: 5 is not of type "string"',
        )
    ]


@pytest.mark.parametrize(
    ("where_and_value", "line", "message"),
    [
        (
            (*OPERATION, "parameters", 0, "name", "ID"),
            '"name": "ID"',
            "#/paths/~1a~1{id}/post/parameters/0/name: found 'ID', expected one of ['id'] as in",
        ),
        (
            (*OPERATION, "parameters", 0, "name", "ID"),
            '"post": {',
            "#/paths/~1a~1{id}/post: found no path parameter 'id', expected one: it is taken as a",
        ),
        (
            ("paths", "/b/{id}", {"put": SMALL["paths"]["/a/{id}"]["post"]}),
            '"operationId": "a"',
            "#/paths/~1b~1{id}/put/operationId: found 'a' as at #/paths/~1a~1{id}/post, expected",
        ),
        (
            (*OPERATION, "parameters", SMALL["paths"]["/a/{id}"]["post"]["parameters"] * 2),
            '"name": "id"',
            "#/paths/~1a~1{id}/post/parameters/1/name: found 'id' again, expected each parameter",
        ),
        (
            (*SCHEMA, {"allOf": [{}], "required": ["q"]}),
            '"required": [',
            "#/components/schemas/S/required: found ['q'], expected properties that are defined",
        ),
        (
            ("paths", "/b}", {"get": {"responses": {"200": {"description": "d"}}}}),
            '"/b}": {',
            "#/paths/~1b}: found '/b}', expected /, texts and {names}: it is not served",
        ),
    ],
)
def test_fault_between_parts_is_a_warning_at_its_line(
    tmp_path: Path, where_and_value: tuple[Any, ...], line: str, message: str
) -> None:
    found = findings_of(tmp_path, *where_and_value)
    assert line in [text for text, each in found if each.startswith(f"warning: {message}")]


@pytest.mark.parametrize("names", [("S",), ("S", "T"), ("S", "T", "U")])
def test_references_in_a_circle_are_an_error(tmp_path: Path, names: tuple[str, ...]) -> None:
    """None of them leads to a schema."""
    following = dict(zip(names, (*names[1:], names[0]), strict=True))
    schemas = {name: {"$ref": f"#/components/schemas/{following[name]}"} for name in names}
    found = findings_of(tmp_path, "components", "schemas", schemas)
    assert found == [
        (
            f'"$ref": "#/components/schemas/{following["S"]}"',
            (
                f"error: #/components/schemas/S/$ref: found '#/components/schemas/{following['S']}'"
                ", which leads in a circle, expected the place of a schema"
            ),
        )
    ]


LETTER = {"pattern": "\\p{L}", "default": "a"}


@pytest.mark.parametrize(
    "where_and_value",
    [
        (*SCHEMA, {"default": {"$ref": "#/nothing"}}),
        (
            "components",
            "schemas",
            {"R": {"items": {"$ref": "#/components/schemas/S"}}, "S": LETTER},
        ),
    ],
)
def test_data_like_a_reference_and_a_pattern_of_json_schema_are_no_faults(
    tmp_path: Path, where_and_value: tuple[Any, ...]
) -> None:
    assert findings_of(tmp_path, *where_and_value) == []


def test_default_that_the_overlay_breaks_is_reported_at_its_action(tmp_path: Path) -> None:
    document, overlay = with_overlay(
        tmp_path,
        "overlay: 1.0.0\n"
        "info: {title: t, version: '1'}\n"
        "actions:\n"
        "  - {target: $.info, update: {description: d}}\n"
        "  - {target: $.components.schemas.S.properties.p, update: {default: 5}}\n"
        "  - {target: $.paths, update: {}}\n",
    )
    (finding,) = lint(document)
    assert str(finding) == (
        f"{overlay}:5: warning: in effect, "
        '#/components/schemas/S/properties/p/default: 5 is not of type "string" [default]'
    )


def with_overlay(folder: Path, text: str) -> tuple[Path, Path]:
    """The small document, and the text as its overlay."""
    document, overlay = folder / "d.json", folder / "d.overlay.yaml"
    document.write_text(json.dumps(SMALL, indent=1), encoding="utf-8")
    overlay.write_text(text, encoding="utf-8")
    return document, overlay


def test_a_fault_that_the_overlay_brings_is_reported_at_its_action(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document, overlay = copied(tmp_path, "helicone")
    edit(overlay, "description: Too many requests.", "descriptio: Too many requests.")
    assert main(["lint", str(document)]) == 0
    action = line_of(overlay, "- target: $.paths.*.post")  # the last one of that place
    assert f"{overlay}:{action}: warning: in effect, #/paths/" in capsys.readouterr().out


def test_a_fault_that_only_what_is_tolerated_brings_is_reported_there(tmp_path: Path) -> None:
    """Once, and nothing that the document has without it."""
    document, _ = copied(tmp_path, "helicone")
    tolerated = tmp_path / "helicone.tolerated.yaml"
    shutil.copy(SPECS / tolerated.name, tolerated)
    edit(tolerated, "minItems: 1", "minItem: 1")
    (finding,) = lint(document)
    assert finding.path == tolerated
    assert finding.line == line_of(tolerated, "- target: $.components.schemas")
    assert "minItem" in str(finding)


def test_what_clients_get_is_held_to_the_rules_though_what_is_tolerated_mends_it(
    tmp_path: Path,
) -> None:
    """A reference to what only the last overlay has."""
    document, overlay = copied(tmp_path, "helicone")
    tolerated = tmp_path / "helicone.tolerated.yaml"
    shutil.copy(SPECS / tolerated.name, tolerated)
    edit(overlay, "#/components/schemas/Refusal", "#/components/schemas/CoercedDouble")
    (finding,) = lint(document)
    action = line_of(overlay, "- target: $.paths.*.post")  # the last one of that place
    assert (finding.path, finding.line) == (overlay, action)


def test_a_target_that_is_not_there_is_reported_at_its_action(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document, overlay = copied(tmp_path, "langsmith")
    edit(overlay, "$.components.schemas.RunStatsGroupBy", "$.components.schemas.Nothing")
    assert main(["lint", str(document)]) == 1
    out = capsys.readouterr().out
    assert f"{overlay}:{line_of(overlay, 'schemas.Nothing')}: error: " in out


def test_what_is_no_yaml_is_reported_at_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "broken.yaml"
    document.write_text("openapi: 3.1.0\ninfo: {\n", encoding="utf-8")
    assert main(["lint", str(document)]) == 2
    assert capsys.readouterr().out.startswith(f"{document}:3: error: line 3, column 1")


def test_what_is_no_json_is_reported_at_its_line(tmp_path: Path) -> None:
    document = tmp_path / "broken.json"
    document.write_text('{\n"openapi": "3.1.0",\n"info": {},,\n"paths": {}}', encoding="utf-8")
    (finding,) = lint(document)
    assert (finding.path, finding.line, finding.level) == (document, 3, ERROR)
    assert finding.message.startswith("Expecting property name enclosed in double quotes")


def test_refusal_of_strict_documents_is_reported_at_a_place_whose_name_has_a_blank(
    tmp_path: Path,
) -> None:
    """The server runs no flow of OpenID Connect, which OpenAPI allows."""
    document, _ = copied(tmp_path, "langsmith")
    scheme = "      type: apiKey\n      in: header\n      name: X-API-Key\n"
    edit(document, scheme, "      type: openIdConnect\n      openIdConnectUrl: https://a.example\n")
    line = line_of(document, "type: openIdConnect", after="API Key:")
    for strict, level in ((True, ERROR), (False, WARNING)):
        (found,) = [each for each in lint(document, strict=strict) if each.rule == "security-flow"]
        assert (found.path, found.line, found.level) == (document, line, level)
        assert found.text == (
            '#/components/securitySchemes/API Key/type: found "openIdConnect", which is not run: '
            "any credential of its form is taken"
        )


@pytest.mark.parametrize(
    ("actions", "line", "message"),
    [
        ("  - {target: $.x, remove: yes}", 7, "action 2: remove: found 'yes', expected true or"),
        ("  - target: $.x\n    remove: yes", 8, "action 2: remove: found 'yes', expected true or"),
        ("  - target: $.x\n    remove: true", 7, "action 2 ('$.x'): found nothing in the doc"),
        ("  - target: $.info\n    update: 5", 7, "action 2 ('$.info'): found an update that is 5"),
    ],
)
def test_fault_of_an_action_is_reported_at_its_line(
    tmp_path: Path, actions: str, line: int, message: str
) -> None:
    document, overlay = with_overlay(
        tmp_path,
        "overlay: 1.0.0\n"
        "info: {title: t, version: '1'}\n"
        "actions:\n"
        "  - target: $.info\n"
        "    update:\n"
        "      description: d\n"
        f"{actions}\n",
    )
    (finding,) = lint(document)
    assert (finding.path, finding.line, finding.level) == (overlay, line, ERROR)
    assert finding.message.startswith(message)


def test_fault_of_an_overlays_head_is_reported_at_its_line(tmp_path: Path) -> None:
    document, overlay = with_overlay(
        tmp_path, "overlay: 1.0.0\ninfo:\n  title: t\n  version: 1\nactions: []\n"
    )
    (finding,) = lint(document)
    assert str(finding) == f"{overlay}:4: error: info: version: found 1, expected a text [overlay]"


def test_a_file_that_is_not_there_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "no-such.yaml"]) == 2
    error, fix = capsys.readouterr().err.splitlines()
    assert error == "error: no-such.yaml: No such file or directory"
    assert fix.startswith("fix: ")


def test_no_document_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint"]) == 2
    assert "SPEC" in capsys.readouterr().err
