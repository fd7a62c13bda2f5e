"""From a fault to the answer that the vendor would give. Only this module knows their statuses.

Three families, told apart by path: Helicone (`/v1/…`), LangSmith's v2 API (RFC 7807 problem
details) and LangSmith's v1 API (FastAPI's `{"detail": …}`), which also serves every other path.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import orjson
from attrs import field, frozen
from connexion.exceptions import ProblemException
from connexion.lifecycle import ConnexionRequest, ConnexionResponse
from starlette.exceptions import HTTPException

from locum import exceptions

log = logging.getLogger("locum")

_REMEDIES = {
    400: "Correct the request.",
    401: "Send a key of the dataset (X-API-Key or Authorization: Bearer, and X-Tenant-Id).",
    403: "Use an X-Tenant-Id that the key belongs to.",
    404: "Use a path of the document, and an id of the dataset that is served.",
    405: "Use a method of the Allow header.",
    406: "Accept application/json.",
    429: "Wait as many seconds as the Retry-After header says.",
    431: "Send smaller headers.",
    500: "Report this as a fault of Locum; the server's log has the details.",
}

_LONGEST_INPUT = 1024  # bytes of JSON: a longer value is not repeated in the answer
_MOST_NAMED = 10  # faults that one text tells of
_LONGEST_LINE = 500  # characters of a request that its line in the log tells


@frozen
class Failure:
    """A failure before it has a family's shape: status, what was wrong, and each fault of it."""

    status: int
    detail: str
    faults: tuple[exceptions.InvalidValue, ...] = ()
    headers: dict[str, str] = field(factory=dict)
    body: dict[str, Any] | None = None


def failure(error: Exception) -> Failure:
    """What went wrong, with the status that LangSmith gives it."""
    found = Failure(500, "Internal Server Error")
    match error:
        case exceptions.UpstreamFault():
            told = error.body.get("error") or error.body.get("details")
            found = Failure(error.status, f"as the vendor's own server: {told}", body=error.body)
        case exceptions.InvalidRequest():
            named = exceptions.InvalidRequest(error.faults[:_MOST_NAMED])
            found = Failure(422, str(named), error.faults)
        case exceptions.FilterError() | exceptions.UnreadableBody() | exceptions.UnknownScenario():
            found = Failure(400, str(error))
        case exceptions.DatasetError():  # one that is loaded when it is first asked for
            found = Failure(503, str(error))
        case exceptions.RateLimited():
            retry = {"retry-after": str(error.seconds)}
            found = Failure(429, "Rate limit exceeded", headers=retry)
        case exceptions.NotFound():
            found = Failure(404, f"{error.kind.capitalize()} not found: {error.id}")
        case exceptions.Forbidden():
            found = Failure(403, "Forbidden")
        case exceptions.Unauthenticated() | ProblemException(status=401):
            found = Failure(401, "Invalid token", headers={"www-authenticate": "Bearer"})
        case HTTPException() | ProblemException():
            detail = error.detail or HTTPStatus(error.status_code).phrase
            found = Failure(error.status_code, detail, headers=dict(error.headers or {}))
    return found


def _fastapi(found: Failure, _error: Exception) -> tuple[int, dict[str, Any]]:
    if not found.faults:
        return found.status, {"detail": found.detail}
    return found.status, {"detail": [_fastapi_fault(fault) for fault in found.faults]}


def _fastapi_fault(fault: exceptions.InvalidValue) -> dict[str, Any]:
    told: dict[str, Any] = {"type": fault.kind, "loc": fault.location, "msg": fault.message}
    try:
        if len(orjson.dumps(fault.found)) <= _LONGEST_INPUT:
            told["input"] = fault.found
    except TypeError:  # nested too deep to be written
        pass
    return told | ({"ctx": fault.context} if fault.context else {})


def _problem(found: Failure, _error: Exception) -> tuple[int, dict[str, Any]]:
    status, remedy = found.status, _REMEDIES.get(found.status, _REMEDIES[400])
    if found.faults:
        # Documented: 400 is a missing or invalid parameter, 422 a value such as an invalid UUID.
        status = 422 if all(f.kind == "uuid_parsing" for f in found.faults) else 400
        names = dict.fromkeys(str(f.location[1]) for f in found.faults)
        remedy = f"Correct {', '.join(names)}."
    phrase = HTTPStatus(status).phrase
    return status, {
        "type": "about:blank",
        "title": phrase,
        "status": status,
        "detail": found.detail,
        "remedy": remedy,
    }


def _helicone(found: Failure, error: Exception) -> tuple[int, dict[str, Any]]:
    if found.faults:
        return found.status, _tsoa(dict(map(_tsoa_fault, found.faults)))
    if isinstance(error, exceptions.UnreadableBody):
        return 422, _tsoa({"requestBody": {"message": found.detail}})
    if found.status == HTTPStatus.UNAUTHORIZED:
        unknown = isinstance(error, exceptions.Unauthenticated)
        message = "No API key found" if unknown else "No authorization header"
        return found.status, {"error": message, "trace": "isAuthenticated.error"}
    if found.status == HTTPStatus.INTERNAL_SERVER_ERROR:  # as of any fault that its server throws
        return found.status, {"message": found.detail}
    return found.status, {"error": found.detail}


def _tsoa(details: dict[str, Any]) -> dict[str, Any]:
    return {"message": "Validation Failed", "details": details}


def _tsoa_fault(fault: exceptions.InvalidValue) -> tuple[str, dict[str, Any]]:
    if fault.kind == "json_invalid":  # our choice: the vendor's words are not known
        place = f"at character {fault.location[-1]}"
        message = f"{fault.message}: {fault.context['error']} {place}"
        return "requestBody", {"message": message}
    name = ".".join(["requestBody", *map(str, fault.location[1:])])
    value = {} if fault.kind == "missing" else {"value": fault.found}
    return name, {"message": fault.message} | value


_FAMILIES: tuple[tuple[re.Pattern[str], Callable[..., tuple[int, dict[str, Any]]]], ...] = (
    (re.compile(r"/v1/"), _helicone),
    (re.compile(r"(/api)?/v2/"), _problem),
    (re.compile(r""), _fastapi),
)


async def answer(request: ConnexionRequest, error: Exception) -> ConnexionResponse:
    """The answer to a request that failed, in the words of its path's family.

    A client's fault is one line of the log; a fault of ours has its traceback there.
    """
    path = request.scope["path"]
    found = failure(error)
    shape = next(shape for pattern, shape in _FAMILIES if pattern.match(path))
    status, body = shape(found, error)
    asked = request.scope.get("raw_path") or path.encode()
    line = (
        "%s %s %s: %s",
        *map(_printable, (request.method, asked.decode("latin-1"), status, found.detail)),
    )
    if status == HTTPStatus.INTERNAL_SERVER_ERROR and found.body is None:
        log.error(*line, exc_info=error)
    else:
        log.warning(*line)
    return ConnexionResponse(
        status_code=status,
        mimetype="application/json",
        body=orjson.dumps(body if found.body is None else found.body, default=str),
        headers=found.headers,
    )


def _printable(value: object) -> str:
    """The value on one line, cut: it came with the request, and may hold anything."""
    text = str(value)
    cut = text if len(text) <= _LONGEST_LINE else f"{text[:_LONGEST_LINE]}..."
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)
