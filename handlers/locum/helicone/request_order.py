"""The order of requests: of the keys of a `sort` one acts (lib/shared/sorts/requests/sorts.ts)."""

from __future__ import annotations

import re
from typing import Any

from locum.helicone import javascript
from locum.helicone.errors import thrown
from locum.helicone.filter_conditions import Term

_LATEST = "request_created_us DESC"
_UNIQUE = "request_id"  # of those that are equal (our choice: the vendor leaves it open)


def _text_in(column: str, path: str) -> str:
    """The text at the path of a body, '' where there is none."""
    here = f"{column}, '{path}'"
    text = f"CASE WHEN json_type({here}) = 'VARCHAR' THEN json_extract_string({here}) END"
    return f"coalesce(CASE WHEN json_valid({column}) THEN {text} END, '')"


# By their precedence. None is what the vendor's database has no column for. Random is an order that
# stays the same (our choice), so that pages neither lose nor repeat.
_KEYS = {
    "random": "md5(request_id)",
    "created_at": "request_created_us",
    "latency": "latency",
    "time_to_first_token": "time_to_first_token",
    "total_tokens": "(prompt_tokens + completion_tokens)",
    "completion_tokens": "completion_tokens",
    "prompt_tokens": "prompt_tokens",
    "user_id": "user_id",
    "body_model": "model",
    "is_cached": None,
    "request_prompt": _text_in("request_body", "$.prompt"),
    "response_text": _text_in("response_body", "$.choices[0].text"),
    "cost": "cost",
}
_DIRECTIONS = {"asc": "ASC NULLS LAST", "desc": "DESC NULLS LAST", True: "ASC"}
_NAME = re.compile(r"[a-zA-Z0-9_]+")


def order(sort: dict[str, Any]) -> Term | None:
    """Return the terms that requests are ordered by, without a key that acts by time, the latest
    first; None where the vendor's database has no such column. What is null comes last, whatever
    the direction; of what is equal, the latest first.

    Raises UpstreamFault for a property whose name is not of letters, digits and _.
    """
    for key, column in _KEYS.items():
        if key in sort:
            if column is None:
                return None
            return _by(Term(f"{column} {_DIRECTIONS[sort[key]]}"))
    for name in javascript.keys(sort.get("properties", {})):
        if not _NAME.fullmatch(name):
            raise thrown(f"Invalid property key: {name}")
        direction = _DIRECTIONS[sort["properties"][name]]
        return _by(Term("coalesce(properties[{}], '')", (name,)).then(f" {direction}"))
    return Term(f"{_LATEST}, {_UNIQUE}")


def _by(first: Term) -> Term:
    return first.then(f", {_LATEST}, {_UNIQUE}")
