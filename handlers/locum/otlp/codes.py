"""Codes of gRPC, which a google.rpc.Status has, for statuses of HTTP."""

from __future__ import annotations

# The gRPC code (google.rpc.Code) that is nearest to a status of HTTP; 2 is unknown.
_CODES = {
    400: 3,
    401: 16,
    403: 7,
    404: 5,
    405: 12,
    408: 4,
    409: 6,
    413: 8,
    415: 3,
    422: 3,
    429: 8,
    500: 13,
    501: 12,
    503: 14,
    504: 4,
}


def code(status: int) -> int:
    """Return the code of google.rpc.Status for a status of HTTP."""
    return _CODES.get(status, 2)
