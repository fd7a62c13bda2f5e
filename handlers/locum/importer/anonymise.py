"""Texts and ids replaced by others, the same for the same: what remains is what can be counted.

A replacement is the HMAC-SHA-256 of the text under a secret: it cannot be undone, and equal texts
stay equal in all tables of all providers, so that joins, threads and groups do. Everything is
replaced but what a vendor's `Vocabulary` lists: a new column of texts is replaced until it is
listed too.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from locum.datasets.columns import (
    BOOLEAN,
    INTEGER,
    INTEGER_MAP,
    KEYS,
    TEXT,
    TEXTS,
    TIME,
    Columns,
)
from locum.importer.rows import Row
from locum.importer.values import UUID_TEXT
from locum.provider import Vocabulary

_KEYS = Vocabulary(
    columns={KEYS: ("key", "provider", "access")}, texts=("", "true", "false", "null")
)

_NAMES_ID = re.compile(r"id\Z", re.IGNORECASE)


class Anonymiser:
    """Replaces rows under a secret.

    `tables` are the columns of each table, `vocabularies` those of the vendors: what one of them
    leaves, stays in all tables. `keep` are names of metadata, properties, scores and feedback that
    stay with their values.
    """

    def __init__(
        self,
        secret: bytes,
        tables: Mapping[str, Columns],
        vocabularies: Iterable[Vocabulary],
        keep: Collection[str] = (),
    ) -> None:
        self._secret = secret
        self._tables = tables
        self._words = _joined([_KEYS, *vocabularies])
        self._keep = frozenset(keep)

    def row(self, table: str, row: Row) -> Row:
        """The row of a dataset's table, replaced; what is no column of it is dropped."""
        kept = self._words.columns.get(table, ())
        left_out = self._words.left_out.get(table, ())
        return {
            column: row[column]
            if column in kept
            else self._column(table, column, kind, row[column])
            for column, kind in self._tables[table].items()
            if row.get(column) is not None and column not in left_out
        }

    def _column(self, table: str, column: str, kind: str, value: Any) -> Any:
        if kind in (INTEGER, BOOLEAN, TIME):
            return value
        if column in self._words.labels.get(table, ()):
            return value if value in self._keep else self.text(value)
        is_content = column in self._words.contents.get(table, ())
        if kind == TEXT:
            return self._body(value) if is_content else self.text(value)
        if kind == TEXTS:
            return [self.text(item) for item in value]
        if kind == INTEGER_MAP:
            return {
                self._name(name, self._words.categories): amount for name, amount in value.items()
            }
        return self._content(value) if is_content else self._metadata(value, "")

    def text(self, text: str) -> str:
        """The text that stands for this one: a UUID for a UUID, else `anon-` and 16 digits.

        What reads like JSON's objects and arrays goes on to begin like them.
        """
        if text in self._words.texts:
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
        stays = name in self._words.names or name in known or name in self._keep
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
        if name in self._keep or (
            name in self._words.named_values and not isinstance(value, dict | list)
        ):
            return value
        if isinstance(value, dict):
            return {
                self._name(inner, self._words.named_values): self._metadata(item, inner)
                for inner, item in value.items()
            }
        if isinstance(value, list):
            return [self._metadata(item, name) for item in value]
        if isinstance(value, str):
            return value if value in self._words.values.get(name, ()) else self.text(value)
        named_id = _NAMES_ID.search(name) and not isinstance(value, bool) and value is not None
        return self._number(value) if named_id else value

    def _body(self, text: str) -> str:
        """A body stays a text of JSON if it is one."""
        try:
            return orjson.dumps(self._content(orjson.loads(text))).decode()
        except orjson.JSONDecodeError:
            return self.text(text)


def _joined(vocabularies: Sequence[Vocabulary]) -> Vocabulary:
    """All of them in one."""

    def words(name: str) -> frozenset[str]:
        return frozenset(word for each in vocabularies for word in getattr(each, name))

    def maps(name: str) -> dict[str, frozenset[str]]:
        joined: dict[str, frozenset[str]] = {}
        for each in vocabularies:
            for key, found in getattr(each, name).items():
                joined[key] = joined.get(key, frozenset()) | frozenset(found)
        return joined

    return Vocabulary(
        columns=maps("columns"),
        contents=maps("contents"),
        labels=maps("labels"),
        names=words("names"),
        named_values=words("named_values"),
        values=maps("values"),
        categories=words("categories"),
        texts=words("texts"),
        left_out=maps("left_out"),
    )
