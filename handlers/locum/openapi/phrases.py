"""The reason phrase of a status, which is the same whichever Python runs: from 3.13 on the standard
library has other words for four of them."""

from __future__ import annotations

from http import HTTPStatus

_LIKE_BEFORE = {
    413: "Request Entity Too Large",
    414: "Request-URI Too Long",
    416: "Requested Range Not Satisfiable",
    422: "Unprocessable Entity",
}
_KNOWN = frozenset(HTTPStatus)


def phrase(status: int) -> str | None:
    """Return what a status is called, None for one that the standard library does not know."""
    if status not in _KNOWN:
        return None
    return _LIKE_BEFORE.get(status) or HTTPStatus(status).phrase
