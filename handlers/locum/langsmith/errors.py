"""What LangSmith answers to a request that failed: FastAPI's `{"detail": …}` on its v1 paths, RFC
7807 problem details on its v2 paths, `{"error": …}` where it takes runs in and on its platform's
paths, and a google.rpc.Status where it takes OpenTelemetry's traces in.
"""

from __future__ import annotations

import re
from typing import Any

from attrs import evolve

from locum.exceptions import Conflict, InvalidValue, Refused
from locum.langsmith.pydantic_errors import EXTRA
from locum.openapi.json_bytes import written
from locum.openapi.phrases import phrase
from locum.provider import Answer, Failure, Faults

_V2 = re.compile(r"(/api)?/v2/")
_PLATFORM = re.compile(r"((/api)?/v1/platform|(/api/v1)?/commits)/")
# Where runs are taken in. GET of such a path is v1's for a run of that id, and so is PATCH of one
# below /api/v1.
_RUNS = re.compile(
    r"\S+ (/api/v1)?/runs|(?!GET|HEAD|PATCH)\S+ (/api/v1)?/runs/(batch|multipart)"
    r"|PATCH /runs/[^/]+"
)
# Where traces of OpenTelemetry are taken in, and would be if metrics and logs were. Exporters read
# the status of a refusal alone, so that it has the body of others (our choice).
_OTEL = re.compile(r"(/api/v1)?/otel/.*", re.DOTALL)
_REFUSALS = (401, 403)
_REMEDIES = {
    400: "Correct the request.",
    401: "Send a key of the dataset (X-API-Key or Authorization: Bearer).",
    403: "Use an X-Tenant-Id that the key belongs to.",
    404: "Use a path of the document, and an id of the dataset that is served.",
    405: "Use a method of the Allow header.",
    406: "Accept application/json.",
    409: "Use another name or id, or ask for upsert=true.",
    429: "Wait as many seconds as the Retry-After header says.",
    431: "Send smaller headers.",
    503: "Wait as many seconds as the Retry-After header says; without one, see the server's log.",
    504: "Ask for less at once, or start the server with a longer --time-limit.",
    501: "Leave the parameter out.",
    500: "Report this as a fault of Locum; the server's log has the details.",
}
_REFUSED = (
    "Use a key that may write (access rw) where that one may only read, else an operation that "
    "asks for what the dataset has."
)
# What the vendor says of a project's name that is taken (langsmith-sdk#814), and like it of the
# others: the Python SDK looks for "already exists".
_TAKEN = {
    "session": "Session already exists.",
    "dataset": "Dataset with this name already exists.",
    # langsmith-sdk#1529
    "payload": "Conflict: payload already received: payloads already received",
}
_LONGEST_INPUT = 1024  # bytes of JSON: a longer value is not repeated in the answer


def failure(failed: Failure) -> tuple[int, dict[str, Any]] | Answer:
    """Shape a failure by the family of its path, and of its method where two share a path."""
    if isinstance(failed.error, Conflict):
        failed = evolve(failed, detail=_TAKEN.get(failed.error.kind, failed.detail))
    if _V2.match(failed.path):
        return _problem(failed)
    if _OTEL.fullmatch(failed.path):
        return _status(failed)
    asked = f"{failed.method} {failed.path}"
    if _PLATFORM.match(failed.path) or _RUNS.fullmatch(asked):
        return failed.status, {"error": failed.detail}
    return _fastapi(failed)


def _status(failed: Failure) -> tuple[int, dict[str, Any]] | Answer:
    """Shape a failure as OTLP/HTTP has it (opentelemetry-proto, docs/specification.md): in the
    encoding of the request, JSON where it has none of the two."""
    if failed.status in _REFUSALS:
        return failed.status, {"error": failed.detail}
    status = 400 if failed.faults else failed.status
    from locum.otlp.codes import code  # noqa: PLC0415  # as what takes spans
    from locum.otlp.forms import JSON, form_of  # noqa: PLC0415

    form = form_of(failed.content_type) or JSON
    if form is JSON:
        return status, {"code": code(status), "message": failed.detail}
    content = form.status(code(status), failed.detail)
    return Answer(status, content, media_type=form.media_type)


def _fastapi(failed: Failure) -> tuple[int, dict[str, Any]]:
    if not failed.faults:
        return failed.status, {"detail": failed.detail}
    return failed.status, {"detail": [_fault(fault) for fault in failed.faults]}


def _fault(fault: InvalidValue) -> dict[str, Any]:
    message = EXTRA if fault.kind == "extra_forbidden" else fault.message  # `ctx` has the rest
    shown: dict[str, Any] = {"type": fault.kind, "loc": fault.location, "msg": message}
    try:
        if len(written(fault.found)) <= _LONGEST_INPUT:
            shown["input"] = fault.found
    except TypeError:  # nested too deep to be written
        pass
    return shown | ({"ctx": fault.context} if fault.context else {})


def _problem(failed: Failure) -> tuple[int, dict[str, Any]]:
    status, remedy = failed.status, _REMEDIES.get(failed.status, _REMEDIES[400])
    if isinstance(failed.error, Refused):
        remedy = _REFUSED
    if failed.faults:
        # Documented: 400 is a missing or invalid parameter, 422 a value such as an invalid UUID.
        status = 422 if all(f.kind == "uuid_parsing" for f in failed.faults) else 400
        remedy = _remedy(failed.faults)
    return status, {
        "type": "about:blank",
        "title": phrase(status),
        "status": status,
        "detail": failed.detail,
        "remedy": remedy,
    }


def _remedy(faults: Faults) -> str:
    """Name what is wrong, and what is too much."""
    names: dict[str, list[str]] = {"Correct": [], "Leave out": []}
    for fault in faults:
        verb = "Leave out" if fault.kind == "extra_forbidden" else "Correct"
        names[verb].append(_name(fault))
    return " ".join(
        f"{verb} {', '.join(dict.fromkeys(found))}." for verb, found in names.items() if found
    )


def _name(fault: InvalidValue) -> str:
    """The parameter or the body's field at fault; the body where it is no object."""
    _, *places = fault.location
    return places[0] if places and isinstance(places[0], str) else "the body"
