"""POST /runs/multipart: from parts, in any order, to payloads, feedback and attachments."""

from __future__ import annotations

import itertools
from typing import Any

import orjson
import pytest

from locum.exceptions import InvalidRequest
from locum.http.errors import failure
from locum.langsmith.errors import failure as shaped
from locum.langsmith.ingestion.multipart import FIELDS, multipart
from locum.langsmith.ingestion.payloads import Attachment, Batch, Payload
from locum.provider import RawBody

ONE, OTHER = "0192f0c4-5b1e-7000-8abc-0123456789ab", "0192f0c4-5b1e-7000-8abc-0123456789ac"
HEX = ONE.replace("-", "")
PLACED = {"trace_id": ONE, "dotted_order": f"20260601T120000000000Z{ONE}"}
RUN = {"id": ONE, "name": "a", **PLACED}
Named = tuple[str, Any]


def part(name: str, value: Any, content_type: str = "application/json") -> bytes:
    """A part as an SDK writes it: JSON of the value, or its bytes."""
    content = value if isinstance(value, bytes) else orjson.dumps(value)
    head = (
        f'--b0\r\nContent-Disposition: form-data; name="{name}"\r\nContent-Type: {content_type}\r\n'
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content + b"\r\n"


def read(*given: bytes | Named) -> Batch:
    content = b"".join(each if isinstance(each, bytes) else part(*each) for each in given)
    return multipart(
        RawBody(content + b"--b0--\r\n", {"content-type": "multipart/form-data; boundary=b0"})
    )


def refused(*given: bytes | Named) -> str:
    with pytest.raises(InvalidRequest) as raised:
        read(*given)
    return str(raised.value)


# Runs.


def test_a_run_is_its_part_and_those_of_its_fields() -> None:
    fields = {
        "inputs": {"a": 1},
        "outputs": {"b": 2},
        "events": [{"name": "new_token"}],
        "error": "went wrong",
        "extra": {"metadata": {"thread_id": "t"}},
        "serialized": {"id": ["x"]},
    }
    found = read((f"post.{ONE}", RUN), *((f"post.{ONE}.{name}", v) for name, v in fields.items()))
    assert found == Batch([Payload("post", ONE, RUN | fields)])


def test_its_parts_may_stand_anywhere() -> None:
    given = [
        (f"post.{ONE}", RUN),
        (f"post.{ONE}.inputs", {"a": 1}),
        (f"post.{ONE}.outputs", {"b": 2}),
        (f"patch.{ONE}", RUN | {"name": "b"}),
        (f"patch.{ONE}.outputs", {"c": 3}),
    ]
    expected = [
        Payload("post", ONE, RUN | {"inputs": {"a": 1}, "outputs": {"b": 2}}),
        Payload("patch", ONE, RUN | {"name": "b", "outputs": {"c": 3}}),
    ]
    for order in itertools.permutations(given):
        found = read(*order).payloads
        assert sorted(found, key=lambda payload: payload.kind, reverse=True) == expected
        first = min(order.index(given[0]), order.index(given[3]))
        assert found[0].kind == order[first][0].partition(".")[0]


def test_a_fields_own_part_counts_before_the_runs() -> None:
    run = RUN | {"inputs": {"a": 1}, "outputs": {"b": 2}}
    for order in itertools.permutations([(f"post.{ONE}", run), (f"post.{ONE}.inputs", {"c": 3})]):
        assert read(*order).payloads[0].fields == run | {"inputs": {"c": 3}}


def test_a_field_may_be_null() -> None:
    """As SDKs for Node write what a run has not."""
    assert read((f"post.{ONE}", RUN), (f"post.{ONE}.error", None)).payloads[0].fields == RUN | {
        "error": None
    }


def test_a_run_that_comes_twice_is_two_payloads() -> None:
    found = read(
        (f"post.{ONE}.extra", {"a": 0}),
        (f"post.{ONE}", RUN),
        (f"post.{ONE}.inputs", {"a": 1}),
        (f"post.{ONE}", RUN | {"name": "b"}),
        (f"post.{ONE}.inputs", {"a": 2}),
    )
    assert found.payloads == [
        Payload("post", ONE, RUN | {"extra": {"a": 0}, "inputs": {"a": 1}}),
        Payload("post", ONE, RUN | {"name": "b", "inputs": {"a": 2}}),
    ]


def test_ids_are_the_same_without_dashes_and_in_capitals() -> None:
    found = read(
        (f"post.{HEX}", PLACED),
        (f"post.{ONE.upper()}.inputs", {"a": 1}),
        part(f"attachment.{HEX}.a", b"x", "text/plain"),
        (f"feedback.{HEX}", {"id": ONE, "trace_id": HEX, "run_id": ONE.upper(), "key": "k"}),
    )
    assert found == Batch(
        [Payload("post", ONE, PLACED | {"inputs": {"a": 1}})],
        [{"id": ONE, "trace_id": ONE, "run_id": ONE, "key": "k"}],
        [Attachment(ONE, "a", "text/plain", b"x")],
    )


def test_a_body_without_parts_brings_nothing() -> None:
    assert read() == Batch()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            [(f"post.{ONE}.inputs", {})],
            f"post.{ONE}.inputs: found no part of its run, expected post.{ONE} beside it",
        ),
        (
            [(f"post.{ONE}", RUN), (f"patch.{ONE}.inputs", {})],
            f"patch.{ONE}.inputs: found no part of its run, expected patch.{ONE} beside it",
        ),
        (
            [(f"post.{ONE}", RUN), (f"post.{ONE}.inputs", {}), (f"post.{ONE}.inputs", {})],
            f"post.{ONE}.inputs: found it twice, expected it once for each part of its run",
        ),
        (
            [(f"post.{ONE}.inputs", {}), (f"post.{ONE}", RUN), (f"post.{ONE}.inputs", {})],
            f"post.{ONE}.inputs: found it twice, expected it once for each part of its run",
        ),
        (
            [(f"post.{ONE}.name", "a")],
            f"post.{ONE}.name: found another field, expected one of {', '.join(FIELDS)}",
        ),
        ([("post.x", RUN)], "post.x: found no UUID after its first dot, expected one"),
        ([("post", RUN)], "post: found no UUID after its first dot, expected one"),
        ([(f"post.{ONE}", [])], f"post.{ONE}: found an array, expected an object"),
        (
            [(f"post.{ONE}", RUN | {"id": OTHER})],
            f"post.{ONE}.id: found '{OTHER}', expected {ONE}, as its name says",
        ),
        (
            [(f"post.{ONE}", RUN), (f"patch.{ONE}", {"id": ONE, "trace_id": ONE})],
            f"patch.{ONE}.dotted_order: found nothing, expected it in a batch",
        ),
        (
            [(f"post.{ONE}", {"id": ONE, "dotted_order": "x"})],
            f"post.{ONE}.trace_id: found nothing, expected it in a batch",
        ),
    ],
)
def test_what_is_no_whole_run_is_refused_by_its_part(given: list[Named], expected: str) -> None:
    assert refused(*given) == f"body.{expected}"


@pytest.mark.parametrize(
    "name",
    [f"get.{ONE}", f"Post.{ONE}", ONE, "", "x" * 300, f"feedback.{ONE}.a", f"attachment.{ONE}"],
)
def test_a_part_of_another_name_is_refused(name: str) -> None:
    head = f'--b0\r\nContent-Disposition: form-data; name="{name}"\r\n'
    head += "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}\r\n"
    assert refused(head.encode()) == (
        f"body.{name}: found another name, expected post.<run> or patch.<run> with or without "
        ".<field>, feedback.<id> or attachment.<run>.<name>"
    )


def test_one_part_at_fault_refuses_all_in_the_vendors_shape() -> None:
    with pytest.raises(InvalidRequest) as raised:
        read((f"post.{ONE}", RUN), (f"feedback.{OTHER}", {"key": "k"}))
    assert shaped(failure(raised.value, "/runs/multipart", "POST")) == (
        422,
        {"error": f"body.feedback.{OTHER}.trace_id: found nothing, expected a UUID"},
    )


# Feedback.


def test_feedback_is_as_it_was_sent_with_its_id() -> None:
    feedback = {"trace_id": ONE, "run_id": None, "key": "k", "score": 0.5, "odd": [1]}
    found = read((f"feedback.{OTHER}", feedback))
    assert found == Batch(feedback=[feedback | {"id": OTHER}])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], ": found an array, expected an object"),
        ({"trace_id": ONE, "id": ONE}, f".id: found '{ONE}', expected {OTHER}, as its name says"),
        ({"trace_id": 1}, ".trace_id: found 1, expected a UUID"),
        ({"trace_id": ONE, "run_id": "x"}, ".run_id: found 'x', expected a UUID"),
    ],
)
def test_feedback_that_is_none_is_refused(value: Any, expected: str) -> None:
    assert refused((f"feedback.{OTHER}", value)) == f"body.feedback.{OTHER}{expected}"


# Attachments.


def test_an_attachment_is_its_bytes() -> None:
    content = bytes(range(256)) + b"\r\n--b1\r\n\r\n"
    name = "déjà vu.tar.gz"
    found = read(part(f"attachment.{ONE}.{name}", content, "image/png"))
    assert found == Batch(attachments=[Attachment(ONE, name, "image/png", content)])


def test_the_same_attachment_again_is_one_and_another_of_its_name_is_not() -> None:
    name = f"attachment.{ONE}.a"
    one, other = part(name, b"1", "text/plain"), part(name, b"2", "text/plain")
    found = read(one, one, other, other, part(f"attachment.{OTHER}.a", b"1", "text/plain"))
    assert [(each.run_id, each.content) for each in found.attachments] == [
        (ONE, b"1"),
        (ONE, b"2"),
        (OTHER, b"1"),
    ]


@pytest.mark.parametrize("name", [b"", b"a\x7f", b"a\tb", b"\xff"])
def test_an_attachment_without_a_printable_name_is_refused(name: bytes) -> None:
    head = f'--b0\r\nContent-Disposition: form-data; name="attachment.{ONE}.'.encode() + name
    head += b'"\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\n1\r\n'
    shown = name.decode(errors="replace")
    assert refused(head) == (
        f"body.attachment.{ONE}.{shown}: found no printable text after its second dot, expected "
        "the name of a file"
    )


def test_an_attachment_of_another_length_is_refused() -> None:
    head = f'--b0\r\nContent-Disposition: form-data; name="attachment.{ONE}.a"\r\n'
    head += "Content-Type: text/plain; length=5\r\n\r\n€€\r\n"
    found = refused(head.encode())
    assert found == f"body.attachment.{ONE}.a: found 6 bytes, expected 5, as it says"
