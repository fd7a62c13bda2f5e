"""The contract, by two independent judges: Schemathesis makes requests of the effective documents
and checks the answers, openapi-core judges what was said. `scripts/contract` does more of it."""

from __future__ import annotations

import logging
import os
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import Any

import pytest
import schemathesis
from attrs import frozen
from starlette.testclient import TestClient

from locum import app
from locum.http.connexion_app import ServedDocument
from locum.openapi import documents
from locum.providers import bundled
from tests.conftest import Rows, application_over
from tests.contract.contract import CONFIGURATION, FIRST, Exchange, Outcome, contract
from tests.contract.contract_hooks import IDS
from tests.contract.second_opinion import Judge, Opinion
from tests.oracles.bundled import application_of, find, scenarios_of
from tests.oracles.serving import listening

DOCUMENTS = ("langsmith", "helicone")
# At length: every covering case, more examples, and the seeds that are asked for.
LONG = os.environ.get("LOCUM_CONTRACT_SEEDS", "")
SEEDS = [int(seed) for seed in LONG.split()] or [1]
SECONDS, EXAMPLES = (None, 100) if LONG else (10, 15)
PHASES = {"examples", "coverage", "fuzzing"}
# Of LangSmith's operations some lead to others: a list's ids to what is read by id.
STATEFUL = {"langsmith": {"stateful"}, "helicone": set[str]()}
CHECKS = {check.__name__ for check in schemathesis.checks.CHECKS.get_all()}


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of refusals are no news here."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def page_of(path: str) -> dict[str, Any]:
    page: dict[str, Any] = TestClient(application_over("tiny")).get(path).json()
    return page


@pytest.fixture(scope="module", params=SEEDS)
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def in_process(seed: int) -> dict[str, Outcome]:
    application = application_over("tiny")

    def outcome(name: str) -> Outcome:
        def load(told: Any) -> Any:
            path = f"/__locum/openapi/{name}.json?effective"
            return schemathesis.openapi.from_asgi(path, application, config=told)

        return contract(load, seed=seed, examples=EXAMPLES, seconds=SECONDS)

    return {name: outcome(name) for name in DOCUMENTS}


@pytest.fixture(scope="module")
def served(seed: int) -> dict[str, Outcome]:
    scenarios = scenarios_of([find("tiny")])

    def outcome(url: str, name: str) -> Outcome:
        def load(told: Any) -> Any:
            page = f"{url}/__locum/openapi/{name}.json?effective"
            return schemathesis.openapi.from_url(page, config=told)

        more: dict[str, Any] = {"whole": False, "base-url": url}
        return contract(load, seed=seed, examples=EXAMPLES, seconds=SECONDS, **more)

    with listening(application_of(scenarios), scenarios) as (host, port):
        return {name: outcome(f"http://{host}:{port}", name) for name in DOCUMENTS}


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("where", ["in_process", "served"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_schemathesis_finds_nothing(request: pytest.FixtureRequest, where: str, name: str) -> None:
    outcome: Outcome = request.getfixturevalue(where)[name]
    assert outcome.failures == []
    assert outcome.phases - {"stateful"} == PHASES
    assert outcome.phases >= (STATEFUL[name] if where == "in_process" else set())
    assert outcome.checks.keys() >= CHECKS - {"max_response_time"}  # which is for a limit


# Where one of two texts must be an id, and the other name it such, chance finds neither; nor does
# it find parts that are named after runs and examples, a trace of just that project, or a project
# with nothing that is not kept. No run of `tiny` has a file, and the last one has no body in the
# document.
UNREACHED = {
    "GET /api/v1/sessions/resolutions",
    "POST /runs/multipart",
    "POST /v1/platform/datasets/{dataset_id}/examples",
    "PATCH /v1/platform/datasets/{dataset_id}/examples",
    "POST /v2/runs/{run_id}/share",
    "POST /v2/sessions",
    "POST /v1/platform/datasets/examples/delete",
    "GET /api/v1/public/runs/{run_id}/attachments/{name}",
    "PATCH /api/v1/runs/{run_id}",
}


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("where", ["in_process", "served"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_operation_is_reached_with_and_without_success(
    request: pytest.FixtureRequest, where: str, name: str
) -> None:
    """Or a server that refuses everything would do as well. Who is always refused is another
    test's. In process these are all operations; LangSmith tells the same of itself to anybody."""
    statuses: dict[str, Counter[int]] = {}
    for exchange in request.getfixturevalue(where)[name].exchanges:
        if not exchange.operation:  # of a walk from one to another
            continue
        statuses.setdefault(exchange.operation, Counter())[exchange.status] += 1
    refusing, every = refused(name), labels(name)
    reads = {label: counts for label, counts in statuses.items() if label not in refusing}
    assert reads.keys() >= {*FIRST} & every
    if where == "in_process":
        assert statuses.keys() == every
    unreached = {
        label for label, counts in reads.items() if not any(200 <= each < 300 for each in counts)
    }
    assert unreached <= UNREACHED, statuses
    always = {
        label: counts
        for label, counts in reads.items()
        if not any(400 <= status < 500 for status in counts)
    }
    assert always.keys() <= {"GET /api/v1/info"}


def served_document(name: str) -> ServedDocument:
    return next(each for each in app.read(bundled()) if each.document.name == name)


def labels(name: str) -> set[str]:
    """The names that Schemathesis gives the operations of a document."""
    found = documents.operations(served_document(name).document)
    return {f"{method.upper()} {path}" for path, method, _ in found}


def refused(name: str) -> set[str]:
    """Those that are answered with 403 whatever is asked."""
    served = served_document(name)
    return {
        f"{method.upper()} {path}"
        for path, method, definition in documents.operations(served.document)
        if documents.operation_name(path, method, definition) in served.provider.refused
    }


@frozen
class Difference:
    """Where the judge may differ: which exchanges, and why."""

    reason: str
    holds: Callable[[Exchange], bool]


OF_HELICONE = ("/v1/session/", "/v1/request/", "/v1/trace/", "/v1/feedback")
# The judge finds the request good, and the answer refuses it.
REFUSED: tuple[Difference, ...] = (
    Difference(
        "A document says which credentials there are, not which are good",
        lambda e: e.status in (401, 403),
    ),
    Difference("A document does not say which ids exist", lambda e: e.status in (404, 409)),
    Difference(
        "To JSON Schema a filter is any text; `format` is a remark",
        lambda e: e.status == 400 and e.response_body.startswith(b'{"detail":"Invalid '),
    ),
    Difference(
        "JSON Schema cannot say of a parameter that another must be there, or what text it holds",
        lambda e: (
            e.status in (400, 422)
            and any(
                words in e.response_body
                for words in (
                    b"Changes nothing without",
                    b"Field required with",
                    b"Field required, as",
                    b"expected a JSON object",
                    b"expected one that an answer gave",
                    b"Invalid cursor: found",
                )
            )
        ),
    ),
    Difference(
        "JSON Schema cannot say that keys of one property are items of another",
        lambda e: (
            e.status in (400, 422)
            and any(
                words in e.response_body
                for words in (b": Not one of experiment_ids", b'"msg":"Not one of session_ids"')
            )
        ),
    ),
    Difference(
        "No schema tells what a run must say, how parts are named, or which fields go together",
        lambda e: (
            e.status in (400, 422)
            and any(
                words in e.response_body
                for words in (
                    b'{"error":"body.',
                    b'"type":"missing"',
                    b'"type":"too_short"',
                    b'"type":"string_unicode"',
                    b'"type":"value_error"',
                    b'"type":"datetime_parsing"',
                    b"The body is not JSON",
                    b"found neither of project_ids",
                    b"The body is no JSON object",
                    b"At least one of ",
                    b"expected integers of 64 bits",
                    b'"detail":"body.',
                )
            )
        ),
    ),
    Difference(
        "Helicone's own faults, documented as 500",
        lambda e: e.status == 500 and any(place in e.url for place in OF_HELICONE),
    ),
    Difference(
        "JSON Schema cannot say that a time is before another, nor that a text is not empty",
        lambda e: e.status == 400 and "/log" in e.url,
    ),
)
REFUSED += (
    Difference("A document does not say what is not built", lambda e: e.status == 501),
    Difference(
        "To OpenAPI a parameter that no operation names is nobody's business",
        lambda e: b"Extra inputs are not permitted" in e.response_body,
    ),
)
# The judge reads a query parameter that is a list or a text as one text.
LIST_OR_TEXT = "is not valid under any of the given schemas"
EMPTY = "EmptyQueryParameterValue"  # which it takes for none
# The judge finds no operation, so it has nothing to hold the answer against.
UNJUDGED = Difference(
    "Another method than the documented one, or of another path's alias",
    lambda e: e.status == 405 or (e.status == 415 and b"takes no body" in e.response_body),
)


def _chosen(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """Each answered request, and of the refused ones as many as take a few seconds to judge."""
    good = [exchange for exchange in exchanges if exchange.status < HTTPStatus.MULTIPLE_CHOICES]
    refused = [exchange for exchange in exchanges if exchange.status >= HTTPStatus.MULTIPLE_CHOICES]
    return good + refused[:: max(1, len(refused) // 400)]


@pytest.fixture(scope="module")
def judged(
    in_process: dict[str, Outcome], served: dict[str, Outcome]
) -> list[tuple[Exchange, Opinion]]:
    found = []
    for name in DOCUMENTS:
        judge = Judge(page_of(f"/__locum/openapi/{name}.json?effective"))
        exchanges = (*in_process[name].exchanges, *served[name].exchanges)
        found += [(exchange, judge.of(exchange)) for exchange in _chosen(exchanges)]
    return [(e, opinion) for e, opinion in found if "/__locum/" not in e.url]


def test_second_judge_accepts_each_answered_request(
    judged: list[tuple[Exchange, Opinion]],
) -> None:
    answered = [(exchange, opinion) for exchange, opinion in judged if exchange.status < 300]
    assert len(answered) > 100
    refused_by_judge = [(e, o.request) for e, o in answered if o.request is not None]
    of_lists = [
        e
        for e, why in refused_by_judge
        if e.method == "GET" and (LIST_OR_TEXT in why or EMPTY in why)
    ]
    # Helicone reads a log whatever its media type says.
    of_logs = [e for e, why in refused_by_judge if "/log" in e.url and "MediaTypeNotFound" in why]
    # To the judge a file is bytes, which are no text.
    of_files = [e for e, _ in refused_by_judge if "/upload" in e.url]
    explained = (*of_lists, *of_logs, *of_files)
    assert [e for e, _ in refused_by_judge if e not in explained] == []


def test_second_judge_refuses_each_refused_request(judged: list[tuple[Exchange, Opinion]]) -> None:
    refused = [(exchange, opinion) for exchange, opinion in judged if exchange.status >= 300]
    assert len(refused) > 100
    unexplained = [
        (exchange, opinion)
        for exchange, opinion in refused
        if opinion.request is None and not any(d.holds(exchange) for d in REFUSED)
    ]
    assert unexplained == []


def test_second_judge_accepts_each_answer(judged: list[tuple[Exchange, Opinion]]) -> None:
    """Refusals too: each has the status and body that its document says."""
    broken = [
        (exchange, opinion)
        for exchange, opinion in judged
        if opinion.response is not None and not UNJUDGED.holds(exchange)
    ]
    assert broken == []


def test_the_configuration_names_what_tiny_has(tiny: Rows) -> None:
    told = tomllib.loads(CONFIGURATION.read_text(encoding="utf-8"))
    (request,) = told["dictionaries"]["requests"]["values"]
    requests = {row["request_id"]: row for row in tiny("helicone/requests")}
    assert request == IDS["helicone-id"]
    threads = set(told["dictionaries"]["threads"]["values"])
    assert requests[request]["properties"]["Helicone-Session-Id"] in threads
    sessions = {row["id"] for row in tiny("langsmith/sessions")}
    assert {IDS["session_id"], IDS["session_ids"]} <= sessions
    (dataset,) = (d for d in tiny("langsmith/datasets") if d["id"] == IDS["dataset_id"])
    assert dataset["share_token"] == IDS["share_token"]
    runs = tiny("langsmith/runs")
    assert threads <= {(row["metadata"] or {}).get("thread_id") for row in runs}
    keys = {row["key"] for row in tiny("keys")} | {row["tenant_id"] for row in tiny("keys")}
    schemes = told["auth"]["openapi"].values()
    told_keys = {value for scheme in schemes for value in scheme.values()}
    assert {key.removeprefix("Bearer ") for key in told_keys} <= keys
