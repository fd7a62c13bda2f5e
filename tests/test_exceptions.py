"""Exceptions: what each carries, and how it reads."""

from __future__ import annotations

import copy
import inspect
from pathlib import Path

import attrs
import pytest
from attrs.exceptions import FrozenInstanceError

from locum import exceptions
from locum.exceptions import (
    DatasetError,
    DocumentError,
    FilterError,
    Forbidden,
    InvalidRequest,
    InvalidValue,
    LocumError,
    NotBuilt,
    NotFound,
    ProviderError,
    RateLimited,
    StartError,
    Unauthenticated,
    UnknownScenario,
    UnreadableBody,
    UpstreamFault,
    WorkerEnded,
    did_you_mean,
)

CLASSES = [
    value
    for _, value in inspect.getmembers(exceptions, inspect.isclass)
    if issubclass(value, Exception)
]
PATH = Path("specs/d.yaml")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (StartError("no port is free", "choose another"), "no port is free"),
        (DatasetError("no dataset 'x'", "name one"), "no dataset 'x'"),
        (ProviderError("toy is no provider", "mend it"), "toy is no provider"),
        (WorkerEnded("worker process 7 has ended", "start again"), "worker process 7 has ended"),
        (DocumentError("a collides with b", "serve one"), "a collides with b"),
        (DocumentError("#/info: found 1", "mend", PATH, ("info",)), "specs/d.yaml#/info: found 1"),
        (DocumentError("#: found nothing", "mend", PATH, ()), "specs/d.yaml#: found nothing"),
        (DocumentError("action 1: found 1", "mend", PATH), "specs/d.yaml: action 1: found 1"),
        (InvalidRequest(()), ""),
        (
            InvalidRequest(
                (
                    InvalidValue(("body", "ids", 0), "Not a UUID", "uuid_parsing", found="x"),
                    InvalidValue(("query", "limit"), "Too large", "less_than", context={"lt": 1}),
                )
            ),
            "body.ids.0: Not a UUID; query.limit: Too large",
        ),
        (UnreadableBody("no JSON"), "no JSON"),
        (
            FilterError(4, "'x'", "a comparison"),
            "Invalid filter at position 4: found 'x', expected a comparison",
        ),
        (
            FilterError(1, "eqq", "an operator", "eq", "trace_filter"),
            "Invalid trace_filter at position 1: found eqq, expected an operator; did you mean eq?",
        ),
        (NotFound("dataset", "7"), "dataset 7 not found"),
        (NotBuilt("magic", "there is none"), "magic is not served: there is none"),
        (
            UnknownScenario("x" * 101, ("tiny", "default")),
            f"Prefer: found scenario={'x' * 100}, expected one of tiny, default",
        ),
        (Unauthenticated("missing"), "credential missing"),
        (Forbidden(), "credential not valid for this tenant"),
        (RateLimited(3), "rate limit used up for 3 s"),
    ],
)
def test_exception_reads_as_one_line(error: LocumError, text: str) -> None:
    assert str(error) == text


def test_fault_of_the_real_service_carries_its_status_and_body() -> None:
    error = UpstreamFault(500, {"error": "x"})
    assert (error.status, error.body) == (500, {"error": "x"})
    assert UpstreamFault(500).body == {}


def test_document_error_has_its_file_and_place_as_data() -> None:
    error = DocumentError("m", "f", PATH, ("paths", "/a b", 0), 3, "1", "an object")
    assert attrs.asdict(error) == {
        "message": "m",
        "fix": "f",
        "path": PATH,
        "pointer": ("paths", "/a b", 0),
        "line": 3,
        "found": "1",
        "expected": "an object",
    }


def test_document_error_of_free_text_has_no_place() -> None:
    error = DocumentError("a collides with b", "serve one of the two")
    assert (error.path, error.pointer, error.line) == (None, None, None)
    assert (error.found, error.expected) == (None, None)


def test_the_command_ends_alike_for_faults_of_documents_datasets_and_workers() -> None:
    """All of them have a message and a fix, and cli.main prints the two of any StartError."""
    assert {error for error in CLASSES if issubclass(error, StartError)} == {
        StartError,
        DocumentError,
        DatasetError,
        ProviderError,
        WorkerEnded,
    }


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_every_exception_is_ours_and_says_what_it_is(error: type[Exception]) -> None:
    assert issubclass(error, LocumError)
    assert (error.__doc__ or "").strip()


def test_the_map_at_the_top_names_every_exception() -> None:
    assert all(error.__name__ in (exceptions.__doc__ or "") for error in CLASSES)


def test_exceptions_are_frozen_and_yet_can_be_raised_again() -> None:
    """The interpreter sets `__traceback__` and `__context__` on them."""
    error = RateLimited(3)
    with pytest.raises(FrozenInstanceError):
        error.seconds = 4  # type: ignore[misc]
    for _ in range(2):
        with pytest.raises(RateLimited) as raised:
            raise error
        assert raised.value is error


def test_copy_carries_the_same_data() -> None:
    error = DocumentError("m", "f", PATH, ("info",), found="1", expected="2")
    copied = copy.copy(error)
    assert copied is not error
    assert attrs.asdict(copied) == attrs.asdict(error)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ("tinny", "; did you mean tiny?"),
        ("TINY", "; did you mean tiny?"),
        ("outrage", "; did you mean outage?"),
        ("", ""),
        ("folder", ""),
    ],
)
def test_the_nearest_name_is_suggested_where_one_is_near(found: str, told: str) -> None:
    assert did_you_mean(found, ["tiny", "outage", "steady"]) == told
