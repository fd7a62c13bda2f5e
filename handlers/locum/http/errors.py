"""From an exception to the failure that it is, and to the answer that the vendor would give."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from attrs import evolve
from connexion.exceptions import ProblemException
from connexion.lifecycle import ConnexionRequest, ConnexionResponse
from starlette.exceptions import HTTPException

from locum import exceptions
from locum.http.context import RequestContext
from locum.http.journal import printable
from locum.http.routes import encoded_path
from locum.openapi.json_bytes import written
from locum.openapi.media_types import is_json
from locum.openapi.phrases import phrase
from locum.provider import Answer, Failure, Provider, problem

_PROBLEM = "application/problem+json"

log = logging.getLogger("locum")

# Whose answer is no fault of ours where it is 500.
_NOT_OURS = exceptions.UpstreamFault | exceptions.NotGenerated | HTTPException

_MOST_NAMED = 10  # faults that one text tells of
_LONGEST_REASON = 200  # characters, in the journal


# The statuses by default of what needs no more than its own words.
_STATUSES: dict[type[Exception], int] = {
    exceptions.FilterError: 400,
    exceptions.UnreadableBody: 400,
    exceptions.Unanswerable: 400,
    exceptions.UnknownScenario: 400,
    exceptions.InvalidPreference: 400,
    exceptions.Undocumented: 400,
    exceptions.Refused: 403,
    exceptions.MayOnlyRead: 403,
    exceptions.NotAcceptable: 406,
    exceptions.Conflict: 409,
    exceptions.StoreFull: 413,
    exceptions.RowTooLarge: 413,
    exceptions.UnsupportedMediaType: 415,
    exceptions.PatchFault: 422,
    exceptions.NotGenerated: 501,
    exceptions.NotRecorded: 507,
    exceptions.DatasetError: 503,  # of one that is loaded when it is first asked for
    exceptions.TimeLimitExceeded: 504,
}


def failure(error: Exception, path: str = "", method: str = "") -> Failure:
    """Return what went wrong with the request of that path and method, with the status by
    default."""
    return evolve(_failure(error), path=path, method=method)


def _failure(error: Exception) -> Failure:  # noqa: C901, PLR0911 - one for each
    if isinstance(error, exceptions.PatchFault) and error.is_test:
        return Failure(409, str(error), error)
    if type(error) in _STATUSES:
        return Failure(_STATUSES[type(error)], str(error), error)
    match error:
        case exceptions.UpstreamFault():
            reason = error.body.get("error") or error.body.get("details")
            return Failure(error.status, f"as the vendor's own server: {reason}", error)
        case exceptions.InvalidRequest():
            named = exceptions.InvalidRequest(error.faults[:_MOST_NAMED])
            return Failure(422, str(named), error, faults=error.faults)
        case exceptions.NotBuilt():
            # SDKs made by Stainless, as many are, ask again after any other 5xx.
            return Failure(501, str(error), error, headers={"x-should-retry": "false"})
        case exceptions.RateLimited():
            retry = {"retry-after": str(error.seconds)}
            return Failure(429, "Rate limit exceeded", error, headers=retry)
        case exceptions.Overloaded() | exceptions.NotReady():
            return Failure(503, str(error), error, headers={"retry-after": str(error.seconds)})
        case exceptions.NotFound():
            return Failure(404, f"{error.kind.capitalize()} not found: {error.id}", error)
        case exceptions.Forbidden():
            return Failure(403, "Forbidden", error)
        case exceptions.Unauthenticated() | ProblemException(status=401):
            challenge = {"www-authenticate": "Bearer"}
            return Failure(401, "Invalid token", error, headers=challenge)
        case HTTPException() | ProblemException():
            detail = error.detail or phrase(error.status_code) or ""
            return Failure(error.status_code, detail, error, headers=dict(error.headers or {}))
    return Failure(500, "Internal Server Error", error)


def answerer(
    provider_of: Callable[[str, str], Provider], *, are_told: bool = False
) -> Callable[[ConnexionRequest, Exception], Awaitable[ConnexionResponse]]:
    """Return what answers a request that failed, in the words of the provider of its operation, or
    where it has none, of its path.

    A client's fault is one line of the log, unless all requests `are_told` there; a fault of ours
    has its traceback there.
    """

    async def answer(request: ConnexionRequest, error: Exception) -> ConnexionResponse:
        path, context = request.scope["path"], RequestContext.of(request.scope)
        failed = evolve(
            failure(error, path, request.method), content_type=context.headers.get("content-type")
        )
        if context.challenge and "www-authenticate" in failed.headers:
            failed = evolve(failed, headers={"www-authenticate": context.challenge})
        context.reason, media_type = failed.detail[:_LONGEST_REASON], "application/json"
        body: Any
        if isinstance(error, exceptions.UpstreamFault):  # the vendor's own answer, whole
            status, body = error.status, error.body
        else:
            provider = context.provider
            if provider is None:
                provider = provider_of(encoded_path(request.scope), request.method)
            if provider.failure is problem:
                failed = _of_placeholders(context, failed)
            if provider.failure is problem and isinstance(error, ProblemException):
                failed = _in_full(failed)
            shaped = answer_to(failed, provider)
            status, media_type, body = shaped.status, shaped.media_type, shaped.body
            failed = evolve(failed, headers={**failed.headers, **shaped.headers})
            if provider.failure is problem:
                documented = _documented(context, failed)
                status, media_type, body = documented or (status, _PROBLEM, body)
        raw_path = request.scope.get("raw_path") or path.encode()
        line = (
            "%s %s %s: %s",
            *map(printable, (request.method, raw_path.decode("latin-1"), status, failed.detail)),
        )
        # An HTTPException of that status was asked for.
        is_wanted = isinstance(error, _NOT_OURS)
        if status == HTTPStatus.INTERNAL_SERVER_ERROR and not is_wanted:
            log.error(*line, exc_info=error)
        elif not are_told:
            log.warning(*line)
        return _response(request, status, media_type, body, failed.headers)

    return answer


def answer_to(failed: Failure, provider: Provider) -> Answer:
    """Return what the provider answers to a request that failed."""
    shaped = provider.failure(failed)
    return shaped if isinstance(shaped, Answer) else Answer(*shaped)


def _in_full(failed: Failure) -> Failure:
    """Say what Connexion leaves unsaid: that nothing was presented for any scheme."""
    if failed.status != HTTPStatus.UNAUTHORIZED:
        return failed
    return evolve(failed, detail="No credential was sent where the document wants one")


def _documented(context: RequestContext, failed: Failure) -> tuple[int, str, Any] | None:
    """Return status, media type and body of the answer that the operation's document describes,
    None where it describes none."""
    if context.failures is None:
        return None
    state = context.state
    is_wanted = state.settings.code == failed.status or context.failures.is_static
    found = context.failures.answer(failed, (state.wanted.example or "") if is_wanted else None)
    return None if found is None else (found.status, found.media_type, found.body)


def _of_placeholders(context: RequestContext, failed: Failure) -> Failure:
    """Return the failure as Prism has it, where placeholders as Prism's are answered: 404 is what
    the document does not have of what is preferred, an example of a failure too, and 500 what it
    has and cannot be made."""
    failures, name = context.failures, context.state.wanted.example
    if failures is None or not failures.is_static:
        return failed
    error = failed.error
    if isinstance(error, exceptions.NotGenerated):
        return evolve(failed, status=500)
    if name and not isinstance(error, exceptions.Undocumented) and failures.lacks(failed, name):
        expected = f"the name of an example of the answer {failures.status(failed)}"
        error = exceptions.Undocumented(f"example={name}", expected)
    if not isinstance(error, exceptions.Undocumented):
        return failed
    return Failure(404, str(error), error, failed.path)


def unanswered(request: ConnexionRequest, _error: Exception) -> ConnexionResponse:
    """Answer a request where answering its failure failed: the server logs with what."""
    log.error("%s %s: the provider's answer to a failure failed", request.method, request.url.path)
    body = {"type": "about:blank", "title": "Internal Server Error", "status": 500}
    return _response(request, 500, _PROBLEM, body)


def _response(
    request: ConnexionRequest,
    status: int,
    media_type: str,
    body: Any,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> ConnexionResponse:
    """Return the response, to HEAD without the body whose length it tells; 304 has none, and so has
    an answer whose document describes none."""
    if status == HTTPStatus.NOT_MODIFIED or body is None:
        return ConnexionResponse(status_code=status, headers=dict(headers))
    raw: bytes
    if isinstance(body, bytes | str) and not is_json(media_type):
        raw = body.encode() if isinstance(body, str) else body
    else:
        raw = written(body, default=str)
    return ConnexionResponse(
        status_code=status,
        mimetype=media_type,
        body=b"" if request.method == "HEAD" else raw,
        headers={**headers, "content-length": str(len(raw))},
    )
