"""Lists in order, and cursors: where a page of a list ended, as an opaque text.

A cursor holds the key of the page's last item (keyset paging), and what was asked: it is good for
that question alone. A key is a value, which may be null, and what decides between equal values.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import Any, TypeVar

import orjson

from locum.exceptions import Unanswerable

T = TypeVar("T")
Key = tuple[Any, Any]


def in_order(items: Iterable[T], key: Callable[[T], Key], *, descending: bool) -> list[T]:
    """Return the items by the value of their keys; those whose value is null are last in both
    directions, and equal ones ascend by what the key has beside (our choice)."""
    rows = sorted(((key(item), item) for item in items), key=lambda row: row[0][1])
    known = [row for row in rows if row[0][0] is not None]
    known.sort(key=lambda row: row[0][0], reverse=descending)  # equal ones stay as they are
    return [item for _, item in (*known, *(row for row in rows if row[0][0] is None))]


def follows(key: Key, last: Key, *, descending: bool) -> bool:
    """Return whether a key comes after another one, in the order of `in_order`."""
    value, beside = key
    if value == last[0]:
        return bool(beside > last[1])
    if value is None or last[0] is None:
        return value is None
    return bool((value < last[0]) is descending)


def page(
    items: Sequence[T],
    place: Callable[[T], Key],
    question: Any,
    *,
    after: str | None,
    size: int,
    descending: bool,
) -> tuple[Sequence[T], str | None]:
    """Return the first `size` of the items, which are in order, or those that follow the place of
    the cursor `after`; and the cursor of the next page, None where this is the last. Raises
    Unanswerable for a cursor that no answer to this question gave."""
    if after is not None:
        value, beside = key(after, question)
        last = value, beside
        items = [item for item in items if follows(place(item), last, descending=descending)]
    on_page = items[:size]
    is_cut = len(on_page) < len(items)
    return on_page, cursor(place(on_page[-1]), question) if is_cut else None


def cursor(key: Sequence[Any], question: Any) -> str:
    """Return the cursor of a key, JSON values, for a question, a JSON value that says what was
    selected, by whom, and in which order."""
    written = orjson.dumps([*key, _fingerprint(key, question)])
    return urlsafe_b64encode(written).decode().rstrip("=")


def key(cursor: str, question: Any) -> list[Any]:
    """Return the key that a cursor holds. Raises Unanswerable for a text that no answer to this
    question gave."""
    found: list[Any]
    try:
        *found, asked = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError):  # it is no JSON, or no list, or an empty one
        found, asked = [], None
    if asked != _fingerprint(found, question):
        raise Unanswerable(
            f"Invalid cursor: found {cursor[:60]!r}, expected one that an answer to this very "
            "question gave; leave cursor out to begin with the first page"
        )
    return found


def _fingerprint(key: Sequence[Any], question: Any) -> str:
    """Of both, so that a text that was changed or made up is no cursor."""
    written = orjson.dumps([question, *key], option=orjson.OPT_SORT_KEYS)
    return blake2b(written, digest_size=9).hexdigest()
