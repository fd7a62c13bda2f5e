"""What values are called in XML, by the examples of the specification and by our choices."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from locum.openapi.schemas import Schemas
from locum.openapi.xml_names import Markup, component, decoded, encoded, markup, wire_names

COMPONENTS = {
    "Pet": {"type": "object", "xml": {"name": "pet", "namespace": "urn:pets"}},
    "Old": {"xml": {"name": "##default"}},
}


def said(*described: Any, version: str = "3.1.0") -> Markup:
    document = {"openapi": version, "components": {"schemas": COMPONENTS}, "s": list(described)}
    schemas = Schemas(document)
    return markup(schemas, *schemas.document["s"])


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (True, Markup()),
        ({"type": "string"}, Markup()),
        ({"xml": {"name": "a", "attribute": True}}, Markup(name="a", is_attribute=True)),
        ({"xml": {"wrapped": True, "prefix": "p"}}, Markup(prefix="p", is_wrapped=True)),
        ({"xml": {"wrapped": "yes", "name": 7}}, Markup()),
        ({"$ref": "#/components/schemas/Pet"}, Markup("pet", "urn:pets")),
        ({"$ref": "#/components/schemas/Old"}, Markup()),
        (
            {"$ref": "#/components/schemas/Pet", "xml": {"name": "own"}},
            Markup("own", "urn:pets"),
        ),
        (
            {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"xml": {"name": "later"}}]},
            Markup("later", "urn:pets"),
        ),
        (
            {"anyOf": [{"$ref": "#/components/schemas/Pet"}, {"type": "null"}]},
            Markup("pet", "urn:pets"),
        ),
        ({"oneOf": [{"$ref": "#/components/schemas/Pet"}, {"xml": {"name": "b"}}]}, Markup()),
    ],
)
def test_each_field_is_said_by_the_outermost_schema_that_has_it(
    schema: Any, expected: Markup
) -> None:
    assert said(schema) == expected


def test_a_schema_that_holds_itself_says_what_it_says_once() -> None:
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "components": {"schemas": {"A": {"allOf": [{"$ref": "#/components/schemas/A"}]}}},
    }
    schemas = Schemas(document)
    assert markup(schemas, {"$ref": "#/components/schemas/A"}) == Markup()


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ({"$ref": "#/components/schemas/Pet"}, "Pet"),
        ({"$ref": "#/components/schemas/a~1b"}, "a/b"),
        ({"$ref": "#/components/schemas/Pet/properties/id"}, ""),
        ({"allOf": [{"$ref": "#/components/schemas/Pet"}]}, ""),
        (True, ""),
    ],
)
def test_a_component_is_named_by_a_reference_to_it_alone(schema: Any, name: str) -> None:
    assert component(schema) == name


NONE = Markup()


@pytest.mark.parametrize(
    ("own", "items", "expected"),
    [  # the table of section 4.8.26.2 for a property `animals`
        (NONE, None, "animals"),
        (Markup(name="animal"), None, "animal"),
        (NONE, NONE, "animals"),
        (NONE, Markup(name="animal"), "animal"),
        (Markup(name="aliens"), Markup(name="animal"), "animal"),
        (Markup(name="aliens"), NONE, "animals"),
        (Markup(is_wrapped=True), NONE, "animals"),
        (Markup(name="aliens", is_wrapped=True), NONE, "aliens"),
        (Markup(name="aliens", is_wrapped=True), Markup(name="animal"), "aliens"),
        (Markup(is_wrapped=True), Markup(name="animal"), "animals"),
    ],
)
def test_a_property_is_called_as_the_specification_has_it(
    own: Markup, items: Markup | None, expected: str
) -> None:
    assert wire_names({"animals": (own, items)}) == {"animals": expected}


def test_properties_that_would_share_a_name_go_by_their_own() -> None:
    address, attribute = Markup(name="address"), Markup(name="address", is_attribute=True)
    found = wire_names({"home": (address, None), "work": (address, None), "at": (attribute, None)})
    assert found == {"home": "home", "work": "work", "at": "address"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("name", "name"),
        ("first_name", "first_name"),
        ("été", "été"),
        ("first name", "first_x0020_name"),
        ("dc:title", "dc_x003A_title"),
        ("1st", "_x0031_st"),
        ("$ref", "_x0024_ref"),
        ("a_x0041_", "a_x005F_x0041_"),
        ("x_y", "x_y"),
        ("a_xyz", "a_xyz"),
        ("-", "_x002D_"),
        ("a\n", "a_x000A_"),
        ("a\U0001f600", "a_x1F600_"),
        ("Ж名", "Ж名"),
    ],
)
def test_a_name_is_written_so_that_it_is_one_in_xml_and_read_back(name: str, expected: str) -> None:
    assert encoded(name) == expected
    assert ET.fromstring(f"<{expected}/>").tag == expected  # noqa: S314 - our own
    assert decoded(expected) == name


@pytest.mark.parametrize("name", ["_x110000_", "_xD800_", "_x00_", "_x0020"])
def test_what_stands_for_no_character_stays(name: str) -> None:
    assert decoded(name) == name
