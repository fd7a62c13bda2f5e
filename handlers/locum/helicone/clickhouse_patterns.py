"""ClickHouse's LIKE and ILIKE as regular expressions of RE2, which both engines have.

The engines' own LIKE differ: a backslash escapes in ClickHouse's and not in DuckDB's, and their
foldings of letters beyond ASCII are not the same.
"""

from __future__ import annotations

import re

_WILDCARDS = {"%": ".*", "_": "."}
_ESCAPABLE = frozenset("%_\\")


def expression(pattern: str, *, fold: bool) -> str | None:
    r"""The RE2 expression of a LIKE pattern, to be matched in full; `fold` for ILIKE.

    `%` is any text, `_` any one character, a backslash takes the meaning from `%`, `_` and itself
    and stands for itself before anything else. None where the pattern ends in an open backslash,
    which ClickHouse refuses.
    """
    pieces = [""]  # literals at even places, wildcards at odd ones
    characters = iter(pattern)
    for character in characters:
        if character in _WILDCARDS:
            pieces += [_WILDCARDS[character], ""]
        elif character == "\\":
            following = next(characters, None)
            if following is None:
                return None
            pieces[-1] += following if following in _ESCAPABLE else "\\" + following
        else:
            pieces[-1] += character
    if not fold:
        pieces[::2] = map(re.escape, pieces[::2])
    elif [pieces[0], pieces[1::2], pieces[-1]] == ["", [".*", ".*"], ""]:
        pieces[2] = _either_case(pieces[2])
    else:
        pieces[::2] = map(_folded, pieces[::2])
    return "(?s)" + "".join(pieces)


def _folded(literal: str) -> str:
    """RE2 folds letters by Unicode's table, of which the long s and the final sigma are part. But
    of a literal of two characters and more ClickHouse first searches for the text itself."""
    return _either_case(literal) if len(literal) > 1 else f"(?i:{re.escape(literal)})"


def _either_case(literal: str) -> str:
    """Each letter in both cases, where these are each other's: what ClickHouse's search for a text
    takes as equal, of which %text% is made."""
    return "".join(map(_both, literal))


def _both(character: str) -> str:
    lower = character.lower()
    other = character.upper() if character == lower else lower
    back = other.upper() if character != lower else other.lower()
    if other == character or len(other) != 1 or back != character:
        return re.escape(character)
    return f"[{re.escape(character)}{re.escape(other)}]"
