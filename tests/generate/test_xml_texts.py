"""JSON values as XML. The expected texts are those of the specification's examples, or written by
hand; another parser reads them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from locum.generate.xml_texts import XmlTexts
from locum.openapi.schemas import Schemas

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'
PET = {
    "type": "object",
    "properties": {"id": {"type": "integer", "xml": {"attribute": True}}, "name": {}},
    "xml": {"name": "pet"},
}
COMPONENTS = {"Pet": PET, "Cat": {"type": "object"}, "My Cat": {"type": "object"}}


def xml(value: Any, schema: Any, **options: Any) -> str:
    """The text without its declaration, which another parser could read."""
    document = {"openapi": "3.1.0", "s": schema, "components": {"schemas": COMPONENTS}}
    text = XmlTexts(Schemas(document)).text(value, ("s",), **options)
    assert text.startswith(DECLARATION)
    ET.fromstring(text)  # noqa: S314 - our own
    return text.removeprefix(DECLARATION)


def of(component: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{component}"}


@pytest.mark.parametrize(
    ("value", "schema", "text"),
    [
        ({}, {"type": "object", "xml": {"name": "own"}}, "<own/>"),
        ({}, of("Pet"), "<pet/>"),
        ({}, of("Cat"), "<Cat/>"),
        ({}, of("My Cat"), "<My_x0020_Cat/>"),
        ({}, {"allOf": [of("Pet"), {}]}, "<pet/>"),
        ({}, {"type": "object"}, "<root/>"),
        ("a", {"type": "string"}, "<root>a</root>"),
        (1.5, {"type": "number"}, "<root>1.5</root>"),
        (True, True, "<root>true</root>"),
        (None, True, f"<root {XSI}/>"),
        ([], {"type": "array"}, "<root/>"),
        ([1, 2], {"type": "array"}, "<root><item>1</item><item>2</item></root>"),
        (
            [{}, {}],
            {"type": "array", "items": of("Pet"), "xml": {"name": "pets"}},
            "<pets><pet/><pet/></pets>",
        ),
        ([{}], {"type": "array", "items": of("Cat")}, "<root><Cat/></root>"),
    ],
)
def test_the_root_has_a_name(value: Any, schema: Any, text: str) -> None:
    assert xml(value, schema) == text


def test_a_root_without_its_own_name_may_be_given_one() -> None:
    assert xml({}, of("Cat"), unnamed="xml") == "<xml/>"
    assert xml({}, of("Pet"), unnamed="xml") == "<pet/>"


def test_what_no_schema_describes_is_written_by_its_own_names() -> None:
    text = XmlTexts(Schemas({"openapi": "3.1.0"})).text({"a": [1, {"b": None}]}, None)
    assert text == f"{DECLARATION}<root><a>1</a><a><b {XSI}/></a></root>"


STRINGS = {"type": "string"}
ANIMAL = {"type": "string", "xml": {"name": "animal"}}


@pytest.mark.parametrize(
    ("schema", "text"),
    [  # the examples of OpenAPI 3.1.1, section 4.8.26.2
        ({"type": "array", "items": STRINGS}, "<animals>a</animals><animals>b</animals>"),
        ({"type": "array", "items": ANIMAL}, "<animal>a</animal><animal>b</animal>"),
        (
            {"type": "array", "items": ANIMAL, "xml": {"name": "aliens"}},
            "<animal>a</animal><animal>b</animal>",
        ),
        (
            {"type": "array", "items": STRINGS, "xml": {"wrapped": True}},
            "<animals><animals>a</animals><animals>b</animals></animals>",
        ),
        (
            {"type": "array", "items": STRINGS, "xml": {"name": "aliens", "wrapped": True}},
            "<aliens><aliens>a</aliens><aliens>b</aliens></aliens>",
        ),
        (
            {"type": "array", "items": ANIMAL, "xml": {"name": "aliens", "wrapped": True}},
            "<aliens><animal>a</animal><animal>b</animal></aliens>",
        ),
        (
            {"type": "array", "items": ANIMAL, "xml": {"wrapped": True}},
            "<animals><animal>a</animal><animal>b</animal></animals>",
        ),
    ],
)
def test_an_array_is_written_as_the_specification_has_it(schema: Any, text: str) -> None:
    its = {"type": "object", "properties": {"animals": schema}}
    assert xml({"animals": ["a", "b"]}, its) == f"<root>{text}</root>"


def test_attributes_namespaces_and_prefixes_are_those_of_the_specification() -> None:
    """Its Person: `id` is an attribute, `name` has a namespace with a prefix."""
    sample = {"namespace": "http://example.com/schema/sample", "prefix": "sample"}
    person = {
        "type": "object",
        "properties": {
            "id": {"type": "integer", "xml": {"attribute": True}},
            "name": {"type": "string", "xml": sample},
        },
        "xml": {"name": "Person"},
    }
    assert xml({"id": 123, "name": "example"}, person) == (
        '<Person id="123">'
        '<sample:name xmlns:sample="http://example.com/schema/sample">example</sample:name>'
        "</Person>"
    )


@pytest.mark.parametrize(
    ("value", "properties", "text"),
    [
        ({"a": 1}, {"a": {"xml": {"namespace": "urn:p"}}}, '<r xmlns="urn:p"><a>1</a></r>'),
        (
            {"a": 1},
            {"a": {"xml": {"namespace": "urn:q"}}},
            '<r xmlns="urn:p"><a xmlns="urn:q">1</a></r>',
        ),
        ({"a": 1}, {"a": {"xml": {"prefix": "q"}}}, '<r xmlns="urn:p"><a>1</a></r>'),
        (
            {"a": 1},
            {"a": {"xml": {"prefix": "q", "namespace": "urn:q", "attribute": True}}},
            '<r xmlns="urn:p" xmlns:q="urn:q" q:a="1"/>',
        ),
        (
            {"lang": "en"},
            {"lang": {"xml": {"prefix": "xml", "attribute": True}}},
            '<r xmlns="urn:p" xml:lang="en"/>',
        ),
    ],
)
def test_a_namespace_is_declared_where_it_is_not_yet_known(
    value: Any, properties: Any, text: str
) -> None:
    its = {"properties": properties, "xml": {"name": "r", "namespace": "urn:p"}}
    assert xml(value, its) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"id": None, "name": None}, f"<pet><name {XSI}/></pet>"),
        ({"id": 2**70}, f'<pet id="{2**70}"/>'),
        ({"id": [1, "b"]}, '<pet id="1 b"/>'),
        ({"id": {"x": 1}}, "<pet><id><x>1</x></id></pet>"),
        ({"id": 'a"b\n<&'}, '<pet id="a&quot;b&#10;&lt;&amp;"/>'),
        ({"name": "a<b>&\r\n"}, "<pet><name>a&lt;b&gt;&amp;&#13;\n</name></pet>"),
        ({"name": "a\x00\x1b"}, "<pet><name>a\ufffd\ufffd</name></pet>"),
        ({"name": [[1, 2], []]}, "<pet><name><name>1</name><name>2</name></name><name/></pet>"),
        ({"other thing": [1]}, "<pet><other_x0020_thing>1</other_x0020_thing></pet>"),
        ({"id": 1, "#text": "t"}, '<pet id="1">t</pet>'),
    ],
)  # fmt: skip
def test_a_value_is_written_so_that_it_can_be_read(value: Any, text: str) -> None:
    assert xml(value, of("Pet")) == text


def test_other_properties_are_written_by_their_schema() -> None:
    tag = {"type": "array", "items": ANIMAL, "xml": {"wrapped": True}}
    its = {"type": "object", "additionalProperties": tag}
    assert xml({"x": ["a"], "y": []}, its) == "<root><x><animal>a</animal></x><y/></root>"
