"""Whose request it is: the key of Authorization, else what Helicone-Authorization says in JSON, as
the vendor's own web page sends it (its server's requestWrapper and authentication).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from locum.provider import Presented

_WORD = "Bearer "


def credential(texts: Mapping[str, str]) -> Presented:
    """The key of Authorization, where that is not empty; else of Helicone-Authorization the key, or
    the organization of a user who is logged in.

    There are no users here: whoever names an organization of the dataset is let in (our choice).
    Members that are not known are ignored.
    """
    if key := texts["api_key"]:
        return Presented(key)
    # The published document does not have this scheme, and may be served without its overlay.
    if not (header := texts.get("helicone_authorization", "")):
        return Presented("")
    try:
        found = orjson.loads(header)
    except orjson.JSONDecodeError:
        found = None
    if found is None:
        return Presented("", fault="Invalid auth header")
    return _read(found) or Presented("", fault="Invalid auth header format")


def _read(found: Any) -> Presented | None:
    """Return what the header's JSON value presents; None where it is not of one of the shapes."""
    match found:
        case {"_type": "jwt", "token": str(), "orgId": str(organization)}:
            return Presented("", organization)
        case {"_type": "jwt", "token": str()} if "orgId" not in found:
            return Presented("")
        case {"_type": "bearer" | "bearerProxy", "token": str(token)}:
            key = token.removeprefix(_WORD).strip()
            return Presented(key, fault="" if key else "No API key found")
    return None
