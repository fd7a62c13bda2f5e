"""What Helicone answers to a request that failed: tsoa's words for an invalid one, its own
authentication's for a credential, `{"error": …}` for the rest.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from locum.exceptions import (
    InvalidValue,
    MayOnlyRead,
    Unauthenticated,
    UnreadableBody,
    UpstreamFault,
)
from locum.provider import Failure

# By what is wrong with a credential; what a header cannot be read for is in the vendor's words.
_CREDENTIALS = {"unknown": "No API key found", "unknown tenant": "Invalid organization"}


def thrown(details: str) -> UpstreamFault:
    """Return what is answered where the vendor's server throws."""
    return UpstreamFault(500, {"message": "Internal Server Error", "details": details})


def returned(error: str) -> UpstreamFault:
    """Return what is answered where a function of the vendor's server returns an error."""
    return UpstreamFault(500, {"data": None, "error": error})


def failure(failed: Failure) -> tuple[int, dict[str, Any]]:
    """Shape a failure."""
    if failed.faults:
        return failed.status, _validation_failed(dict(map(_detail, failed.faults)))
    if isinstance(failed.error, UnreadableBody):
        return 422, _validation_failed({"requestBody": {"message": failed.detail}})
    if failed.status == HTTPStatus.UNAUTHORIZED:
        message = "No authorization header"
        if isinstance(failed.error, Unauthenticated):
            message = _CREDENTIALS.get(failed.error.reason, failed.error.reason)
        return failed.status, _unauthenticated(message)
    if isinstance(failed.error, MayOnlyRead):
        return 401, _unauthenticated(failed.detail)
    if failed.status == HTTPStatus.INTERNAL_SERVER_ERROR:  # as of any fault that its server throws
        return failed.status, {"message": failed.detail}
    return failed.status, {"error": failed.detail}


def _unauthenticated(message: str) -> dict[str, Any]:
    return {"error": message, "trace": "isAuthenticated.error"}


def _validation_failed(details: dict[str, Any]) -> dict[str, Any]:
    return {"message": "Validation Failed", "details": details}


def _detail(fault: InvalidValue) -> tuple[str, dict[str, Any]]:
    if fault.kind == "json_invalid":  # our choice: the vendor's words are not known
        place = f"at character {fault.location[-1]}"
        message = f"{fault.message}: {fault.context['error']} {place}"
        return "requestBody", {"message": message}
    holder = ["requestBody"] if fault.location[0] == "body" else []  # of parameters it has none
    name = ".".join([*holder, *map(str, fault.location[1:])])
    value = {} if fault.kind == "missing" else {"value": fault.found}
    return name, {"message": fault.message} | value
