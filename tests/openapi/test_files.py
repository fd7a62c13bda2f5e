"""References to other files become references within the document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from locum.exceptions import DocumentError
from locum.openapi import documents
from locum.openapi.documents import Document
from locum.openapi.lint import lint
from locum.openapi.walk import walk

HEAD = "openapi: 3.1.0\ninfo: {title: m, version: '1'}\n"


def written(folder: Path, root: str, **files: str) -> Path:
    """The document, and beside it other files, whose names have __ for a slash and end with their
    kind after one _."""
    (folder / "d.yaml").write_text(HEAD + root, encoding="utf-8")
    for name, text in files.items():
        stem, _, kind = name.rpartition("_")
        path = folder / f"{stem.replace('__', '/')}.{kind}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "d.yaml"


def loaded(folder: Path, root: str, **files: str) -> Document:
    return documents.load(written(folder, root, **files))


def answer_of(schema: str) -> str:
    """A document with one operation, whose answer has that schema."""
    answer = {"description": "d", "content": {"application/json": {"schema": {"$ref": schema}}}}
    return f"paths: {json.dumps({'/a': {'get': {'responses': {'200': answer}}}})}\n"


PLACE = ("paths", "/a", "get", "responses", "200", "content", "application/json", "schema")


def accepts(document: Document, value: Any) -> bool:
    return document.schemas.at(*PLACE).accepts(value)


def refusal(folder: Path, root: str, **files: str) -> DocumentError:
    with pytest.raises(DocumentError) as raised:
        loaded(folder, root, **files)
    return raised.value


def remaining(document: Document) -> list[str]:
    return [
        node["$ref"]
        for _, _, node in walk(document.effective)
        if isinstance(node, dict) and "$ref" in node
    ]


@pytest.mark.parametrize(
    ("reference", "name", "text"),
    [
        ("pet.yaml", "pet_yaml", "type: integer"),
        ("./pet.yaml", "pet_yaml", "type: integer"),
        ("schemas/pet.yml", "schemas__pet_yml", "type: integer"),
        ("pet.json", "pet_json", '{"type": "integer"}'),
        ("pet.yaml#/a~1b/c%20d", "pet_yaml", "a/b: {c d: {type: integer}}"),
        ("pet.yaml#/list/1", "pet_yaml", "list: [{}, {type: integer}]"),
        ("pet.yaml#", "pet_yaml", "type: integer"),
        ("pet.yaml#/", "pet_yaml", "type: integer"),
    ],
)
def test_schema_of_another_file_becomes_a_component(
    tmp_path: Path, reference: str, name: str, text: str
) -> None:
    document = loaded(tmp_path, answer_of(reference), **{name: text})
    assert [accepts(document, 1), accepts(document, "x")] == [True, False]
    (found,) = remaining(document)
    assert found.startswith("#/components/schemas/")
    assert document.warnings == ()


def test_absolute_path_and_url_of_a_file_are_followed(tmp_path: Path) -> None:
    (tmp_path / "pet.yaml").write_text("type: integer")
    for reference in (str(tmp_path / "pet.yaml"), (tmp_path / "pet.yaml").as_uri()):
        document = loaded(tmp_path, answer_of(reference))
        assert [accepts(document, 1), accepts(document, "x")] == [True, False]


def test_circle_through_files_stays_a_circle(tmp_path: Path) -> None:
    """A pet has an owner, who has pets; and a pet has friends, by a reference to its own file."""
    document = loaded(
        tmp_path,
        answer_of("schemas/pet.yaml"),
        schemas__pet_yaml="properties: {owner: {$ref: owner.yaml}, friends: {items: {$ref: '#'}},"
        " id: {type: integer}}",
        schemas__owner_yaml="properties: {pets: {type: array, items: {$ref: './pet.yaml'}}}",
    )
    assert sorted(document.effective["components"]["schemas"]) == ["owner", "pet"]
    assert accepts(document, {"owner": {"pets": [{"id": 1, "friends": [{"id": 2}]}]}})
    assert not accepts(document, {"owner": {"pets": [{"id": "x"}]}})
    assert not accepts(document, {"friends": [{"owner": {"pets": [{"friends": [{"id": "x"}]}]}}]})


def test_two_files_of_one_name_are_two_components_and_neither_is_the_documents_own(
    tmp_path: Path,
) -> None:
    root = answer_of("a/x.yaml") + "components: {schemas: {x: {type: 'null'}}}"
    document = loaded(
        tmp_path,
        root,
        a__x_yaml="properties: {p: {$ref: ../b/x.yaml}}",
        b__x_yaml="type: integer",
    )
    assert sorted(document.effective["components"]["schemas"]) == ["x", "x_2", "x_3"]
    assert [accepts(document, {"p": 1}), accepts(document, {"p": "x"})] == [True, False]


@pytest.mark.parametrize("inner_first", [True, False])
def test_part_of_a_schema_and_the_whole_are_the_same_in_either_order(
    tmp_path: Path, *, inner_first: bool
) -> None:
    members = [("part", "pet.yaml#/properties/id"), ("whole", "pet.yaml")]
    ordered = members if inner_first else reversed(members)
    schemas = {"A": {"properties": {name: {"$ref": target} for name, target in ordered}}}
    root = f"paths: {{}}\ncomponents: {json.dumps({'schemas': schemas})}"
    document = loaded(tmp_path, root, pet_yaml="properties: {id: {type: integer}}")
    schema = document.schemas.at("components", "schemas", "A")
    assert schema.accepts({"whole": {"id": 1}, "part": 1})
    assert not schema.accepts({"whole": {"id": "x"}})
    assert not schema.accepts({"part": "x"})


def test_another_file_may_refer_back_to_the_document(tmp_path: Path) -> None:
    root = answer_of("pet.yaml") + "components: {schemas: {Id: {type: integer}}}"
    document = loaded(
        tmp_path, root, pet_yaml="properties: {id: {$ref: 'd.yaml#/components/schemas/Id'}}"
    )
    assert [accepts(document, {"id": 1}), accepts(document, {"id": "x"})] == [True, False]
    assert sorted(document.effective["components"]["schemas"]) == ["Id", "pet"]


def test_other_objects_are_copied_with_their_references_made_right(tmp_path: Path) -> None:
    """A path item in a folder, whose parameter and response are in files of others."""
    document = loaded(
        tmp_path,
        "paths: {'/a/{id}': {$ref: paths/a.yaml}}",
        paths__a_yaml="get: {parameters: [{$ref: '../parts.json#/id'}], responses: {'200': "
        "{$ref: '#/x-ok'}}}\nx-ok: {description: d, content: {application/json: {schema: {$ref: "
        "../s.yaml}}}}",
        parts_json='{"id": {"name": "id", "in": "path", "required": true, "schema": {"$ref": '
        '"s.yaml"}}}',
        s_yaml="type: integer",
    )
    operation = document.effective["paths"]["/a/{id}"]["get"]
    assert operation["parameters"] == [
        {"name": "id", "in": "path", "required": True, "schema": {"$ref": "#/components/schemas/s"}}
    ]
    content = operation["responses"]["200"]["content"]["application/json"]
    assert content == {"schema": {"$ref": "#/components/schemas/s"}}


def test_whole_maps_may_stand_in_files_of_their_own(tmp_path: Path) -> None:
    """OpenAPI has no such reference, and many documents do."""
    document = loaded(
        tmp_path,
        "paths: {$ref: paths.yaml}\ncomponents: {$ref: components.yaml}",
        paths_yaml=answer_of("d.yaml#/components/schemas/S").removeprefix("paths: "),
        components_yaml="schemas: {$ref: schemas.yaml}",
        schemas_yaml="S: {type: object, properties: {$ref: properties.yaml}}",
        properties_yaml="p: {type: integer}",
    )
    assert [accepts(document, {"p": 1}), accepts(document, {"p": "x"})] == [True, False]


def test_mapping_of_a_discriminator_names_the_component(tmp_path: Path) -> None:
    schema = (
        "oneOf: [{$ref: cat.yaml}]\n"
        "discriminator: {propertyName: kind, mapping: {cat: ./cat.yaml, dog: Dog}}"
    )
    document = loaded(tmp_path, answer_of("pet.yaml"), pet_yaml=schema, cat_yaml="type: object")
    mapping = document.effective["components"]["schemas"]["pet"]["discriminator"]["mapping"]
    assert mapping == {"cat": "#/components/schemas/cat", "dog": "Dog"}


@pytest.mark.parametrize(
    ("reference", "found", "expected"),
    [
        ("none.yaml", ", whose file is not there", "a file that is"),
        ("pet.yaml#/none", ", which names nothing", "the place of a schema"),
        ("pet.yaml#name", ", which is no place", "a place as #/components/schemas/Name"),
        ("pet.yaml#/text", ", which names no schema", "the place of a schema"),
        ("d.yaml", ", which names no schema", "the place of a schema"),
        (".", ", whose file is not there", "a file that is"),
        ("/dev/zero", ", whose file is not there", "a file that is"),
        ("urn:x", "", "a reference within this document, #/…, or to a local file"),
        (
            "https://example.invalid/pet.yaml",
            ", which is on the network",
            "a reference within this document, #/…, or to a local file",
        ),
        (
            "//example.invalid/pet.yaml",
            ", which is on the network",
            "a reference within this document, #/…, or to a local file",
        ),
    ],
)
def test_reference_that_leads_nowhere_is_refused(
    tmp_path: Path, reference: str, found: str, expected: str
) -> None:
    error = refusal(tmp_path, answer_of(reference), pet_yaml="text: x")
    assert (error.found, error.expected) == (f"{reference!r}{found}", expected)
    assert error.pointer == (*PLACE, "$ref")
    assert ("download it" in error.fix) is ("network" in found)


def test_other_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    error = refusal(tmp_path, answer_of("pet.yaml"), pet_yaml="a: [")
    assert error.path == tmp_path / "pet.yaml"


def test_endless_references_through_files_end(tmp_path: Path) -> None:
    """Each names the other, and a place within it, so that none is ever there."""
    error = refusal(
        tmp_path, answer_of("a.yaml#/x"), a_yaml="$ref: 'b.yaml#/y'", b_yaml="$ref: 'a.yaml#/z'"
    )
    assert error.found == "'a.yaml#/x', which names nothing"


def test_chain_of_a_thousand_files_but_one_is_followed(tmp_path: Path) -> None:
    for number in range(900):
        (tmp_path / f"{number}.yaml").write_text(f"properties: {{p: {{$ref: {number + 1}.yaml}}}}")
    (tmp_path / "900.yaml").write_text("type: integer")
    assert accepts(loaded(tmp_path, answer_of("0.yaml")), {"p": {"p": {}}})


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    for number in range(1_001):
        (tmp_path / f"{number}.yaml").write_text(f"properties: {{p: {{$ref: {number + 1}.yaml}}}}")
    error = refusal(tmp_path, answer_of("0.yaml"))
    assert error.found == "'1000.yaml': more than 1,000 files, or 20,000,000 characters"


def test_copies_of_another_file_are_bounded(tmp_path: Path) -> None:
    """A circle of path items by callbacks, which would be copied for ever."""
    item = (
        "post: {callbacks: {c: {'/x': {$ref: 'item.yaml'}}}, responses: {'200': {description: %s}}}"
    )
    error = refusal(tmp_path, "paths: {/a: {$ref: item.yaml}}", item_yaml=item % ("x" * 100_000))
    assert "such references stand for more than 20,000,000 characters" in str(error)


def test_strict_document_has_no_other_files(tmp_path: Path) -> None:
    path = written(tmp_path, answer_of("pet.yaml"), pet_yaml="type: integer")
    with pytest.raises(DocumentError, match="expected a reference within this document"):
        documents.load(path, strict=True)


def test_data_that_looks_like_a_reference_is_none(tmp_path: Path) -> None:
    root = "paths: {}\ncomponents: {schemas: {S: {example: {$ref: none.yaml}}}}"
    document = loaded(tmp_path, root)
    assert document.effective["components"]["schemas"]["S"] == {"example": {"$ref": "none.yaml"}}


def test_finding_in_another_file_has_its_file_and_line(tmp_path: Path) -> None:
    path = written(tmp_path, answer_of("a/pet.yaml"), a__pet_yaml="title: Pet\ntype: strin\n")
    (found,) = lint(path)
    assert (found.path, found.line, found.pointer) == (tmp_path / "a" / "pet.yaml", 2, ("type",))


def test_documents_of_several_files_have_the_same_bytes_each_time(tmp_path: Path) -> None:
    path = written(
        tmp_path, answer_of("pet.yaml"), pet_yaml="properties: {a: {$ref: a.yaml}}", a_yaml="{}"
    )
    first, second = (json.dumps(documents.load(path).effective) for _ in range(2))
    assert first == second
