"""`locum lint`: every fault of a document or overlay, with the line it stands in."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from locum.cli.main import main
from locum.openapi.lint import ERROR, WARNING, lint
from tests.conftest import ROOT
from tests.oracles.small_document import JSON, OPERATION, SCHEMA, SMALL, with_part

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
    for text in ("required: 5", "in: nowhere"):
        assert f"{document}:{line_of(document, text)}: error: " in out
    scheme = line_of(document, "Bearer Auth:", after="securitySchemes:")
    assert f"{document}:{scheme}: error: #/components/securitySchemes/Bearer Auth" in out


def test_malformed_schemas_are_reported_at_their_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document, _ = copied(tmp_path, "langsmith")
    edit(document, "minimum: 1", "minimum: one")
    edit(document, "format: uuid", "format: 5")
    assert main(["lint", str(document)]) == 1
    out = capsys.readouterr().out
    assert f"{document}:{line_of(document, 'minimum: one')}: error: " in out
    assert f"{document}:{line_of(document, 'format: 5')}: error: " in out


# The small document, as JSON with an item a line.


def findings_of(folder: Path, *where_and_value: Any, **fields: Any) -> list[tuple[str, str]]:
    """The text of the line and the message of each finding in the small document, changed."""
    document = folder / "d.json"
    changed = with_part(SMALL | fields, *where_and_value)
    document.write_text(json.dumps(changed, indent=1), encoding="utf-8")
    lines = document.read_text(encoding="utf-8").splitlines()
    findings = lint(document)
    assert {(finding.path, finding.severity) for finding in findings} <= {(document, ERROR)}
    return [(lines[finding.line - 1].strip(" ,"), finding.message) for finding in findings]


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
            "#/components/schemas/S/$ref: found 'other.yaml#/X', expected a reference within this",
        ),
        (
            (*OPERATION, "parameters", [{"$ref": "#/components/parameters/X"}]),
            '"$ref": "#/components/parameters/X"',
            "#/paths/~1a~1{id}/post/parameters/0/$ref: found '#/components/parameters/X', which",
        ),
        (
            ("components", "parameters", {"P": {"$ref": "#/components/parameters/P"}}),
            '"$ref": "#/components/parameters/P"',
            "#/components/parameters/P/$ref: found '#/components/parameters/P', a reference again",
        ),
        (("paths", 5), '"paths": 5', "#/paths: 5 is not of type"),
        (("paths", "/a/{id}", 5), '"/a/{id}": 5', "#/paths/~1a~1{id}: 5 is not of type"),
        ((*OPERATION, 5), '"post": 5', "#/paths/~1a~1{id}/post: 5 is not of type"),
        ((*OPERATION, "parameters", {"a": 1}), '"parameters": {', "#/paths/~1a~1{id}/post/"),
        ((*OPERATION, "parameters", ["x"]), '"x"', "#/paths/~1a~1{id}/post/parameters/0"),
        ((*OPERATION, "parameters", 0, "name", ...), "{", "#/paths/~1a~1{id}/post/parameters/0: "),
        (
            (*SCHEMA, {"properties": {"p": {"minimum": "1"}}}),
            '"minimum": "1"',
            "#/components/schemas/S",
        ),
        (("components", "schemas", 5), '"schemas": 5', "#/components/schemas: 5 is not of type"),
    ],
)
def test_fault_of_structure_is_reported_and_not_what_follows_from_it(
    tmp_path: Path, openapi: str, where_and_value: tuple[Any, ...], line: str, message: str
) -> None:
    """openapi-spec-validator takes the structure for granted, and would stumble."""
    found = findings_of(tmp_path, *where_and_value, openapi=openapi)
    assert line in [text for text, _ in found]
    assert all(each.startswith(message) for _, each in found)


@pytest.mark.parametrize("extension", [None, 5, "x", {"get": 5}, {"$ref": "#/nothing"}])
def test_extensions_are_not_looked_at(tmp_path: Path, extension: Any) -> None:
    document = with_part(SMALL, "paths", "x-note", extension)
    assert findings_of(tmp_path, *OPERATION, "responses", "x-note", extension, **document) == []


def test_warning_at_the_line_of_an_error_does_not_hide_it(tmp_path: Path) -> None:
    """A document in one line, whose error the server alone finds."""
    scheme = {"API Key": {"type": "mutualTLS"}}
    document = tmp_path / "d.json"
    document.write_text(json.dumps(with_part(SMALL, "components", "securitySchemes", scheme)))
    assert [(finding.line, finding.severity) for finding in lint(document)] == [
        (1, WARNING),
        (1, ERROR),
    ]


@pytest.mark.parametrize("schemes", [5, True, "API Key", ["API Key"], None])
def test_schemes_that_are_no_object_are_a_finding(tmp_path: Path, schemes: object) -> None:
    ((line, message),) = findings_of(tmp_path, "components", "securitySchemes", schemes)
    assert line.startswith('"securitySchemes": ')
    assert message.startswith("#/components/securitySchemes: ")


def test_several_faults_of_structure_at_one_place_are_all_found(tmp_path: Path) -> None:
    """Of the document's outermost object, too, whose pointer is empty."""
    document = with_part(SMALL, "info", {})
    found = findings_of(tmp_path, "paths", "/a/{id}", 5, **document)
    assert sorted(message for _, message in found) == [
        '#/info: "title" is a required property',
        '#/info: "version" is a required property',
        '#/paths/~1a~1{id}: 5 is not of type "object"',
    ]


WRONG = {"properties": {"p": {"type": "string", "default": 5}}}


@pytest.mark.parametrize("openapi", ["3.0.3", "3.1.0"])
def test_default_that_breaks_its_schema_is_reported_at_its_line(
    tmp_path: Path, openapi: str
) -> None:
    assert findings_of(tmp_path, *SCHEMA, WRONG, openapi=openapi) == [
        ('"default": 5', '#/components/schemas/S/properties/p/default: 5 is not of type "string"')
    ]


def test_part_of_a_default_is_reported_at_its_line(tmp_path: Path) -> None:
    schema = {"type": "object", "additionalProperties": {"type": "string"}}
    schema["default"] = {"a": "x", "b": 5}
    assert findings_of(tmp_path, *SCHEMA, schema) == [
        ('"b": 5', '#/components/schemas/S/default/b: 5 is not of type "string"')
    ]


def test_default_behind_references_is_reported_where_it_is_written(tmp_path: Path) -> None:
    """The validator comes to it by the body of the operation, and a reference within a schema."""
    body = {"items": {"$ref": "#/components/schemas/S"}}
    document = with_part(SMALL, *SCHEMA, WRONG)
    place = (*OPERATION, "requestBody", "content", "application/json", "schema")
    assert findings_of(tmp_path, *place, body, **document) == [
        ('"default": 5', '#/components/schemas/S/properties/p/default: 5 is not of type "string"')
    ]


@pytest.mark.parametrize(
    ("where_and_value", "line", "message"),
    [
        (
            (*OPERATION, "parameters", 0, "name", "ID"),
            '"post": {',
            "#/paths/~1a~1{id}/post: Path parameter 'ID' for 'post' operation in '/a/{id}' was not",
        ),
        (
            ("paths", "/b/{id}", {"put": SMALL["paths"]["/a/{id}"]["post"]}),
            '"put": {',
            "#/paths/~1b~1{id}/put: Operation ID 'a' for 'put' in '/b/{id}' is not unique",
        ),
        (
            (*OPERATION, "parameters", SMALL["paths"]["/a/{id}"]["post"]["parameters"] * 2),
            '"parameters": [',
            "#/paths/~1a~1{id}/post/parameters: Duplicate parameter 'id'",
        ),
        (
            (*SCHEMA, {"allOf": [{}], "required": ["q"]}),
            '"S": {',
            "#/components/schemas/S: Required list has not defined properties: ['q']",
        ),
    ],
)
def test_fault_between_parts_is_reported_at_the_line_of_what_holds_them(
    tmp_path: Path, where_and_value: tuple[Any, ...], line: str, message: str
) -> None:
    found = findings_of(tmp_path, *where_and_value)
    assert line in [text for text, each in found if each.startswith(message)]


@pytest.mark.parametrize("names", [("S",), ("S", "T"), ("S", "T", "U")])
def test_references_in_a_circle_are_a_finding_each(tmp_path: Path, names: tuple[str, ...]) -> None:
    """None of them leads to a schema."""
    following = dict(zip(names, (*names[1:], names[0]), strict=True))
    schemas = {name: {"$ref": f"#/components/schemas/{following[name]}"} for name in names}
    found = findings_of(tmp_path, "components", "schemas", schemas)
    assert found == [
        (
            f'"$ref": "#/components/schemas/{following[name]}"',
            (
                f"#/components/schemas/{name}/$ref: found a reference that leads in a circle, "
                "expected one that leads to a schema"
            ),
        )
        for name in names
    ]


def test_brace_without_a_partner_is_a_finding(tmp_path: Path) -> None:
    item = {"get": {"responses": {"200": {"description": "d", "content": JSON}}}}
    ((line, message),) = findings_of(tmp_path, "paths", "/b}", item)
    assert line == '"/b}": {'
    assert message.startswith("#/paths/~1b}: not everything could be checked: ")


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
        f"{overlay}:5: error: in effect, "
        '#/components/schemas/S/properties/p/default: 5 is not of type "string"'
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
    assert main(["lint", str(document)]) == 1
    action = line_of(overlay, "- target: $.paths")
    assert f"{overlay}:{action}: error: in effect, #/paths/" in capsys.readouterr().out


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
    assert main(["lint", str(document)]) == 1
    assert capsys.readouterr().out.startswith(f"{document}:3: error: line 3, column 1")


def test_what_is_no_json_is_reported_at_its_line(tmp_path: Path) -> None:
    document = tmp_path / "broken.json"
    document.write_text('{\n"openapi": "3.1.0",\n"info": {},,\n"paths": {}}', encoding="utf-8")
    (finding,) = lint(document)
    assert (finding.path, finding.line, finding.severity) == (document, 3, ERROR)
    assert finding.message.startswith("Expecting property name enclosed in double quotes")


def test_refusal_is_reported_at_a_place_whose_name_has_a_blank(tmp_path: Path) -> None:
    """The server serves no OAuth, which OpenAPI allows: only the server refuses it."""
    document, _ = copied(tmp_path, "langsmith")
    scheme = "      type: apiKey\n      in: header\n      name: X-API-Key\n"
    edit(document, scheme, "      type: openIdConnect\n      openIdConnectUrl: https://a.example\n")
    findings = [finding for finding in lint(document) if finding.severity == ERROR]
    line = line_of(document, "type: openIdConnect", after="API Key:")
    assert [(finding.path, finding.line) for finding in findings] == [(document, line)]
    assert findings[0].message == (
        '#/components/securitySchemes/API Key/type: found "openIdConnect", expected apiKey or http'
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
    assert (finding.path, finding.line, finding.severity) == (overlay, line, ERROR)
    assert finding.message.startswith(message)


def test_fault_of_an_overlays_head_is_reported_at_its_line(tmp_path: Path) -> None:
    document, overlay = with_overlay(
        tmp_path, "overlay: 1.0.0\ninfo:\n  title: t\n  version: 1\nactions: []\n"
    )
    (finding,) = lint(document)
    assert str(finding) == f"{overlay}:4: error: info: version: found 1, expected a text"


def test_a_file_that_is_not_there_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "no-such.yaml"]) == 2
    error, fix = capsys.readouterr().err.splitlines()
    assert error == "error: no-such.yaml: No such file or directory"
    assert fix.startswith("fix: ")


def test_no_document_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint"]) == 2
    assert "SPEC" in capsys.readouterr().err


def test_without_the_validator_the_fix_is_its_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "openapi_spec_validator", None)
    assert main(["lint", str(SPECS / "helicone.yaml")]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "error: lint needs openapi-spec-validator, which is not installed",
        "fix: pip install 'locum[lint]'",
    ]
