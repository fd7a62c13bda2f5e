"""What is wrong with a log, in the vendor's words.

Its logging servers check the form and name the first fault (worker/src/lib/models/AsyncLog.ts), its
typed endpoint names all of them (valhalla/jawn/src/types/customTrace.ts), its others check nothing.
"""

from __future__ import annotations

from typing import Any

from locum.helicone.ingestion import timing

_MISSING = "One of the required fields is missing, providerRequest, providerResponse, or timing"
_NO_TIME = "Invalid timing structure or value type"
_ABSENT = object()  # what JavaScript calls undefined

Fault = dict[str, str]


def first_fault(log: Any) -> str | None:
    """Return what is wrong first with the log, None where nothing is.

    JavaScript's null is an object, so it passes for meta, headers and json. A log without timing is
    none at fault. What of timing is no object lacks its numbers (our choice: the vendor's server
    throws).
    """
    request, response = _member(log, "providerRequest"), _member(log, "providerResponse")
    if not (is_true(request) and is_true(response)):
        return _MISSING
    return _fault_of_request(request) or _fault_of_response(response) or _fault_of_timing(log)


def _fault_of_request(request: Any) -> str | None:
    if not isinstance(_member(request, "url"), str):
        return "Invalid providerRequest: 'url' should be a string"
    if not _is_object(_member(request, "meta")):
        return "Invalid providerRequest: 'meta' should be an object"
    if _member(request, "json") is _ABSENT:
        return "Invalid providerRequest: 'json' is undefined"
    return None


def _fault_of_response(response: Any) -> str | None:
    if _member(response, "json") is _ABSENT:
        return "Invalid providerResponse: 'json' is undefined"
    if not _is_number(_member(response, "status")):
        return "Invalid providerResponse: 'status' should be a number"
    if not _is_object(_member(response, "headers")):
        return "Invalid providerResponse: 'headers' should be an object"
    return None


def _fault_of_timing(log: Any) -> str | None:
    given = _member(log, "timing")
    if not is_true(given):
        return None
    for name in ("startTime", "endTime"):
        for unit in ("seconds", "milliseconds"):
            if not _is_number(_member(_member(given, name), unit)):
                return f"Invalid timing: '{name}.{unit}' should be a number"
    try:
        start_ms, end_ms = (timing.moment_ms(given[name]) for name in ("startTime", "endTime"))
    except timing.NoTime:
        return _NO_TIME
    if start_ms > end_ms:
        return "startTime cannot be greater than endTime"
    return "startTime and endTime cannot be negative" if start_ms < 0 else None


def typed_faults(log: Any) -> list[Fault]:
    """Return all that is wrong with a log at the typed endpoint, in the server's order."""
    request, response = _member(log, "providerRequest"), _member(log, "providerResponse")
    faults: list[Fault] = []
    if is_true(request):
        if not (is_true(url := _member(request, "url")) and isinstance(url, str)):
            faults.append(_typed("providerRequest.url", "url must be a non-empty string"))
        faults += [
            _typed(f"providerRequest.{name}", f"{name} must be an object")
            for name in ("json", "meta")
            if not isinstance(_member(request, name), dict | list)
        ]
    else:
        faults.append(_typed("providerRequest", "providerRequest is required"))
    if is_true(response):
        if not _is_number(_member(response, "status")):
            faults.append(_typed("providerResponse.status", "status must be a number"))
        if not any(is_true(_member(response, name)) for name in ("json", "textBody")):
            faults.append(_typed("providerResponse", "either json or textBody is required"))
        if not isinstance(_member(response, "headers"), dict | list):
            faults.append(_typed("providerResponse.headers", "headers must be an object"))
    else:
        faults.append(_typed("providerResponse", "providerResponse is required"))
    return faults + _typed_faults_of_timing(_member(log, "timing"))


def _typed_faults_of_timing(given: Any) -> list[Fault]:
    if not is_true(given):
        return []
    faults = [
        _typed(f"timing.{name}", f"{name} is required when timing is provided")
        for name in ("startTime", "endTime")
        if _member(given, name) in (_ABSENT, None)
    ]
    first = _member(given, "timeToFirstToken")
    if not (first is _ABSENT or _is_number(first)):
        faults.append(_typed("timing.timeToFirstToken", "timeToFirstToken must be a number"))
    return faults


def _typed(place: str, message: str) -> Fault:
    return {"field": place, "message": message}


def is_true(value: Any) -> bool:
    """Return whether JavaScript takes the value for true: of objects and lists any."""
    return value is not _ABSENT and (isinstance(value, dict | list) or bool(value))


def _member(value: Any, name: str) -> Any:
    return value.get(name, _ABSENT) if isinstance(value, dict) else _ABSENT


def _is_object(value: Any) -> bool:
    return value is None or isinstance(value, dict | list)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
