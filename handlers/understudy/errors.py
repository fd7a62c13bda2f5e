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

from understudy import exceptions

log = logging.getLogger("understudy")

_FIXES = {
    401: "Send a key of the dataset (X-API-Key or Authorization: Bearer, and X-Tenant-Id).",
    403: "Use an X-Tenant-Id that the key belongs to.",
    404: "Use an id of the dataset that the server was started with.",
    405: "Use a method of the Allow header.",
    413: "Send a smaller body.",
    415: "Send the body as application/json, without a Content-Encoding.",
}


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
    match error:
        case exceptions.UpstreamFault():
            return Failure(error.status, "", body=error.body)
        case exceptions.InvalidRequest():
            return Failure(422, str(error), error.faults)
        case exceptions.FilterError():
            return Failure(400, str(error))
        case exceptions.NotFound():
            return Failure(404, f"{error.kind.capitalize()} not found: {error.id}")
        case exceptions.Forbidden():
            return Failure(403, "Forbidden")
        case exceptions.Unauthenticated() | ProblemException(status=401):
            return Failure(401, "Invalid token", headers={"www-authenticate": "Bearer"})
        case HTTPException() | ProblemException():
            detail = error.detail or HTTPStatus(error.status_code).phrase
            return Failure(error.status_code, detail, headers=dict(error.headers or {}))
        case _:
            return Failure(500, "Internal Server Error")


def _fastapi(found: Failure, _error: Exception) -> tuple[int, dict[str, Any]]:
    if not found.faults:
        return found.status, {"detail": found.detail}
    faults = [{"loc": f.location, "msg": f.message, "type": f.kind} for f in found.faults]
    return found.status, {"detail": faults}


def _problem(found: Failure, _error: Exception) -> tuple[int, dict[str, Any]]:
    status, remedy = found.status, _FIXES.get(found.status)
    if found.faults:
        # Documented: 400 is a missing or invalid parameter, 422 a value such as an invalid UUID.
        status = 422 if all(f.kind == "uuid_parsing" for f in found.faults) else 400
        names = dict.fromkeys(str(f.location[1]) for f in found.faults)
        remedy = f"Correct {', '.join(names)}."
    phrase = HTTPStatus(status).phrase
    problem = {"type": "about:blank", "title": phrase, "status": status, "detail": found.detail}
    return status, problem | ({"remedy": remedy} if remedy else {})


def _helicone(found: Failure, error: Exception) -> tuple[int, dict[str, Any]]:
    if found.faults:
        details = {
            ".".join(["requestBody", *map(str, f.location[1:])]): {"message": f.message}
            | ({} if f.kind == "missing" else {"value": f.found})
            for f in found.faults
        }
        return found.status, {"message": "Validation Failed", "details": details}
    if found.status == HTTPStatus.UNAUTHORIZED:
        unknown = isinstance(error, exceptions.Unauthenticated)
        message = "No API key found" if unknown else "No authorization header"
        return found.status, {"error": message, "trace": "isAuthenticated.error"}
    return found.status, {"error": found.detail}


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
    line = "%s %s %d: %s", request.method, path, status, found.detail
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
