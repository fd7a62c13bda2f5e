"""Texts: formats, names, lengths."""

from __future__ import annotations

import base64
import random
import re
import subprocess
import sys
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from locum.generate.conjunction import Conjunction
from locum.generate.matching import has_format
from locum.generate.streams import Place
from locum.generate.texts import Texts

TEXTS = Texts()


def text(schema: dict[str, Any], name: str = "", seed: bytes = b"seed") -> str | None:
    conjunction = Conjunction((schema,), is_never=False)
    return TEXTS.of(conjunction, name, Place(seed), is_minimal=False)


@pytest.mark.parametrize(
    "name",
    [
        "date-time", "date", "time", "duration", "uuid", "email", "idn-email", "uri",
        "uri-reference", "iri", "iri-reference", "uri-template", "hostname", "idn-hostname", "ipv4",
        "ipv6", "json-pointer", "relative-json-pointer", "regex",
    ],
)  # fmt: skip
def test_text_has_its_format(name: str) -> None:
    for seed in range(20):
        found = text({"format": name}, seed=b"%d" % seed)
        assert found is not None
        assert has_format(name, found)
    assert not has_format(name, "[ ^ ~( %") or name in ("regex", "iri-reference")


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("email", r"[a-z-]+\.[a-z-]+@example\.com"),
        ("billingEmail", r"[a-z-]+\.[a-z-]+@example\.com"),
        ("homepage", r"https://example\.com/[a-z0-9-]+"),
        ("avatar_url", r"https://example\.com/images/[a-z0-9-]+\.png"),
        ("country", r"[A-Z]{2}"),
        ("currency", r"[A-Z]{3}"),
        ("created_at", r"2026-0[456]-\d\dT\d\d:\d\d:\d\dZ"),
        ("birthDate", r"\d{4}-\d\d-\d\d"),
        ("phone_number", r"\+1-\d{3}-555-01\d\d"),
        ("color", r"#[0-9a-f]{6}"),
        ("locale", r"[a-z]{2}-[A-Z]{2}"),
        ("timezone", r"UTC|[A-Z][a-z]+/[A-Z][A-Za-z_]+"),
        ("version", r"\d+\.\d+\.\d+"),
        ("fileName", r"[a-z0-9-]+\.[a-z]{3,4}"),
        ("mimeType", r"[a-z]+/[a-z]+"),
        ("slug", r"[a-z0-9-]+"),
        ("order_id", r"[a-z0-9]{16}"),
        ("firstName", r"[A-Z][a-z]+"),
        ("sha256", r"[0-9a-f]{64}"),
        ("ip_address", r"192\.0\.2\.\d+"),
        ("description", r"[A-Z].* .*\."),
    ],
)
def test_names_say_what_is_usual(name: str, pattern: str) -> None:
    for seed in range(20):
        found = text({"type": "string"}, name, b"%d" % seed)
        assert re.fullmatch(pattern, found or ""), found


def test_times_lie_in_the_sixty_days_before_the_fixed_instant() -> None:
    for seed in range(50):
        found = datetime.fromisoformat(text({"format": "date-time"}, seed=b"%d" % seed) or "")
        assert datetime.fromisoformat("2026-05-01T12:00:00Z") <= found
        assert found <= datetime.fromisoformat("2026-06-30T12:00:00Z")


@pytest.mark.parametrize(
    "schema",
    [
        {"minLength": 5_000},
        {"maxLength": 1},
        {"maxLength": 0},
        {"minLength": 7, "maxLength": 7},
        {"format": "email", "minLength": 60},
        {"format": "email", "minLength": 200, "maxLength": 210},
        {"format": "email", "maxLength": 6},
        {"format": "uri", "maxLength": 12},
        {"format": "uri", "minLength": 200},
        {"format": "date-time", "minLength": 24},
        {"format": "password", "minLength": 40},
        {"format": "password", "maxLength": 4},
        {"format": "date", "pattern": "^2026-"},
        {"format": "email", "pattern": "@acme\\.com$"},
        {"format": "unheard-of", "pattern": "^[A-Z]{3}$"},
    ],
)
def test_limits_and_formats_and_patterns_hold_together(schema: dict[str, Any]) -> None:
    found = text(schema)
    assert found is not None
    assert schema.get("minLength", 0) <= len(found) <= schema.get("maxLength", 10_000)
    assert re.search(schema.get("pattern", ""), found)
    assert has_format(schema.get("format", ""), found)


def test_two_patterns_hold_together() -> None:
    parts = ({"pattern": "^[a-z]+"}, {"pattern": "[0-9]+$"})
    conjunction = Conjunction(parts, is_never=False)
    found = TEXTS.of(conjunction, "", Place(b"seed"), is_minimal=False)
    assert re.search("^[a-z]+.*[0-9]+$", found or "")


@pytest.mark.parametrize(
    "schema",
    [
        {"minLength": 10**9},
        {"minLength": 3, "maxLength": 2},
        {"format": "uuid", "maxLength": 10},
        {"pattern": "^abc$", "minLength": 4},
    ],
)
def test_there_may_be_no_text(schema: dict[str, Any]) -> None:
    assert text(schema) is None


def test_fakers_global_state_and_pythons_are_not_touched() -> None:
    random.seed(7)
    expected = random.random()  # noqa: S311  # the state that is everybody's
    random.seed(7)
    Texts().named("city", Place(b"seed").stream())
    assert random.random() == expected  # noqa: S311  # the state that is everybody's


def test_faker_is_loaded_when_the_first_name_is_asked_for() -> None:
    program = """
import sys
from locum.generate.streams import Place
from locum.generate.texts import Texts
texts = Texts()
texts.named("order_id", Place(b"k").stream())
before = "faker" in sys.modules
texts.named("city", Place(b"k").stream())
print(before, "faker" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert done.stdout.split() == [b"False", b"True"]


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("hostname", 0, 9),
        ("hostname", 1, 2),
        ("hostname", 100, 120),
        ("email", 0, 3),
        ("uri", 0, 3),
        ("ipv4", 0, 7),
        ("ipv4", 14, 15),
        ("ipv6", 0, 3),
        ("ipv6", 39, 39),
        ("duration", 0, 3),
        ("json-pointer", 0, 0),
        ("uri-reference", 0, 0),
    ],
)
def test_formats_have_short_and_long_texts(name: str, low: int, high: int) -> None:
    for seed in range(20):
        found = text({"format": name, "minLength": low, "maxLength": high}, seed=b"%d" % seed)
        assert found is not None
        assert low <= len(found) <= high
        assert has_format(name, found)


@pytest.mark.parametrize(
    ("name", "pattern"), [("uuid", "^a"), ("date", "^1999"), ("date-time", "^2001-02-03T")]
)
def test_a_pattern_may_ask_for_a_part_of_a_format(name: str, pattern: str) -> None:
    found = text({"format": name, "pattern": pattern})
    assert found is not None
    assert has_format(name, found)
    assert re.search(pattern, found)


@pytest.mark.parametrize(
    ("encoding", "decode"),
    [
        ("base64", partial(base64.b64decode, validate=True)),
        ("base64url", base64.urlsafe_b64decode),
        ("base32", base64.b32decode),
        ("base16", bytes.fromhex),
        ("BASE64", partial(base64.b64decode, validate=True)),
    ],
)
@pytest.mark.parametrize(("low", "high"), [(0, None), (0, 9), (21, 40), (0, 0)])
def test_encoded_texts_can_be_decoded(
    encoding: str, decode: Any, low: int, high: int | None
) -> None:
    schema = {"contentEncoding": encoding, "minLength": low}
    schema |= {} if high is None else {"maxLength": high}
    for seed in range(20):
        found = text(schema, "file", seed=b"%d" % seed)
        assert found is not None
        assert low <= len(found) <= (len(found) if high is None else high)
        decode(found)


def test_an_encoding_is_a_remark_where_a_pattern_speaks_against_it() -> None:
    found = text({"contentEncoding": "base64", "pattern": "^data:,"})
    assert found is not None
    assert found.startswith("data:,")
