"""Failures in the document's own shape: what went wrong stands where the names ask for it."""

from __future__ import annotations

from typing import Any

import pytest

from locum.exceptions import InvalidRequest, InvalidValue, NotFound
from locum.generate.asked import ORDINARY, Manner
from locum.generate.failures import Failures
from locum.generate.generator import Generator
from locum.openapi.responses import Responses
from locum.provider import Answer, Failure
from tests.generate.collections_documents import loaded

FAULTS = (
    InvalidValue(("query", "page"), '"x" is not of type "integer"', "type", "x"),
    InvalidValue(("body", "items", 0, "n"), "-1 is less than the minimum of 0", "minimum", -1),
)
INVALID = Failure(422, "two faults", InvalidRequest(FAULTS), "/shops", FAULTS)
MISSING = Failure(404, "shop 7 not found", NotFound("shop", "7"), "/shops/7")


def failures(responses: str, manner: Manner = ORDINARY) -> Failures:
    document = loaded(f"""
openapi: 3.1.0
paths:
  /shops:
    get:
      responses: {responses}
""")
    definition = document.effective["paths"]["/shops"]["get"]
    generator = Generator(document, manner)
    return Failures(Responses(document.schemas, "/shops", "get", definition), generator)


def described(schema: str, status: str = "404", media_type: str = "application/json") -> str:
    return f"{{'{status}': {{description: '', content: {{'{media_type}': {{schema: {schema}}}}}}}}}"


def answer(failure: Failure, responses: str, **named: Any) -> Answer:
    found = failures(responses).answer(failure, **named)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        ("{type: object, properties: {error: {type: string}}}", {"error": "shop 7 not found"}),
        (
            (
                "{type: object, required: [code, message], properties: "
                "{code: {type: integer}, message: {type: string}, trace: {type: string}}}"
            ),
            {"code": 404, "message": "shop 7 not found"},
        ),
        (
            (
                "{type: object, properties: {error: {type: object, properties: "
                "{code: {type: string}, message: {type: string}}}}}"
            ),
            {"error": {"code": "not_found", "message": "shop 7 not found"}},
        ),
        (
            "{type: object, properties: {success: {type: boolean}, reason: {type: string}}}",
            {"success": False, "reason": "shop 7 not found"},
        ),
        (
            "{type: object, properties: {code: {type: string, enum: [gone, not_found]}}}",
            {"code": "not_found"},
        ),
        ("{type: string}", "shop 7 not found"),
    ],
)
def test_a_failure_stands_where_the_names_ask_for_it(schema: str, body: Any) -> None:
    found = answer(MISSING, described(schema))
    assert (found.status, found.body) == (404, body)


def test_what_is_required_and_asks_for_nothing_known_is_made() -> None:
    schema = "{type: object, required: [id], properties: {id: {type: string, format: uuid}}}"
    assert len(answer(MISSING, described(schema)).body["id"]) == 36


def test_problem_details_have_no_type_of_their_own() -> None:
    schema = (
        "{type: object, properties: {type: {type: string}, title: {type: string}, "
        "status: {type: integer}, detail: {type: string}, instance: {type: string}}}"
    )
    found = answer(MISSING, described(schema, media_type="application/problem+json"))
    assert found.media_type == "application/problem+json"
    assert found.body == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "shop 7 not found",
        "instance": "/shops/7",
    }


@pytest.mark.parametrize(
    ("items", "first"),
    [
        ("{type: string}", 'query.page: "x" is not of type "integer"'),
        (
            (
                "{type: object, properties: {field: {type: string}, message: {type: string}, "
                "code: {type: string}}}"
            ),
            {"field": "query.page", "message": '"x" is not of type "integer"', "code": "type"},
        ),
        (
            (
                "{type: object, required: [loc, msg, type], properties: {loc: {type: array, items: "
                "{type: string}}, msg: {type: string}, type: {type: string}}}"
            ),
            {"loc": ["query", "page"], "msg": '"x" is not of type "integer"', "type": "type"},
        ),
    ],
)
def test_each_fault_is_an_item_of_the_list_of_faults(items: str, first: Any) -> None:
    schema = f"{{type: object, properties: {{errors: {{type: array, items: {items}}}}}}}"
    body = answer(INVALID, described(schema, "422")).body
    assert body["errors"][0] == first
    assert len(body["errors"]) == 2


@pytest.mark.parametrize(
    ("names", "status"),
    [(["400"], 400), (["400", "422"], 422), (["4XX"], 422), (["default"], 422), (["404"], None)],
)
def test_a_request_that_breaks_the_document_is_422_or_400(
    names: list[str], status: int | None
) -> None:
    responses = "{" + ", ".join(f"'{name}': {{description: ''}}" for name in names) + "}"
    found = failures(responses).answer(INVALID)
    assert (found and found.status) == status


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        (
            "{type: object, xml: {name: fault}, properties: {error: {type: string}}}",
            "<fault><error>shop 7 not found</error></fault>",
        ),
        ("{type: string}", "<root>shop 7 not found</root>"),
    ],
)
def test_a_failure_that_is_documented_in_xml_alone_is_xml(schema: str, text: str) -> None:
    responses = described(schema, media_type="application/xml")
    assert answer(MISSING, responses).body == f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'


def test_an_example_of_xml_is_written_by_its_schema() -> None:
    responses = (
        "{'404': {description: '', content: {application/xml: {"
        "schema: {type: object, xml: {name: fault}}, example: {error: a}}}}}"
    )
    found = answer(MISSING, responses, example="")
    assert found.body.endswith("\n<fault><error>a</error></fault>")


def test_what_was_wanted_by_its_status_is_the_documented_example() -> None:
    responses = (
        "{'404': {description: '', content: {application/json: {"
        "schema: {type: object, properties: {error: {type: string}}}, "
        "examples: {bad: {value: {error: 1}}, one: {value: {error: a}}, two: {value: {error: b}}}"
        "}}}}"
    )
    assert answer(MISSING, responses).body == {"error": "shop 7 not found"}
    assert answer(MISSING, responses, example="").body == {"error": "a"}
    assert answer(MISSING, responses, example="two").body == {"error": "b"}


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ("{type: string}", '"x" is not of type "integer"'),
        ("{type: array, items: {type: string}}", ['"x" is not of type "integer"']),
    ],
)
def test_faults_by_field_are_a_map(values: str, found: Any) -> None:
    """As Laravel and ASP.NET have them."""
    schema = (
        "{type: object, required: [errors], properties: "
        f"{{errors: {{type: object, additionalProperties: {values}}}}}}}"
    )
    body = answer(INVALID, described(schema, "422")).body
    assert body["errors"]["page"] == found
    assert body["errors"].keys() == {"page", "items.0.n"}


def test_a_sentence_is_cut_where_its_schema_wants_that() -> None:
    schema = "{type: object, properties: {message: {type: string, maxLength: 12}}}"
    assert answer(MISSING, described(schema)).body == {"message": "shop 7 not"}


def test_a_field_is_that_of_the_first_fault_or_none() -> None:
    param = "{type: object, required: [param], properties: {param: {type: [string, 'null']}}}"
    assert answer(INVALID, described(param, "422")).body == {"param": "page"}
    assert answer(MISSING, described(param)).body == {"param": None}


def test_json_api_has_pointers_and_the_status_as_text() -> None:
    schema = (
        "{type: object, properties: {errors: {type: array, items: {type: object, properties: {"
        "status: {type: string}, detail: {type: string}, source: {type: object, properties: "
        "{pointer: {type: string}}}}}}}}"
    )
    body = answer(INVALID, described(schema, "422")).body
    assert body["errors"][1] == {
        "status": "422",
        "detail": "-1 is less than the minimum of 0",
        "source": {"pointer": "/items/0/n"},
    }


EXAMPLES = (
    "{'404': {description: '', content: {application/json: {"
    "schema: {type: object, properties: {error: {type: string}, tries: {type: integer}}}, "
    "examples: {bad: {value: 1}, one: {value: {error: a}}, two: {value: {error: b}}}}}}}"
)


@pytest.mark.parametrize(
    ("responses", "named", "body"),
    [
        (EXAMPLES, {}, {"error": "a"}),
        (EXAMPLES, {"example": "two"}, {"error": "b"}),
        (described("{type: object, properties: {error: {type: string}}}"), {}, {"error": "string"}),
        (described("{type: number}"), {}, 0),
        (described("{type: string}", media_type="text/plain"), {}, "string"),
        (described("{type: integer}", media_type="text/plain"), {}, "0"),
        ("{'404': {description: ''}}", {}, None),
    ],
)
def test_among_placeholders_failures_are_placeholders(
    responses: str, named: dict[str, str], body: Any
) -> None:
    """A documented example that fits, else the placeholder of the schema; nothing is filled in."""
    found = failures(responses, Manner(is_static=True)).answer(MISSING, **named)
    assert found is not None
    assert (found.status, found.body) == (404, body)


@pytest.mark.parametrize(
    ("responses", "name", "lacks"),
    [
        (EXAMPLES, "two", False),
        (EXAMPLES, "three", True),
        (described("{type: number}"), "two", True),
        ("{'404': {description: ''}}", "two", False),
        ("{'400': {description: ''}}", "two", False),
    ],
)
def test_an_example_is_lacking_where_a_body_has_none_of_its_name(
    responses: str, name: str, *, lacks: bool
) -> None:
    assert failures(responses).lacks(MISSING, name) is lacks
