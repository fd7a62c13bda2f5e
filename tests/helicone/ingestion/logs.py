"""A log as a logger sends it, for tests that change one part."""

from __future__ import annotations

from typing import Any

from locum.helicone.ingestion.rows import Setting

ORGANIZATION = "11111111-1111-4111-8111-111111111111"
NEW_ID = "99999999-9999-4999-8999-999999999999"
NOW_US = 1_781_514_000_123_456  # 2026-06-15T09:00:00.123456Z
SETTING = Setting(ORGANIZATION, NOW_US, new_id=lambda: NEW_ID)


def log(
    answered: Any = None, *, asked: Any = None, meta: Any = None, **response: Any
) -> dict[str, Any]:
    """A log of what was answered, a text or JSON, to what was asked; of 09:01:00.007 to .847."""
    is_text = isinstance(answered, str)
    return {
        "providerRequest": {
            "url": "custom-model-nopath",
            "json": {"model": "pebble-7b"} if asked is None else asked,
            "meta": {} if meta is None else meta,
        },
        "providerResponse": {
            "headers": {},
            "status": 200,
            "json": {} if is_text else answered,
            **({"textBody": answered} if is_text else {}),
            **response,
        },
        "timing": {
            "startTime": {"seconds": 1_781_514_060, "milliseconds": 7},
            "endTime": {"seconds": 1_781_514_060, "milliseconds": 847},
        },
    }
