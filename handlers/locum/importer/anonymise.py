"""Texts and ids replaced by others, the same for the same: what remains is what can be counted.

A replacement is the HMAC-SHA-256 of the text under a secret: it cannot be undone, and equal texts
stay equal in all tables of both providers, so that joins, threads and groups do. Everything is
replaced but what is listed here: a new column of texts is replaced until it is listed too.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection
from typing import Any
from uuid import UUID

import orjson

from locum.datasets import dataset as datasets
from locum.importer.rows import Row
from locum.importer.values import UUID_TEXT

# Columns whose texts are the vendors' words, models and countries.
_KEPT_COLUMNS = {
    "keys": {"key", "provider", "access"},
    "langsmith/runs": {"run_type", "status"},
    "langsmith/feedback": {"score"},
    "helicone/requests": {"provider", "model", "country_code"},
    "helicone/session_tags": {"entity_type"},
}
# Names of metadata and properties that the server reads, or that LangSmith's SDK gives to models.
_KEPT_NAMES = {
    *("thread_id", "session_id", "conversation_id", "type"),
    *("Helicone-Session-Id", "Helicone-Session-Name", "Helicone-Session-Path"),
    *("helicone-score-feedback",),
}
_MODEL_NAMES = {"ls_provider", "ls_model_name", "ls_model_type", "model", "model_name"}
_SOURCES = {"api", "app", "model", "auto_eval"}
_CATEGORIES = {
    *("cache_read", "cache_creation", "cache_write", "audio", "image", "text", "video"),
    *("reasoning", "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"),
}
_KEPT_TEXTS = {"", "true", "false", "null", "00000000-0000-0000-0000-000000000000"}

_NAMES_ID = re.compile(r"id\Z", re.IGNORECASE)


class Anonymiser:
    """Replaces rows under a secret. `keep` are names of metadata, properties, scores and feedback
    that stay with their values."""

    def __init__(self, secret: bytes, keep: Collection[str] = ()) -> None:
        self._secret = secret
        self._keep = frozenset(keep)

    def row(self, table: str, row: Row) -> Row:
        """The row of a dataset's table, replaced; what is no column of it is dropped."""
        kept = _KEPT_COLUMNS.get(table, set())
        return {
            column: row[column] if column in kept else self._column(column, kind, row[column])
            for column, kind in datasets.TABLES[table].items()
            if row.get(column) is not None
        }

    def _column(self, column: str, kind: str, value: Any) -> Any:
        if kind in (datasets.INTEGER, datasets.BOOLEAN, datasets.TIME):
            return value
        if column == "key":
            return value if value in self._keep else self.text(value)
        if column in ("request_body", "response_body"):
            return self._body(value)
        if kind == datasets.TEXT:
            return self.text(value)
        if kind == datasets.TEXTS:
            return [self.text(item) for item in value]
        if kind == datasets.INTEGER_MAP:
            return {self._name(name, _CATEGORIES): amount for name, amount in value.items()}
        if column in ("inputs", "outputs", "correction"):
            return self._content(value)
        return self._metadata(value, "")

    def text(self, text: str) -> str:
        """The text that stands for this one: a UUID for a UUID, else `anon-` and 16 digits.

        What reads like JSON's objects and arrays goes on to begin like them.
        """
        if text in _KEPT_TEXTS:
            return text
        digest = self._digest(text)
        if UUID_TEXT.fullmatch(text):
            return str(UUID(bytes=digest[:16], version=4))
        return f"{text[0] if text[0] in '{[' else ''}anon-{digest.hex()[:16]}"

    def _digest(self, text: str) -> bytes:
        return hmac.digest(self._secret, text.encode(), "sha256")

    def _number(self, number: float) -> int | float:
        """A number of the same type that tells nothing of this one."""
        return type(number)(int.from_bytes(self._digest(str(number))[:6]))

    def _name(self, name: str, known: Collection[str] = ()) -> str:
        stays = name in _KEPT_NAMES or name in known or name in self._keep
        return name if stays else self.text(name)

    def _content(self, value: Any) -> Any:
        """What was said: every name, text and number in it is replaced."""
        if isinstance(value, dict):
            return {self.text(name): self._content(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._content(item) for item in value]
        if isinstance(value, str):
            return self.text(value)
        return value if isinstance(value, bool) or value is None else self._number(value)

    def _metadata(self, value: Any, name: str) -> Any:
        """What was said about it: numbers stay, except under a name that ends in `id`."""
        if name in self._keep or (name in _MODEL_NAMES and not isinstance(value, dict | list)):
            return value
        if isinstance(value, dict):
            return {
                self._name(inner, _MODEL_NAMES): self._metadata(item, inner)
                for inner, item in value.items()
            }
        if isinstance(value, list):
            return [self._metadata(item, name) for item in value]
        if isinstance(value, str):
            return value if name == "type" and value in _SOURCES else self.text(value)
        named_id = _NAMES_ID.search(name) and not isinstance(value, bool) and value is not None
        return self._number(value) if named_id else value

    def _body(self, text: str) -> str:
        """A body stays a text of JSON if it is one."""
        try:
            return orjson.dumps(self._content(orjson.loads(text))).decode()
        except orjson.JSONDecodeError:
            return self.text(text)
