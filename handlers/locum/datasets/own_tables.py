"""Tables that a folder of data declares itself, in its `tables.yaml`: each with its columns, their
types, and what must hold of its rows.

    orders:                                # the file orders.jsonl, orders.csv or orders.parquet
      columns: {id: text, country: text, cents: integer, created_at: time}
      required: [id]                       # any field of Constraints but `readable`
      unique: [[id]]
      known: {country: [DE, FR]}
      references: [{column: country, table: countries, key: code}]
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
from attrs import field, frozen

from locum.datasets.columns import TYPES, Columns
from locum.datasets.constraints import Constraints, Reference, Tree, Value
from locum.datasets.findings import Finding
from locum.exceptions import did_you_mean

FILE = "tables.yaml"
ROW = "row"  # the column that every table has in statements, so that none is named so
_READABLE = "readable"  # of a table with a `select` of its own, which none here has
_FIELDS = [each.name for each in attrs.fields(Constraints)]
_FIX = "see docs/providers.md for what a table may have"

Keys = tuple[str | int, ...]  # the place of a value in the file: those of maps and lists to it


@frozen
class OwnTable:
    """A table as its folder declares it."""

    columns: Columns
    constraints: Constraints = field(factory=Constraints)


class _Fault(Exception):
    """What is wrong with a value, and where."""

    def __init__(self, keys: Keys, message: str) -> None:
        super().__init__(message)
        self.keys, self.message = keys, message


def read(path: Path) -> tuple[dict[str, OwnTable], list[Finding]]:
    """Read the file. A table that is wrong is left out, with what is wrong, and the line, among the
    findings, which are errors."""
    import yaml  # noqa: PLC0415  # most folders have no such file

    try:
        text = path.read_text(encoding="utf-8-sig")
        content = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        return {}, [Finding(path, f"cannot be read: {error}", "write it in UTF-8")]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        message = f"is no YAML: {getattr(error, 'problem', None) or error}"
        return {}, [Finding(path, message, "mend it", mark and mark.line + 1)]
    twice = next(_twice(yaml.compose(text, Loader=yaml.SafeLoader)), None)
    if twice is not None:
        line, name = twice
        return {}, [Finding(path, f"{name!r:.80} stands there twice", "leave one out", line)]
    if not isinstance(content, dict):
        message = f"found {content!r:.80}, expected a map from tables to what they have"
        return {}, [Finding(path, message, _FIX, 1)]
    tables: dict[str, OwnTable] = {}
    findings = []
    for name, declared in content.items():
        try:
            tables[str(name)] = _table(name, declared, content)
        except _Fault as fault:
            place = ".".join(map(str, fault.keys))
            line = _line(text, fault.keys)
            findings.append(Finding(path, f"{place}: {fault.message}", _FIX, line))
    return tables, findings


def folders(tables: Iterable[str]) -> set[str]:
    """Return the folders that the tables are in, which are named as the providers are."""
    return {name.partition("/")[0] for name in tables if "/" in name}


def _table(name: Any, declared: Any, every: Mapping[Any, Any]) -> OwnTable:
    if not isinstance(name, str):
        raise _Fault((name,), "found a name that is no text, expected one in quotes")
    allowed = ["columns", *(each for each in _FIELDS if each != _READABLE)]
    fields = _map((name,), declared, allowed)
    if "columns" not in fields:
        raise _Fault((name,), "found no columns, expected a map from columns to types")
    at = (name, "columns")
    columns = _map(at, fields.pop("columns"))
    for column, kind in columns.items():
        if kind not in TYPES:
            near = did_you_mean(str(kind), TYPES)
            expected = f"expected one of {', '.join(TYPES)}"
            raise _Fault((*at, column), f"found {kind!r:.80}, {expected}{near}")
        if column == ROW:
            raise _Fault((*at, column), f"found a column {ROW}, which counts rows in every table")
    given = {each: _FORMS[each]((name, each), value) for each, value in fields.items()}
    constraints = Constraints(**given)
    for about, value in given.items():
        for column in sorted(Constraints(**{about: value}).columns - columns.keys()):
            near = did_you_mean(column, columns)
            message = f"names the column {column}, which {name} has not{near}"
            raise _Fault((name, about), message)
    for number, reference in enumerate(constraints.references):
        if reference.table not in every:
            near = did_you_mean(reference.table, map(str, every))
            message = f"names the table {reference.table}, which is not declared here{near}"
            raise _Fault((name, "references", number), message)
    return OwnTable(columns, constraints)


def _map(at: Keys, value: Any, allowed: Collection[str] | None = None) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value):
        raise _Fault(at, f"found {value!r:.80}, expected a map from texts")
    for name in value:
        if allowed is not None and name not in allowed:
            near = did_you_mean(name, allowed)
            raise _Fault((*at, name), f"found {name}, expected one of {', '.join(allowed)}{near}")
    return dict(value)


def _text(at: Keys, value: Any) -> str:
    if not isinstance(value, str):
        raise _Fault(at, f"found {value!r:.80}, expected a text")
    return value


def _list(at: Keys, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _Fault(at, f"found {value!r:.80}, expected a list")
    return value


def _texts(at: Keys, value: Any) -> tuple[str, ...]:
    return tuple(_text((*at, n), each) for n, each in enumerate(_list(at, value)))


def _groups(at: Keys, value: Any) -> tuple[tuple[str, ...], ...]:
    """Lists of columns; a column by itself is a list of one."""
    return tuple(
        (each,) if isinstance(each, str) else _texts((*at, n), each)
        for n, each in enumerate(_list(at, value))
    )


def _pairs(at: Keys, value: Any) -> tuple[tuple[str, str], ...]:
    pairs = []
    for number, each in enumerate(_list(at, value)):
        texts = _texts((*at, number), each)
        if len(texts) != 2:  # noqa: PLR2004 - a pair
            raise _Fault((*at, number), f"found {each!r:.80}, expected two columns")
        pairs.append((texts[0], texts[1]))
    return tuple(pairs)


def _known(at: Keys, value: Any) -> dict[str, tuple[str, ...]]:
    return {column: _texts((*at, column), known) for column, known in _map(at, value).items()}


def _one(at: Keys, value: Any, kind: Callable[..., Any]) -> Any:
    """An object of a class of `constraints`, made of a map of its fields."""
    fields = attrs.fields_dict(kind)  # type: ignore[arg-type]
    given = _map(at, value, fields)
    for name, one in fields.items():
        if name in given and name == "same":
            given[name] = _texts((*at, name), given[name])
        elif name in given and name != "is_error":
            _text((*at, name), given[name])
        elif name not in given and one.default is attrs.NOTHING:
            raise _Fault(at, f"found no {name}, expected {', '.join(fields)}")
    return kind(**given)


def _several(kind: Callable[..., Any]) -> Callable[[Keys, Any], tuple[Any, ...]]:
    def read(at: Keys, value: Any) -> tuple[Any, ...]:
        return tuple(_one((*at, n), each, kind) for n, each in enumerate(_list(at, value)))

    return read


_FORMS: Mapping[str, Callable[[Keys, Any], Any]] = {
    "required": _texts,
    "unique": _groups,
    "tree": lambda at, value: _one(at, value, Tree),
    "expected": _texts,
    "distinct": _groups,
    "references": _several(Reference),
    "tenant": _text,
    "known": _known,
    "amounts": _texts,
    "order": _pairs,
    "objects": _texts,
    "values": _several(Value),
    "secret": _texts,
}


def _line(text: str, keys: Keys) -> int:
    """Return the line, from 1, of the innermost of the keys that the text has."""
    import yaml  # noqa: PLC0415  # see above

    node = yaml.compose(text, Loader=yaml.SafeLoader)
    line = 0
    for key in keys:
        entries = dict(_entries(node))
        if str(key) not in entries:
            break
        line, node = entries[str(key)]
    return line + 1


def _twice(node: Any) -> Iterator[tuple[int, str]]:
    """Give the line and the name of each entry of a map that has another one of that name before
    it."""
    if node is None:
        return
    if node.id == "mapping":
        names = [key.value for key, _ in node.value]
        for number, (key, value) in enumerate(node.value):
            if key.value in names[:number]:
                yield key.start_mark.line + 1, str(key.value)
            yield from _twice(value)
    elif node.id == "sequence":
        for each in node.value:
            yield from _twice(each)


def _entries(node: Any) -> Iterator[tuple[str, tuple[int, Any]]]:
    """Give the entries of a map or a list, each by its key, with its line and its value."""
    if node.id == "mapping":
        for key, value in node.value:
            yield key.value, (key.start_mark.line, value)
    elif node.id == "sequence":
        for number, value in enumerate(node.value):
            yield str(number), (value.start_mark.line, value)
