"""The official meta-schemas' faults: the most specific one, in one line of ours."""

from __future__ import annotations

import copy
import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from locum.openapi import checks, metaschema
from locum.openapi.metaschema import Fault
from tests.oracles.small_document import OPERATION, SCHEMA, SMALL, with_part


def document_faults(*where_and_value: Any, version: str = "3.1") -> list[Fault]:
    document = with_part(SMALL | {"openapi": f"{version}.0"}, *where_and_value)
    return [*metaschema.document_faults(document, version)]


def schema_faults(schema: Any) -> list[Fault]:
    return [*metaschema.schema_faults(metaschema.schema_validator(), ("here", 0), schema)]


@pytest.mark.parametrize("version", ["3.0", "3.1"])
def test_good_document_has_no_fault(version: str) -> None:
    assert document_faults("info", "title", "t", version=version) == []


@pytest.mark.parametrize("version", ["3.0", "3.1"])
@pytest.mark.parametrize(
    ("where_and_value", "fault"),
    [
        (("info", "version", ...), Fault(("info",), "no field 'version'", "one")),
        (("info", "title", 5), Fault(("info", "title"), "5", "string")),
        (
            (*OPERATION, "sumary", "s"),
            Fault(OPERATION, "the unknown field 'sumary'", "a field that OpenAPI has here"),
        ),
        (
            ("info", "contact", {"email": "@"}),
            Fault(("info", "contact", "email"), '"@"', "a email"),
        ),
    ],
)
def test_fault_of_a_document(version: str, where_and_value: tuple[Any, ...], fault: Fault) -> None:
    assert document_faults(*where_and_value, version=version) == [fault]


def test_fault_deepest_in_the_document_is_the_one() -> None:
    """A document with two faults: of info, two tokens deep, and of a parameter, six deep."""
    document = with_part(SMALL, "info", "title", 5)
    document = with_part(document, *OPERATION, "parameters", 0, "required", "yes")
    pointer = (*OPERATION, "parameters", 0, "required")
    assert [*metaschema.document_faults(document, "3.1")] == [Fault(pointer, '"yes"', "boolean")]


def test_lack_of_a_reference_is_not_the_cause() -> None:
    """A parameter is one of parameter and reference; without `in`, it is no reference either."""
    pointer = (*OPERATION, "parameters", 0)
    assert document_faults(*pointer, "in", ...) == [Fault(pointer, "no field 'in'", "one")]


def test_schemas_of_3_1_are_left_to_schema_faults_and_those_of_3_0_are_not() -> None:
    assert document_faults(*SCHEMA, {"minimum": "1"}) == []
    assert document_faults(*SCHEMA, {"minimum": "1"}, version="3.0") == [
        Fault((*SCHEMA, "minimum"), '"1"', "number")
    ]


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        ({"minimum": "1"}, Fault(("here", 0, "minimum"), '"1"', "number")),
        ({"type": ["string", "x"]}, Fault(("here", 0, "type", 1), '"x"', "one of ")),
        ({"pattern": "("}, Fault(("here", 0, "pattern"), '"("', "a regex")),
        ({"properties": {"p": 5}}, Fault(("here", 0, "properties", "p"), "5", "boolean or object")),
        (
            {"anyOf": []},
            Fault(("here", 0, "anyOf"), "[]", "it to keep the rule minItems"),
        ),
        (5, Fault(("here", 0), "5", "boolean or object")),
        ({"$anchor": "1"}, Fault(("here", 0, "$anchor"), '"1"', "what matches ^[A-Za-z_]")),
    ],
)
def test_fault_of_a_schema(schema: Any, fault: Fault) -> None:
    (only,) = schema_faults(schema)
    assert (only.pointer, only.found) == (fault.pointer, fault.found)
    assert only.expected.startswith(fault.expected)


@pytest.mark.parametrize("schema", [True, False, {}, {"type": ["string", "null"]}, {"x-any": 1}])
def test_good_schema_has_no_fault(schema: Any) -> None:
    assert schema_faults(schema) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x" * 58, '"' + "x" * 58 + '"'),  # 60 characters with its quotes
        ("x" * 59, '"' + "x" * 56 + "..."),
        ({"a": [1, None]}, '{"a":[1,null]}'),
    ],
)
def test_quoted_value_is_json_of_sixty_characters_at_most(value: object, text: str) -> None:
    assert metaschema.quoted(value) == text


# Tolerated names.


def with_scheme(name: str, scheme: Any) -> dict[str, Any]:
    return with_part(SMALL, "components", "securitySchemes", {name: scheme})


@pytest.mark.parametrize("name", sorted(metaschema.TOLERATED_SCHEMES))
def test_tolerated_name_is_no_fault_and_a_fault_under_it_has_its_place(name: str) -> None:
    good = with_scheme(name, {"type": "http", "scheme": "bearer"})
    assert [*metaschema.document_faults(good, "3.1")] == []
    (fault,) = metaschema.document_faults(with_scheme(name, {"type": "htp"}), "3.1")
    assert fault.pointer == ("components", "securitySchemes", name, "type")


def test_other_name_with_a_blank_is_a_fault() -> None:
    scheme = {"type": "http", "scheme": "bearer"}
    (fault,) = metaschema.document_faults(with_scheme("My Key", scheme), "3.1")
    assert fault == Fault(
        ("components", "securitySchemes"), "'My Key'", "a name of A-Z a-z 0-9 . _ -"
    )


def test_scheme_beside_a_tolerated_one_is_looked_at_whatever_its_name() -> None:
    good = {"type": "http", "scheme": "bearer"}
    document = with_part(
        SMALL, "components", "securitySchemes", {"APIKey": {"type": "htp"}, "API Key": good}
    )
    (fault,) = metaschema.document_faults(document, "3.1")
    assert fault.pointer == ("components", "securitySchemes", "APIKey", "type")


def test_names_are_made_valid_in_a_copy() -> None:
    document = with_scheme("API Key", {"type": "http"})
    before = copy.deepcopy(document)
    (name,) = metaschema.with_valid_names(document)["components"]["securitySchemes"]
    assert " " not in name
    assert document == before
    pointer = ("components", "securitySchemes", name, "type")
    assert metaschema.as_published(pointer) == ("components", "securitySchemes", "API Key", "type")


@pytest.mark.parametrize("components", [None, 5, {}, {"securitySchemes": []}])
def test_document_without_schemes_keeps_its_names(components: Any) -> None:
    document = {"components": components}
    assert metaschema.with_valid_names(document) == document


def test_pointer_elsewhere_is_as_published() -> None:
    (valid,) = metaschema.with_valid_names(with_scheme("API Key", {}))["components"][
        "securitySchemes"
    ]
    assert metaschema.as_published(("paths", valid)) == ("paths", valid)


# Memory.


class Watched:
    """A validator whose end can be seen: jsonschema-rs's own takes no weak reference."""

    def __init__(self, validator: jsonschema_rs.Validator) -> None:
        self.validator = validator

    def iter_errors(self, instance: Any) -> Iterator[jsonschema_rs.ValidationError]:
        return self.validator.iter_errors(instance)


def test_meta_schemas_are_compiled_for_each_document_and_gone_when_it_has_been_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They take two megabytes, and are needed for the milliseconds in which documents are read."""
    compiled: list[weakref.ref[Watched]] = []

    def watched(*arguments: Any, **options: Any) -> Watched:
        validator = Watched(validator_for(*arguments, **options))
        compiled.append(weakref.ref(validator))
        return validator

    validator_for = jsonschema_rs.validator_for
    monkeypatch.setattr(jsonschema_rs, "validator_for", watched)
    for documents in (1, 2):
        checks.check(SMALL, Path("d.yaml"))
        gc.collect()
        assert len(compiled) == 2 * documents  # OpenAPI's and JSON Schema's
        assert [reference() for reference in compiled] == [None] * len(compiled)
