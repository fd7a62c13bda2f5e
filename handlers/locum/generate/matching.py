"""Whether a text has a pattern or a format, as the validator of schemas reads them."""

from __future__ import annotations

from functools import lru_cache

import jsonschema_rs


def finds(pattern: str, text: str) -> bool:
    """Return whether the pattern (ECMA 262) is found in the text; False for one that cannot be
    read."""
    validator = _validator("pattern", pattern)
    return validator is not None and validator.is_valid(text)


def has_format(name: str, text: str) -> bool:
    """Return whether the text has the format; every text has an unknown one."""
    validator = _validator("format", name)
    return validator is None or validator.is_valid(text)


# The validator's own engine, not Python's: it knows ECMA's classes, and ends for every pattern.
@lru_cache(maxsize=4096)
def _validator(keyword: str, value: str) -> jsonschema_rs.Draft202012Validator | None:
    try:
        return jsonschema_rs.Draft202012Validator({keyword: value}, validate_formats=True)
    except ValueError:
        return None
