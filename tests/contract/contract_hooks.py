"""What Schemathesis is told of these documents: how filter texts are made, and which of its
failures are the vendors' own."""

from __future__ import annotations

import json
import re
from itertools import cycle
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import AcceptedNegativeData, Failure, ServerError
from schemathesis.openapi.checks import (
    AllowHeaderMismatch,
    RejectedPositiveData,
    UnsupportedMethodResponse,
)

_TEXT_FIELDS = st.sampled_from(["name", "run_type", "status", "thread_id", "trace_id", "id"])
_NUMBER_FIELDS = st.sampled_from(["latency", "total_tokens", "prompt_tokens", "feedback_score"])
_TEXTS = st.text(max_size=10).map(lambda text: json.dumps(text, ensure_ascii=False))
_NUMBERS = st.integers(-(2**40), 2**40) | st.floats(-1e6, 1e6)
_TIMES = st.datetimes().map(lambda time: f'"{time.isoformat()}Z"')
_COMPARISONS = st.one_of(
    st.builds("{}({}, {})".format, st.sampled_from(["eq", "neq"]), _TEXT_FIELDS, _TEXTS),
    st.builds(
        "{}({}, {})".format,
        st.sampled_from(["gt", "gte", "lt", "lte", "eq", "neq"]),
        _NUMBER_FIELDS,
        _NUMBERS,
    ),
    st.builds("{}(start_time, {})".format, st.sampled_from(["gt", "gte", "lt", "lte"]), _TIMES),
    st.builds("has(tags, {})".format, _TEXTS),
    st.builds("search({})".format, _TEXTS),
    st.builds("and(eq(metadata_key, {}), eq(metadata_value, {}))".format, _TEXTS, _TEXTS),
    st.just("eq(is_root, true)"),
)
FILTERS = st.recursive(
    _COMPARISONS,
    lambda inner: (
        st.builds(
            lambda operator, operands: f"{operator}({', '.join(operands)})",
            st.sampled_from(["and", "or"]),
            st.lists(inner, min_size=1, max_size=3),
        )
        | st.builds("not({})".format, inner)
    ),
    max_leaves=4,
)

schemathesis.openapi.format("langsmith-filter", FILTERS)

# What metadata holds.
_VALUES_OF_METADATA = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5)
schemathesis.openapi.format(
    "langsmith-json-object",
    st.dictionaries(
        st.sampled_from(["owner", "model", "dataset_splits", "topic"]),
        st.just("demo") | _VALUES_OF_METADATA | st.lists(_VALUES_OF_METADATA, max_size=2),
        max_size=2,
    ).map(json.dumps),
)

# What the metadata of examples is asked for.
_KEYS_OF_METADATA = st.sampled_from(["topic", "split", "difficulty"]).map(json.dumps)
schemathesis.openapi.format(
    "langsmith-example-filter",
    st.builds("exists(metadata, {})".format, _KEYS_OF_METADATA)
    | st.builds("not(has(metadata, '{{\"difficulty\": {}}}'))".format, st.integers(1, 3))
    | st.builds(
        "and(eq(metadata_key, {}), eq(metadata_value, {}))".format, _KEYS_OF_METADATA, _TEXTS
    )
    | st.builds("search({})".format, _TEXTS),
)

# Of every bundled dataset: without them nearly every request would end in 404.
IDS = {
    "session_id": "b25c46de-99dd-5b80-aba4-91ad745e8df7",
    "session_ids": "1906924e-8431-5991-8781-254c987e9b8d",
    "experiment_ids": "1906924e-8431-5991-8781-254c987e9b8d",
    "dataset": "e59e4d99-2951-5c38-8ac9-f3ea1b259525",
    "project_id": "b25c46de-99dd-5b80-aba4-91ad745e8df7",
    "project_ids": "b25c46de-99dd-5b80-aba4-91ad745e8df7",
    "trace_id": "77b0401a-f041-5508-b1d1-661e3c0b0ad1",
    "run_id": "77b0401a-f041-5508-b1d1-661e3c0b0ad1",
    "dataset_id": "e59e4d99-2951-5c38-8ac9-f3ea1b259525",
    "example_id": "64383010-ff98-526f-b64f-2e9f569a72c3",
    "share_token": "7524c5a0-5e80-5b9d-bfd3-b1a362f104bd",
    "dataset_ids": "e59e4d99-2951-5c38-8ac9-f3ea1b259525",
    "example_ids": "64383010-ff98-526f-b64f-2e9f569a72c3",
    "feedback_id": "014200f7-e6c6-5ee5-9173-adbd28c91053",
    "source_dataset_id": "e59e4d99-2951-5c38-8ac9-f3ea1b259525",
    "target_dataset_id": "ad824dce-0570-592c-a21f-6863a8ce4645",
    "helicone-id": "b0dd2f68-1708-5afb-bdd6-82a4e376e981",
}
TENANT = "11111111-1111-4111-8111-111111111111"
_UUID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)


# What the same names mean at these paths: a trace that is shared, and a run over a shared dataset.
_TRACE = "6214bb3e-d3a5-5ed7-8019-b34606cf1006"
_OF_PATHS = {
    re.compile(r".*/public/{share_token}/(run|runs|feedbacks)(/.*)?"): {
        "share_token": "fe10215c-a5b3-53ea-8e8d-dccaf5e67a4c",
        "run_id": _TRACE,
        "id": _TRACE,
    },
    re.compile(r".*/public/{share_token}/datasets/runs/{run_id}"): {
        "run_id": "710ba337-7c56-5700-91c1-0091e75c17ee",
    },
    re.compile(r".*/sessions/resolutions"): {"id": "1906924e-8431-5991-8781-254c987e9b8d"},
}


def ids_of(path: str) -> dict[str, str]:
    """The known ids by the names that they have in a request for the path."""
    found = dict(IDS)
    for pattern, ids in _OF_PATHS.items():
        if pattern.fullmatch(path):
            found |= ids
    return found


# What is deleted, or changed so that others no longer find it, is so in one of these sandboxes.
_SANDBOXES = cycle(f"contract-{number}" for number in range(200))


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Put known ids into the places of well-formed ones, but for those that begin with 0."""
    del context, kwargs
    ids = ids_of(case.operation.path)
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict):
            for name in part.keys() & ids.keys():
                part[name] = _known(part[name], ids[name])
    # Any id that an answer had may be tried as the tenant, which is the caller's or refused.
    if case.operation.method.upper() == "DELETE" or "delete" in case.operation.path:
        case.headers["Prefer"] = f"sandbox={next(_SANDBOXES)}"
    for name in [name for name in case.headers or () if name.lower() == "x-tenant-id"]:
        case.headers[name] = _known(case.headers[name], TENANT)


def _known(value: Any, known: str) -> Any:
    if isinstance(value, list):
        return [_known(item, known) for item in value]
    if isinstance(value, str) and _UUID.fullmatch(value) and not value.startswith("0"):
        return known
    return value


_OF_VENDOR = re.compile(
    r'\{"data":null,"error":"('
    r"Invalid timezone difference|No request count found|(timeFilter|offset): found [^\"]*"
    r"|filter: the database [^\"]*|Invalid offset or limit|invalid (limit|offset)[^\"]*"
    r"|Invalid requestId: must be a valid UUID|Request not found|No request found"
    r')"\}'
    r'|\{"message":"Internal Server Error","details":"'
    r'(Invalid operator [^"]*|Invalid time value|Invalid property key: .*|Invalid score .*)"\}',
    re.DOTALL,
)

# Schemathesis' failures that are none, each with its reason. A failure must match the operation,
# the check and the answer.
_TWO_PATHS = (
    "/api/v1/runs/",
    "/api/v1/sessions/resolutions",
    "/api/v1/examples/",
    "/api/v1/datasets/",
    "/api/v1/feedback/",
    "/api/v1/public/{share_token}/datasets/runs/",
)
_LOGS = ("/custom/v1/log", "/oai/v1/log", "/anthropic/v1/log", "/googleapis/v1/log")
_ALLOWED: dict[str, tuple[str | tuple[str, ...], type[Failure], int, re.Pattern[str]]] = {
    # Helicone's own server answers 500 to these well-formed requests, and so do we (its overlay
    # documents it): timezoneDifference beyond a day and a time that is no date are checked by its
    # managers, not by their types; a column object without an operator throws in filters.ts, and a
    # property of other signs in sorts.ts; some columns of the schema do not exist in its database.
    "the vendor's own 500": ("/v1/session/", ServerError, 500, _OF_VENDOR),
    "the vendor's own 500 to requests": ("/v1/request/", ServerError, 500, _OF_VENDOR),
    # Its tracing endpoints fail where they can make no request of a log, its logging servers where
    # they know none of that id.
    "the vendor's own 500 to logs": ("/v1/trace/", ServerError, 500, re.compile("")),
    "the vendor's own 500 to feedback": (
        "/v1/feedback",
        ServerError,
        500,
        re.compile(r"Error: Request not found .*"),
    ),
    # JSON Schema cannot say that a time is before another, nor that one of two is no empty text.
    "times of a log that are none": (
        _LOGS,
        RejectedPositiveData,
        400,
        re.compile(r'\{"error":"(Invalid timing|startTime ).*"\}'),
    ),
    "a typed log without an answer": (
        "/v1/trace/custom/log/typed",
        RejectedPositiveData,
        400,
        re.compile(
            r'\{"isValid":false,"errors":\[\{.*'
            r"(either json or textBody is required|is required when timing is provided).*"
        ),
    ),
    # To JSON Schema a filter is any text, and `format` is a remark: a text in another language
    # breaks the contract all the same. 400 is documented.
    "a text that is no filter": (
        "/api/v1/",
        RejectedPositiveData,
        400,
        re.compile(r'\{"detail":"Invalid (\w+_)?filters? at position \d+: .*"\}', re.DOTALL),
    ),
    # JSON Schema cannot say of a parameter that another must be there, nor that a cursor is one
    # which an answer gave; to it, a JSON object in a text is any text.
    "a parameter that changes nothing without another": (
        "/api/v1/",
        RejectedPositiveData,
        422,
        re.compile(
            r'.*"msg":"(Changes nothing without|Field required(, as| with)|Found .* JSON object).*',
            re.DOTALL,
        ),
    ),
    "a parameter of v2 that changes nothing without another": (
        "/v2/",
        RejectedPositiveData,
        400,
        re.compile(
            r'.*"detail":"query\.\w+: (Changes nothing without|Field required(, as| with)'
            r"|Found .* (JSON object|that an answer gave)).*",
            re.DOTALL,
        ),
    ),
    # Of two paths that a request matches, the one without parameters is meant where it has the
    # method, and the other where that has it: the Allow header tells the methods of both.
    "the methods of two paths": (_TWO_PATHS, AllowHeaderMismatch, 405, re.compile(r".*")),
    "a method of the other path": (
        _TWO_PATHS,
        UnsupportedMethodResponse,
        415,
        re.compile(r".*takes no body.*"),
    ),
    "a cursor that no answer gave": (
        ("/api/v1/", "/v2/"),
        RejectedPositiveData,
        400,
        re.compile(r'.*"detail":"Invalid cursor: .*', re.DOTALL),
    ),
    # Chosen to be 400: said by the schema it would be 422.
    "a body that names nothing which narrows the search": (
        "/api/v1/runs/query",
        RejectedPositiveData,
        400,
        re.compile(r'\{"detail":"At least one of session, .*"\}'),
    ),
    # A day that its month does not have is a fault of no pattern.
    "a time without a zone of no day": (
        "/api/v1/runs/query",
        RejectedPositiveData,
        422,
        re.compile(r'.*"type":"datetime_parsing".*', re.DOTALL),
    ),
    # Likewise of /runs/{run_id}, by which clients call v1's run, and the paths that take runs in.
    "the methods of a path and of another's alias": (
        "/runs/",
        AllowHeaderMismatch,
        405,
        re.compile(r".*"),
    ),
    "a method of another's alias": (
        "/runs/",
        UnsupportedMethodResponse,
        415,
        re.compile(r".*takes no body.*"),
    ),
    # Likewise of /v2/runs/{run_id}, of which query is no UUID.
    "the methods of a run's path": ("/v2/runs/query", AllowHeaderMismatch, 405, re.compile(r".*")),
    "a method of a run's path": (
        "/v2/runs/query",
        UnsupportedMethodResponse,
        415,
        re.compile(r".*takes no body.*"),
    ),
    # v2's filters, as v1's; nor does a schema say what a cursor is, that one of two parameters is
    # needed and the other not, and that two go together.
    "a question that v2 cannot answer": (
        "/v2/",
        RejectedPositiveData,
        400,
        re.compile(
            r'.*"detail":"(Invalid (\w+_)?filter at position \d+: |Invalid cursor: '
            r"|found (neither|both) of project_ids and reference_dataset_id"
            r"|query\.m(in|ax)_start_time: Field required, as the other bound).*",
            re.DOTALL,
        ),
    ),
    # What a run must say, and how parts of a form are named that bring runs or examples, no schema
    # tells; the answer does.
    "a run that does not say what it must": (
        ("/runs", "/api/v1/runs/{run_id}"),
        RejectedPositiveData,
        422,
        re.compile(
            r'.*"(error":"|msg":"|loc":\["path",)[^"]*.*(found |match |expected ).*', re.DOTALL
        ),
    ),
    "an update that the document has no body for": (
        "/api/v1/runs/{run_id}",
        RejectedPositiveData,
        400,
        re.compile(r'\{"detail":"The body is not JSON: .*', re.DOTALL),
    ),
    "an update of a run that is no id": (
        "/runs/",
        UnsupportedMethodResponse,
        422,
        re.compile(r'\{"error":"path\.run_id: .*', re.DOTALL),
    ),
    "parts of no name": (
        "/v1/platform/datasets/{dataset_id}/examples",
        RejectedPositiveData,
        422,
        re.compile(r'\{"error":"body\..*: found no UUID before the first dot, .*', re.DOTALL),
    ),
    "no parts, as SDKs send it": (
        "/v1/platform/datasets/{dataset_id}/examples",
        AcceptedNegativeData,
        201,
        re.compile(r'\{"count":0,.*'),
    ),
    "a file without rows": (
        "/api/v1/examples/upload/{dataset_id}",
        AcceptedNegativeData,
        200,
        re.compile(r"\[\]"),
    ),
    # JSON Schema cannot say that one of several fields must be there, nor that a text is no name.
    "a write without what makes it one": (
        ("/api/v1/examples", "/api/v1/datasets", "/api/v1/feedback", "/api/v1/sessions"),
        RejectedPositiveData,
        422,
        re.compile(
            r'\{"detail":\[\{"type":"(missing|too_short|string_unicode|value_error|datetime_parsing)","loc":\["body",.*',
            re.DOTALL,
        ),
    ),
    "traces to delete that nothing tells": (
        "/api/v1/runs/delete",
        RejectedPositiveData,
        400,
        re.compile(r'\{"detail":"At least one of trace_ids or metadata .*'),
    ),
    "what no integer of 64 bits is": (
        "/",
        RejectedPositiveData,
        422,
        re.compile(r".*expected integers of 64 bits.*", re.DOTALL),
    ),
    "what v2 cannot keep of a project": (
        "/v2/sessions",
        RejectedPositiveData,
        400,
        re.compile(r'.*"detail":"body\.(extra|reference_dataset_id|name): .*', re.DOTALL),
    ),
    "a body that is none": (
        "/api/v1/runs/{run_id}/share",
        RejectedPositiveData,
        400,
        re.compile(r'\{"detail":"The body is no JSON object"\}'),
    ),
    # Documented, as of a deployment that lacks it.
    "what v2 has and Locum has not": (
        "/v2/",
        ServerError,
        501,
        re.compile(r'.*"detail":"\w+ is not served: .*', re.DOTALL),
    ),
    # JSON Schema cannot say that the keys of one property are among the items of another.
    "filters for a session that is not asked for": (
        ("/api/v1/datasets/{dataset_id}/group/runs", "/api/v1/datasets/{dataset_id}/runs"),
        RejectedPositiveData,
        422,
        re.compile(r'.*"loc":\["body","filters",.*"msg":"Not one of session_ids".*', re.DOTALL),
    ),
    "filters for an experiment that is not asked for": (
        "/v2/datasets/{dataset_id}/experiment-runs",
        RejectedPositiveData,
        400,
        re.compile(r'.*"detail":"body\.filters\..*: Not one of experiment_ids.*', re.DOTALL),
    ),
}


@schemathesis.hook
def filter_failure(
    context: HookContext, failure: Failure, case: Case[Any], response: Response
) -> bool:
    """Whether the failure stands: it is none of the allowed."""
    del context
    return not any(
        case.operation.path.startswith(path)
        and isinstance(failure, kind)
        and response.status_code == status
        and pattern.fullmatch(response.text)
        for path, kind, status, pattern in _ALLOWED.values()
    )
