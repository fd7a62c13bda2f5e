"""Reads of datasets and examples worked out a second time: plain Python over JSONL rows (see
run_oracle), and random requests for them, each around a row, so that most find something."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator
from hashlib import md5
from typing import Any

from tests.oracles.run_oracle import micros

Row = dict[str, Any]
Holds = Callable[[Row], bool]
DEFAULT = ("id", "name", "dataset_id", "inputs", "created_at", "modified_at")
SELECTABLE = (*DEFAULT, "source_run_id", "metadata", "outputs", "attachment_urls")
SORTABLE = (
    *("name", "created_at", "modified_at", "last_session_start_time"),
    *("example_count", "session_count"),
)


def holds(document: Any, part: Any) -> bool:
    """PostgreSQL's containment, numbers as doubles."""
    if isinstance(part, dict):
        return isinstance(document, dict) and all(
            key in document and holds(document[key], value) for key, value in part.items()
        )
    if isinstance(part, list):
        return isinstance(document, list) and all(
            any(holds(item, each) for item in document) for each in part
        )
    if isinstance(document, bool) or isinstance(part, bool):
        return document is part
    return type(document) is not dict and type(document) is not list and document == part


def texts(document: Any) -> Iterator[str]:
    """The paths of keys, and the texts of values, in a document; null has none."""
    yield from _texts(document, ())


def _texts(document: Any, path: tuple[str, ...]) -> Iterator[str]:
    if path:
        yield ".".join(path)
    if isinstance(document, dict):
        for key, value in document.items():
            yield from _texts(value, (*path, key))
    elif isinstance(document, list):
        for item in document:
            yield from _texts(item, path)
    elif document is not None:
        yield document if isinstance(document, str) else json.dumps(document)


def values(document: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """The entries of a document that have a key: a path, and a value that is no object or list
    (those have None)."""
    if isinstance(document, dict):
        if path:
            yield ".".join(path), ...
        for key, value in document.items():
            yield from values(value, (*path, key))
    elif isinstance(document, list):
        if path:
            yield ".".join(path), ...
        for item in document:
            yield from values(item, path)
    elif path:
        yield ".".join(path), document


def splits(example: Row) -> list[str]:
    named = (example.get("metadata") or {}).get("dataset_split")
    if isinstance(named, str):
        return [named]
    return named or ["base"]


def changed(example: Row) -> int | None:
    return micros(example.get("modified_at") or example.get("created_at"))


class Datasets:
    """The datasets and examples of a tenant, of tables that `rows` reads."""

    shown = (
        *("id", "name", "data_type", "metadata", "created_at", "modified_at"),
        *("example_count", "session_count", "last_session_start_time"),
    )

    def __init__(self, rows: Callable[[str], list[Row]], tenant: str) -> None:
        self.datasets = [d for d in rows("langsmith/datasets") if d["tenant_id"] == tenant]
        owned = {dataset["id"] for dataset in self.datasets}
        self.examples = [e for e in rows("langsmith/examples") if e.get("dataset_id") in owned]
        self.sessions = [s for s in rows("langsmith/sessions") if s["tenant_id"] == tenant]

    def shown_dataset(self, row: Row) -> Row:
        """A dataset in what is counted, and in what is never null."""
        examples = [e for e in self.examples if e["dataset_id"] == row["id"]]
        over = [s for s in self.sessions if s.get("reference_dataset_id") == row["id"]]
        starts = [s["start_time"] for s in over if s.get("start_time")]
        created = [e["created_at"] for e in examples if e.get("created_at")]
        last = [e.get("modified_at") or e.get("created_at") for e in examples]
        first = "1970-01-01T00:00:00.000000Z"
        return {
            "id": row["id"],
            "name": row.get("name") or "",
            "data_type": row.get("data_type") or "kv",
            "metadata": row.get("metadata"),
            "created_at": row.get("created_at")
            or min(created, default=row.get("modified_at") or first),
            "modified_at": row.get("modified_at")
            or max(filter(None, last), default=row.get("created_at") or first),
            "example_count": len(examples),
            "session_count": len(over),
            "last_session_start_time": max(starts, default=None),
        }

    def listed_datasets(self, asked: Row) -> list[Row]:
        """All that match, in order, whichever page is asked for."""
        found = [self.shown_dataset(row) for row in self.datasets]
        tests: dict[str, Callable[[Row, Any], bool]] = {
            "id": lambda row, ids: row["id"] in ids,
            "data_type": lambda row, types: row["data_type"] in types,
            "name": lambda row, name: row["name"] == name,
            "name_contains": lambda row, part: part.lower() in row["name"].lower(),
            "metadata": lambda row, part: holds(row["metadata"] or {}, json.loads(part)),
        }
        for name in tests.keys() & asked.keys():
            found = [row for row in found if tests[name](row, asked[name])]
        column = asked.get("sort_by", "last_session_start_time")
        found.sort(key=lambda row: str(row["id"]))
        known = [row for row in found if row[column] is not None]
        known.sort(key=lambda row: row[column], reverse=asked.get("sort_by_desc", True))
        return [*known, *(row for row in found if row[column] is None)]

    def matching(self, asked: Row, passes: Holds) -> list[Row]:
        """The examples that match, and pass the filter."""
        found: Iterable[Row] = filter(passes, self.examples)
        if "as_of" in asked and asked["as_of"] != "latest":
            as_of = micros(asked["as_of"]) or 0
            found = filter(lambda e: (changed(e) or as_of + 1) <= as_of, found)
        if "dataset" in asked:
            found = filter(lambda e: e["dataset_id"] == asked["dataset"], found)
        if "id" in asked:
            found = filter(lambda e: e["id"] in asked["id"], found)
        if "metadata" in asked:
            part = json.loads(asked["metadata"])
            found = filter(lambda e: holds(e.get("metadata") or {}, part), found)
        if "splits" in asked:
            found = filter(lambda e: not {*asked["splits"]}.isdisjoint(splits(e)), found)
        for text in asked.get("full_text_contains", ()):
            found = filter(_mentions(text), found)
        return list(found)

    def ordered(self, found: Iterable[Row], asked: Row) -> list[Row]:
        order = asked.get("order", "recent")
        found = sorted(found, key=lambda e: str(e["id"]))
        keys: dict[str, Callable[[Row], Any]] = {
            "recent": changed,
            "recently_created": lambda e: micros(e.get("created_at")),
            "id": lambda e: e["id"],
            "random": lambda e: md5(  # noqa: S324 - as the page says
                f"{float(asked.get('random_seed', 0))} {e['id']}".encode()
            ).hexdigest(),
        }
        key = keys[order]
        known = [e for e in found if key(e) is not None]
        falls = asked.get("descending", order.startswith("recent"))
        known.sort(key=key, reverse=falls)
        return [*known, *(e for e in found if key(e) is None)]


def _mentions(text: str) -> Holds:
    def found(example: Row) -> bool:
        documents = (example.get(name) for name in ("inputs", "outputs", "metadata"))
        return any(text.lower() in each.lower() for d in documents for each in texts(d))

    return found


def shown_example(example: Row, select: list[str] | None, *, exclude: bool = False) -> Row:
    """An example in the fields that are selected, and in those that come with them."""
    whole = {name: example.get(name) for name in SELECTABLE} | {
        "name": example.get("name") or "",
        "inputs": example.get("inputs") or {},
    }
    if whole["created_at"] is None:
        del whole["created_at"]
    always = DEFAULT[:4] if exclude else DEFAULT
    fields = SELECTABLE[:-1] if select is None else (*always, *select)
    return {name: value for name, value in whole.items() if name in fields}


class Requests:
    """Random parameters for lists of a tenant's datasets and examples."""

    def __init__(self, data: Datasets, chance: random.Random) -> None:
        self.data, self.chance = data, chance

    def _of(self, *, probability: float) -> bool:
        return self.chance.random() < probability

    def datasets(self) -> Row:
        chance, rows = self.chance, self.data.datasets
        row = self.data.shown_dataset(chance.choice(rows))
        makers: dict[str, Callable[[], Any]] = {
            "id": lambda: [each["id"] for each in chance.sample(rows, min(2, len(rows)))],
            "data_type": lambda: chance.sample(["kv", "llm", "chat"], 2),
            "name": lambda: row["name"],
            "name_contains": lambda: _part(chance, row["name"]).swapcase(),
            "metadata": lambda: json.dumps(_within(chance, row["metadata"] or {})),
        }
        asked = {name: make() for name, make in makers.items() if self._of(probability=0.2)}
        asked["sort_by"] = chance.choice(SORTABLE)
        asked["sort_by_desc"] = self._of(probability=0.5)
        return asked

    def examples(self) -> tuple[Row, Holds]:
        """Parameters without a page, and what passes their filter."""
        chance, rows = self.chance, self.data.examples
        row = chance.choice(rows)
        text, passes = self._filter(row)
        makers: dict[str, Callable[[], Any]] = {
            "dataset": lambda: row["dataset_id"],
            "id": lambda: [row["id"], *(e["id"] for e in chance.sample(rows, min(5, len(rows))))],
            "metadata": lambda: json.dumps(_within(chance, row.get("metadata") or {})),
            "splits": lambda: [chance.choice(splits(row)), "nothing"],
            "full_text_contains": lambda: [self._words(row) for _ in range(chance.randint(1, 2))],
            "as_of": lambda: chance.choice(["latest", *filter(None, [row.get("modified_at")])]),
            "filter": lambda: text,
        }
        asked = {name: make() for name, make in makers.items() if self._of(probability=0.25)}
        return asked, passes if "filter" in asked else lambda _: True

    def order(self) -> Row:
        chance = self.chance
        asked: Row = {}
        if self._of(probability=0.8):
            asked["order"] = chance.choice(["recent", "recently_created", "id", "random"])
        if asked.get("order") == "random" and self._of(probability=0.7):
            asked["random_seed"] = chance.choice([0, 1, 7, 0.25, -3])
        if self._of(probability=0.4):
            asked["descending"] = self._of(probability=0.5)
        return asked

    def select(self) -> Row:
        if self._of(probability=0.5):
            return {}
        asked: Row = {"select": self.chance.sample(SELECTABLE, self.chance.randint(1, 4))}
        if self._of(probability=0.5):
            asked["exclude_default_fields"] = True
        return asked

    def _words(self, row: Row) -> str:
        kind = self.chance.choice(["inputs", "outputs", "metadata"])
        known = [text for text in texts(row.get(kind)) if text] or ["nothing"]
        return _part(self.chance, self.chance.choice(known)).swapcase()

    def _filter(self, row: Row) -> tuple[str, Holds]:
        chance, entries = self.chance, list(values(row.get("metadata")))
        key, value = chance.choice(entries or [("nothing", None)])
        part = _within(chance, row.get("metadata") or {})
        has = f"has(metadata, {_quoted(json.dumps(part))})"
        exists = f"exists(metadata, {_quoted(key)})"
        known: list[tuple[str, Holds]] = [
            (has, lambda e: holds(e.get("metadata"), part)),
            (exists, lambda e: key in dict(values(e.get("metadata")))),
            (f"not({has})", lambda e: not holds(e.get("metadata"), part)),
            (
                f"and({exists}, not({has}))",
                lambda e: (
                    key in dict(values(e.get("metadata"))) and not holds(e.get("metadata"), part)
                ),
            ),
            (
                f"or({has}, {exists})",
                lambda e: key in dict(values(e.get("metadata"))) or holds(e.get("metadata"), part),
            ),
        ]
        if isinstance(value, str):
            pair = f"and(eq(metadata_key, {_quoted(key)}), eq(metadata_value, {_quoted(value)}))"
            known.append((pair, lambda e: (key, value) in values(e.get("metadata"))))
        return chance.choice(known if entries else known[:3])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _part(chance: random.Random, text: str) -> str:
    start = chance.randrange(max(len(text), 1))
    return text[start : start + chance.randint(1, 8)]


def _within(chance: random.Random, document: Any) -> Any:
    """Some of a document's members, on all levels: what the document holds."""
    if isinstance(document, dict):
        chosen = chance.sample(sorted(document), chance.randint(0, len(document)))
        return {key: _within(chance, document[key]) for key in chosen}
    if isinstance(document, list):
        chosen = chance.sample(range(len(document)), chance.randint(0, len(document)))
        return [_within(chance, document[place]) for place in chosen]
    return document
