"""Documents are read as the types of JSON, changed by their overlay, their references resolved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from locum.exceptions import DocumentError
from locum.openapi import documents, reader
from locum.openapi.places import Places
from locum.resources import bundled
from tests.oracles.small_document import JSON, OPERATION, SMALL, load, refusal, with_part

# Reading.


def test_document_has_its_name_path_and_content(tmp_path: Path) -> None:
    document = load(tmp_path, SMALL)
    assert (document.name, document.path) == ("d", tmp_path / "d.yaml")
    assert document.effective == SMALL


def test_yaml_and_json_read_alike(tmp_path: Path) -> None:
    assert (
        load(tmp_path, yaml.safe_dump(SMALL)).effective
        == load(tmp_path, SMALL, name="d.json").effective
    )


@pytest.mark.parametrize("name", ["langsmith", "helicone"])
def test_bundled_document_reads_as_an_independent_reader_does(name: str) -> None:
    path = bundled("specs") / f"{name}.yaml"
    assert reader.read(path) == yaml.safe_load(path.read_text())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("True", "True"),
        ("2024-01-01", "2024-01-01"),
        ("1:30", "1:30"),
        ("010", "010"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("'1'", "1"),
        (".inf", ".inf"),
        ("1.0.0", "1.0.0"),
        ("true", True),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("-0.25E-2", -0.0025),
    ],
)
def test_plain_scalars_are_json_types_or_texts(tmp_path: Path, text: str, value: object) -> None:
    (tmp_path / "d.yaml").write_text(f"key: {text}\n")
    read = reader.read(tmp_path / "d.yaml")["key"]
    assert (read, type(read)) == (value, type(value))


def test_keys_are_texts_as_written(tmp_path: Path) -> None:
    (tmp_path / "d.yaml").write_text("200: a\nno: b\n1.50: c\nnull: d\n")
    assert reader.read(tmp_path / "d.yaml") == {"200": "a", "no": "b", "1.50": "c", "null": "d"}


def test_aliases_become_objects_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "d.yaml").write_text("a: &x {k: []}\nb: *x\n")
    read = reader.read(tmp_path / "d.yaml")
    assert read == {"a": {"k": []}, "b": {"k": []}}
    assert read["a"] is not read["b"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3, column 1: found the key 'a' twice, expected it once"),
        ("200: 1\n'200': 2\n", "line 2, column 1: found the key '200' twice"),
        ("? [a]\n: 1\n", "line 1, column 3: found a key that is no text"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "line 3, column 3: found the merge key <<"),
        ("a: [1\n", "line 2, column 1: did not find expected ',' or ']'"),
        ("a: *b\n", "line 1, column 4: found undefined alias"),
        ("a: !!python/name:os.system\n", "could not determine a constructor"),
        ("a: !!timestamp 2024-01-01\n", "could not determine a constructor"),
        ("a: &x [*x]\n", "ecursi"),
        ("- a\n", "found no object, expected one"),
        ("", "found no object, expected one"),
        ("a: 1\n---\nb: 2\n", "but found another document"),
    ],
)
def test_malformed_yaml_is_refused(tmp_path: Path, text: str, message: str) -> None:
    assert message in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": {"b": 1, "b": 2}}', "found the key 'b' twice, expected it once"),
        ('{"a": 1', "Expecting ',' delimiter: line 1 column 8"),
        ('{"a": "\\ud800"}', "surrogates not allowed"),
        ("[]", "found no object"),
        ("[" * 100_000, "more than 200 levels of nesting"),
    ],
)
def test_malformed_json_is_refused(tmp_path: Path, text: str, message: str) -> None:
    assert message in refusal(tmp_path, text, name="d.json")


def test_file_that_is_missing_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="No such file"):
        documents.load(tmp_path / "d.yaml")
    (tmp_path / "d.yaml").write_bytes(b"\xff")
    with pytest.raises(DocumentError, match="can't decode byte 0xff"):
        documents.load(tmp_path / "d.yaml")


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("d.yaml", "a: 1\nb: 2\na: 3\n", 3),
        ("d.yaml", "a: [1\n", 2),
        ("d.yaml", "a: &x {b: 1}\nc:\n  <<: *x\n", 3),
        ("d.json", '{\n"a": 1,\n"b": 2,,\n"c": 3}', 3),
        ("d.json", '{"a": "\\ud800"}', None),  # found by the check of the whole value
        ("d.yaml", "- a\n", None),
    ],
)
def test_fault_of_syntax_has_its_file_and_line(
    tmp_path: Path, name: str, text: str, line: int | None
) -> None:
    with pytest.raises(DocumentError) as raised:
        load(tmp_path, text, name=name)
    assert (raised.value.path, raised.value.line) == (tmp_path / name, line)
    assert raised.value.pointer is None


def test_file_that_holds_no_object_or_is_missing_is_at_fault_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as raised:
        load(tmp_path, "[]")
    assert (raised.value.found, raised.value.expected) == ("no object", "one")
    with pytest.raises(DocumentError) as raised:
        reader.read(tmp_path / "missing.yaml")
    assert str(raised.value) == f"{tmp_path}/missing.yaml: No such file or directory"
    assert (raised.value.path, raised.value.pointer) == (tmp_path / "missing.yaml", None)


LINES = """\
openapi: 3.1.0
paths:
  # a comment
  /a b:
    get: {parameters: [],
      responses: {}}
  "/c":
  - x: 1
    y: 2
  - 3
200: null
"""


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        ((), 1),
        (("paths",), 2),
        (("paths", "/a b"), 4),
        (("paths", "/a b", "get", "parameters"), 5),
        (("paths", "/a b", "get", "responses"), 6),
        (("paths", "/c"), 7),
        (("paths", "/c", 0), 8),
        (("paths", "/c", "0", "y"), 9),
        (("paths", "/c", 1), 10),
        (("200",), 11),
        # What is not there is nearest to what is.
        (("nothing",), 1),
        (("paths", "/a b", "put", "responses"), 4),
        (("paths", "/c", 2, "x"), 7),
        (("200", "x"), 11),
    ],
)
def test_line_of_a_pointer(pointer: tuple[str | int, ...], line: int) -> None:
    assert Places(LINES).line(pointer) == line


def test_line_in_json() -> None:
    assert Places('{\n "a": {\n  "b": [\n   1,\n   2]}}').line(("a", "b", 1)) == 5


def test_text_that_is_no_yaml_has_one_line() -> None:
    assert Places("a: [1").line(("a",)) == 1


# Overlays and references.


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
