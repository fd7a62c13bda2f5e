"""What answers in a handler's place: which of the ways counts, and that equal questions are
answered by equal bytes."""

from __future__ import annotations

import time
from typing import Any

import pytest

from locum.exceptions import InvalidPreference, NotAcceptable, NotGenerated
from locum.generate.asked import ORDINARY, Asked, Manner, Wanted
from locum.generate.generated import Generated
from locum.generate.generator import Generator
from locum.openapi.responses import Responses
from tests.generate.collections_documents import loaded

SHOW = (
    "{type: object, required: [id, name], properties: {id: {type: integer}, name: {type: string}}}"
)


def generated(operation: str, *, path: str = "/shows/{id}", manner: Manner = ORDINARY) -> Generated:
    document = loaded(f"""
openapi: 3.1.0
paths:
  {path}:
    get: {operation}
""")
    definition = document.effective["paths"][path]["get"]
    responses = Responses(document.schemas, path, "get", definition)
    is_deprecated = definition.get("deprecated", False)
    generator = Generator(document, manner)
    return Generated(generator, path, "get", responses, is_deprecated=is_deprecated)


def ok(content: str, more: str = "") -> str:
    return f"{{responses: {{'200': {{description: '', content: {{{content}}}}}{more}}}}}"


def json(schema: str = SHOW, more: str = "") -> str:
    return f"application/json: {{schema: {schema}{more}}}"


def body(operation: str, asked: Asked = Asked(), **named: Any) -> Any:  # noqa: B008 - frozen
    return generated(operation, **named).answer(asked).body


SEVEN = Asked(path={"id": 7})
EXAMPLES = (
    ", examples: {bad: {value: 1}, one: {value: {id: 1, name: a}}, two: {value: {id: 2, name: b}}}"
)


def test_the_id_of_the_path_is_the_id_of_the_answer() -> None:
    made = body(ok(json()), SEVEN)
    assert made["id"] == 7
    assert isinstance(made["name"], str)


def test_what_is_sent_is_in_the_answer_where_that_has_its_names() -> None:
    asked = Asked(path={"id": 7}, body={"name": "Ann", "other": 1})
    assert body(ok(json()), asked) == {"id": 7, "name": "Ann"}


def test_equal_questions_have_equal_answers_and_others_have_others() -> None:
    schema = "{type: object, required: [n], properties: {n: {type: integer, maximum: 1000000000}}}"
    questions = [
        SEVEN,
        SEVEN,
        Asked(path={"id": 8}),
        Asked(path={"id": 7}, query={"a": 1}),
        Asked(path={"id": 7}, body={"a": 1}),
        Asked(path={"id": 7}, wanted=Wanted(seed="other")),
        Asked(path={"id": 7}, accept="application/json"),
        Asked(path={"id": 7}, query={"a": None}),
    ]
    first, same, *others, accepted, absent = [
        body(ok(json(schema)), each)["n"] for each in questions
    ]
    assert first == same == accepted == absent
    assert len({first, *others}) == 1 + len(others)


def test_a_fitting_example_goes_before_what_is_made() -> None:
    assert body(ok(json(more=EXAMPLES)), SEVEN) == {"id": 1, "name": "a"}
    preferred = Asked(path={"id": 7}, wanted=Wanted(dynamic=True))
    assert body(ok(json(more=EXAMPLES)), preferred)["id"] == 7


def test_an_example_is_preferred_by_its_name() -> None:
    assert body(ok(json(more=EXAMPLES)), Asked(wanted=Wanted(example="two"))) == {
        "id": 2,
        "name": "b",
    }
    with pytest.raises(InvalidPreference, match="bad, one, two"):
        body(ok(json(more=EXAMPLES)), Asked(wanted=Wanted(example="three")))
    with pytest.raises(NotGenerated, match="does not fit"):
        body(ok(json(more=EXAMPLES)), Asked(wanted=Wanted(example="bad")))


def test_static_values_are_placeholders() -> None:
    assert body(ok(json()), SEVEN, manner=Manner(is_static=True)) == {"id": 0, "name": "string"}
    wanted = Asked(path={"id": 7}, wanted=Wanted(dynamic=False))
    assert body(ok(json()), wanted) == {"id": 0, "name": "string"}


@pytest.mark.parametrize(
    ("accept", "media_type", "found"),
    [
        ("", "application/json", {"id": 1, "name": "a"}),
        ("text/plain", "text/plain", "hello"),
        ("text/*;q=0.5, application/json;q=0.4", "text/plain", "hello"),
    ],
)
def test_the_media_type_is_the_one_that_is_wanted(accept: str, media_type: str, found: Any) -> None:
    content = (
        "text/plain: {schema: {type: string}, example: hello}, "
        f"{json(more=', example: {id: 1, name: a}')}"
    )
    answer = generated(ok(content)).answer(Asked(accept=accept))
    assert (answer.media_type, answer.body) == (media_type, found)


def test_what_nobody_wants_is_not_sent() -> None:
    with pytest.raises(NotAcceptable, match="Only application/json is served"):
        body(ok(json()), Asked(accept="text/html"))


def test_a_preferred_status_is_answered_as_it_is_documented() -> None:
    operation = ok(json(), ", '202': {description: ''}")
    answer = generated(operation).answer(Asked(wanted=Wanted(status=202)))
    assert (answer.status, answer.body) == (202, None)


def test_where_no_success_is_documented_the_first_failure_answers() -> None:
    answer = generated("{responses: {'404': {description: ''}, '400': {description: ''}}}").answer(
        Asked()
    )
    assert (answer.status, answer.body) == (404, None)
    with pytest.raises(NotGenerated, match="its documented statuses are none"):
        body("{}")


def test_documented_headers_are_made_save_those_of_the_connection() -> None:
    headers = (
        "X-Rate: {schema: {type: integer, minimum: 3, maximum: 3}}, Link: {example: '<a>'}, "
        "Content-Length: {schema: {type: integer}}, Transfer-Encoding: {schema: {type: string}}"
    )
    operation = (
        f"{{deprecated: true, responses: {{'204': {{description: '', headers: {{{headers}}}}}}}}}"
    )
    answer = generated(operation).answer(Asked())
    assert answer.headers == {"x-rate": "3", "link": "<a>", "deprecation": "true"}


@pytest.mark.parametrize("name", ["'Bad Name'", "Vary", "Access-Control-Allow-Origin", "ETag"])
def test_headers_of_locum_s_own_and_what_is_none_are_left_out(name: str) -> None:
    headers = f"{{{name}: {{schema: {{type: string}}}}}}"
    operation = f"{{responses: {{'204': {{description: '', headers: {headers}}}}}}}"
    assert generated(operation).answer(Asked()).headers == {}


SHOWS = json(f"{{type: array, items: {SHOW}}}")
LIST = (
    "{parameters: [{name: limit, in: query, schema: {type: integer}}, "
    "{name: offset, in: query, schema: {type: integer}}, "
    "{name: name, in: query, schema: {type: string}}], "
    f"responses: {{'200': {{description: '', content: {{{SHOWS}}}}}}}}}"
)


def test_pages_of_a_made_list_are_parts_of_one() -> None:
    whole = body(LIST, path="/shows")
    assert len(whole) >= 7
    parts = [
        body(LIST, Asked(query={"limit": 2, "offset": start}), path="/shows") for start in (0, 2)
    ]
    assert [*parts[0], *parts[1]] == whole[:4]


def test_a_made_list_has_what_is_asked_for() -> None:
    made = body(LIST, Asked(query={"name": "Ann"}), path="/shows")
    assert made
    assert {each["name"] for each in made} == {"Ann"}


XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "{schema: {type: object, xml: {name: show}}, example: {id: 1}}",
            f"{XML}<show><id>1</id></show>",
        ),
        ("{schema: {type: object}, example: '<show/>'}", "<show/>"),
        ("{schema: {type: string}, example: none}", "none"),
        ("{schema: {type: string, example: <a/>}}", "<a/>"),
        ("{schema: {type: string, enum: [a]}}", f"{XML}<root>a</root>"),
        ("{schema: {type: string, const: ''}}", f"{XML}<root></root>"),
        ("{}", f"{XML}<root></root>"),
    ],
)
def test_xml_is_written_by_the_schema_and_an_example_of_it_is_sent_as_it_is(
    content: str, expected: str
) -> None:
    for media_type in ("application/xml", "text/xml; v=1", "application/atom+xml"):
        answer = generated(ok(f"{media_type!r}: {content}")).answer(Asked())
        assert (answer.body, answer.media_type) == (expected, media_type)


def test_static_xml_begins_as_prisms_with_a_root_of_that_name() -> None:
    operation = ok(f"application/xml: {{schema: {SHOW}}}")
    text = "<xml><id>0</id><name>string</name></xml>"
    assert body(operation, manner=Manner(is_static=True)) == text


def test_among_placeholders_no_object_is_a_text() -> None:
    static = Manner(is_static=True)
    assert body(ok("text/plain: {schema: {type: integer}}"), manner=static) == "0"
    with pytest.raises(NotGenerated, match="an object or array is no text/plain"):
        body(ok(f"text/plain: {{schema: {SHOW}}}"), manner=static)


def array_of(schema: str, asked: Asked = Asked()) -> Any:  # noqa: B008 - frozen
    """The answer of GET /shows with an array of that schema."""
    parameters = "parameters: [{name: limit, in: query, schema: {type: integer}}], "
    operation = ok(json(schema)).replace("{", "{" + parameters, 1)
    return body(operation, asked, path="/shows")


@pytest.mark.parametrize("query", [{}, {"limit": 1}])
def test_a_made_array_is_valid_as_a_whole(query: dict[str, Any]) -> None:
    asked = Asked(query=query)
    found = array_of("{type: array, items: {type: integer}, contains: {const: 5}}", asked)
    assert 5 in found
    pair = "{type: array, prefixItems: [{type: string}, {type: integer}], items: false}"
    found = array_of(pair, asked)
    assert [type(each) for each in found] == [str, int][: len(found)]
    assert len(found) == query.get("limit", 2)
    flags = "{type: array, uniqueItems: true, minItems: 2, items: {type: boolean}}"
    assert sorted(array_of(flags, asked)) == [False, True]


def test_an_array_of_too_many_items_is_refused_at_once() -> None:
    begun = time.perf_counter()
    with pytest.raises(NotGenerated, match="more than 2,500 items"):
        array_of("{type: array, minItems: 100000, items: {type: string}}")
    assert time.perf_counter() - begun < 0.5  # seconds; items of their own took 3


def test_integers_of_any_size_are_answered_as_they_were_sent() -> None:
    large = 123456789012345678901234567890
    asked = Asked(path={"id": large}, body={"name": "Ann"})
    assert body(ok(json()), asked) == {"id": large, "name": "Ann"}
