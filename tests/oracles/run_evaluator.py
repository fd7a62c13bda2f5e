"""The filter language in plain Python, over the rows of a dataset's files: the second opinion.

It shares no code with the package, neither for reading nor for comparing. An expression is a nested
list, ["and", ["eq", "name", "x"], ["not", …]], which `write` turns into a filter's text; `selected`
says which runs it is about. Where the package counts in fractions and matches by regular
expressions and SQL, this counts in decimals and matches by hand.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

Run = dict[str, Any]
Expression = list[Any]

ORDERS: dict[str, Callable[[Any, Any], bool]]
ORDERS = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
SIDES = {
    "metadata": ("metadata_key", "metadata_value"),
    "inputs": ("input_key", "input_value"),
    "outputs": ("output_key", "output_value"),
    "feedback": ("feedback_key", "feedback_score", "feedback_value"),
}
NEGATIVE = {"neq": "eq", "notlike": "like"}


def write(expression: Expression) -> str:
    """The filter's text."""
    name, *rest = expression
    if name in ("and", "or", "not"):
        return f"{name}({','.join(map(write, rest))})"
    if name == "search" and len(rest) == 1:
        return f"search({json.dumps(rest[0])})"
    return f"{name}({rest[0]}, {json.dumps(rest[1])})"


def selected(expression: Expression, runs: list[Run], feedback: list[dict[str, Any]]) -> set[int]:
    """The numbers of the runs, counted from 0, that the expression selects."""
    about: dict[str, list[dict[str, Any]]] = {}
    for row in feedback:
        about.setdefault(row["run_id"], []).append(row)
    traces: dict[str, list[Run]] = {}
    for run in sorted(runs, key=lambda run: (_microseconds(run["start_time"]), run["id"])):
        places = traces.setdefault(run["trace_id"], [])
        if run["parent_run_id"] is not None:
            places.append(run)
        run["execution_order"] = Decimal(1 + len(places) if run["parent_run_id"] else 1)
    return {
        number
        for number, run in enumerate(runs)
        if holds(expression, run, about.get(run["id"], []))
    }


def holds(expression: Expression, run: Run, feedback: list[dict[str, Any]]) -> bool:
    name, *rest = expression
    if name == "not":
        return not holds(rest[0], run, feedback)
    if name == "or":
        return any(holds(operand, run, feedback) for operand in rest)
    if name == "and":
        return _all(rest, run, feedback)
    if name == "search" and len(rest) == 1:
        words = [lower(word) for word in rest[0].split()]
        return all(any(word in line for line in _lines(run)) for word in words)
    field = rest[0]
    if any(field in sides for sides in SIDES.values()):
        return _all([expression], run, feedback)
    if field in ("tags", "metadata", "inputs", "outputs"):
        return _whole(name, field, rest[1], run)
    return _compare(name, column(field, run), rest[1], field)


def _all(operands: list[Expression], run: Run, feedback: list[dict[str, Any]]) -> bool:
    sides = {field: kind for kind, fields in SIDES.items() for field in fields}
    about: dict[str, list[Expression]] = {}
    for operand in operands:
        kind = sides.get(operand[1]) if len(operand) > 2 and isinstance(operand[1], str) else None
        if kind is None:
            if not holds(operand, run, feedback):
                return False
        else:
            about.setdefault(kind, []).append(operand)
    for kind, clauses in about.items():
        if kind == "feedback":
            entries = [
                {"key": f["key"], "score": f["score"], "value": f["value"]} for f in feedback
            ]
        else:
            entries = [{"key": key, "value": value} for key, value in paths(run[kind])]
        if not _entries(clauses, entries, is_json=kind != "feedback"):
            return False
    return True


def _entries(clauses: list[Expression], entries: list[dict[str, Any]], *, is_json: bool) -> bool:
    def fits(clause: Expression, entry: dict[str, Any]) -> bool:
        name, field, value = clause
        if field.endswith("_key"):
            return _compare(name, entry["key"], value, field)
        if field == "feedback_score":
            return _compare(name, _decimal(entry["score"]), value, field)
        if not is_json:
            label = entry["value"]
            return _compare(name, label if isinstance(label, str) else None, value, field)
        return _compare_json(name, entry["value"], value)

    keys = [c for c in clauses if c[1].endswith("_key") and c[0] not in NEGATIVE]
    values = [c for c in clauses if not c[1].endswith("_key")]
    absent = [c for c in clauses if c[1].endswith("_key") and c[0] in NEGATIVE]
    demands = []
    if keys:
        owner = _owners([c for c in clauses if c not in absent])
        demands = [[key, *(v for v, k in owner if k == at)] for at, key in enumerate(keys)]
    elif plain := [c for c in values if c[0] not in NEGATIVE]:
        demands = [plain]
    if not keys:
        absent += [c for c in values if c[0] in NEGATIVE]
    return all(any(all(fits(c, e) for c in d) for e in entries) for d in demands) and not any(
        fits([NEGATIVE[c[0]], *c[1:]], entry) for c in absent for entry in entries
    )


def _owners(clauses: list[Expression]) -> list[tuple[Expression, int]]:
    """Each value clause with the number of its key clause."""
    word = "".join("K" if c[1].endswith("_key") else "V" for c in clauses)
    values = iter([c for c in clauses if not c[1].endswith("_key")])
    leading = len(word) - len(word.lstrip("V"))
    word = word[leading:]
    # What stands before the first key counts as standing right behind the first row of keys.
    row = len(word) - len(word.lstrip("K"))
    word = word[:row] + "V" * leading + word[row:]
    owners, seen = [], 0
    for block in re.findall("K+V*", word):
        count = block.count("K")
        for at in range(block.count("V")):
            paired = block.count("V") == count
            owners.append((next(values), seen + (at if paired else count - 1)))
        seen += count
    return owners


def _compare(name: str, mine: Any, value: Any, field: str) -> bool:
    if name in NEGATIVE:
        return not _compare(NEGATIVE[name], mine, value, field)
    if name == "in":
        return any(_compare("eq", mine, one, field) for one in value)
    if field == "error" and isinstance(value, bool):
        return (mine is not None) == value
    if value is None or mine is None:
        return name == "eq" and value is mine
    if name == "like":
        return like(mine, value)
    if name == "search":
        return lower(value) in lower(mine)
    theirs = _threshold(field, value)
    return bool(mine == theirs if name == "eq" else ORDERS[name](mine, theirs))


def _compare_json(name: str, mine: Any, value: Any) -> bool:
    if name in NEGATIVE:
        return not _compare_json(NEGATIVE[name], mine, value)
    if name == "in":
        return any(_compare_json("eq", mine, one) for one in value)
    if isinstance(mine, dict | list) or value is None or mine is None:
        return name == "eq" and value is mine
    text = mine if isinstance(mine, str) else json.dumps(mine)
    if name == "like":
        return like(text, value)
    if name == "search":
        return lower(value) in lower(text)
    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (mine, value))
    if name == "eq":
        same_text = text == (value if isinstance(value, str) else json.dumps(value))
        return same_text or (numbers and float(mine) == float(value))
    if numbers:
        return ORDERS[name](float(mine), float(value))
    texts = isinstance(mine, str) and isinstance(value, str)
    return texts and ORDERS[name](mine.encode(), value.encode())


def _threshold(field: str, value: Any) -> Any:
    if field in ("start_time", "end_time"):
        return _microseconds(value)
    if field == "latency" and isinstance(value, str):
        units = {"ms": "0.001", "s": "1", "m": "60", "h": "3600"}
        number, unit = re.findall(r"[-0-9.]+|[a-z]+", value + ("" if value[-1].isalpha() else "s"))
        return Decimal(number) * Decimal(units[unit])
    if isinstance(value, bool) and field != "is_root":
        return Decimal(int(value))
    return value if isinstance(value, str | bool) else Decimal(repr(value))


def column(field: str, run: Run) -> Any:
    if field in ("start_time", "end_time"):
        return _microseconds(run[field])
    if field == "latency":
        start, end = _microseconds(run["start_time"]), _microseconds(run["end_time"])
        return None if end is None or start is None else Decimal(end - start) / 10**6
    if field.endswith("_cost"):
        nano = run[f"{field}_nano"]
        return None if nano is None else Decimal(nano) / 10**9
    if field == "is_root":
        return run["parent_run_id"] is None
    if field == "execution_order":
        return run["execution_order"]
    if field == "thread_id":
        metadata = run["metadata"] or {}
        names = ("thread_id", "session_id", "conversation_id")
        return next((metadata[name] for name in names if metadata.get(name) is not None), None)
    value = run[field]
    return Decimal(value) if isinstance(value, int) else value


def _microseconds(text: str | None) -> int | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86400 + since.seconds) * 10**6 + since.microseconds


def _decimal(score: Any) -> Decimal | None:
    return None if score is None else Decimal(str(score + 0))


def _whole(name: str, field: str, value: str, run: Run) -> bool:
    if name == "search":
        if field == "tags":
            return any(lower(value) in lower(tag) for tag in run["tags"] or [])
        return any(lower(value) in line for line in _document_lines(run[field]))
    if field == "tags":
        return value in (run["tags"] or [])
    if name == "exists":
        return any(key == value for key, _ in paths(run[field]))
    return contained(json.loads(value), run[field])


def contained(needle: Any, hay: Any) -> bool:
    """PostgreSQL's `hay @> needle`, on one level of the same kind."""
    if isinstance(needle, dict):
        return isinstance(hay, dict) and all(
            key in hay and contained(value, hay[key]) for key, value in needle.items()
        )
    if isinstance(needle, list):
        return isinstance(hay, list) and all(any(contained(n, h) for h in hay) for n in needle)
    if isinstance(needle, bool) or isinstance(hay, bool) or not isinstance(needle, int | float):
        return type(needle) is type(hay) and bool(needle == hay)
    return isinstance(hay, int | float) and float(needle) == float(hay)


def paths(document: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every key of the document with its value; the items of an array have the array's key."""
    for key, value in (document or {}).items():
        yield from _values(prefix + key, value)


def _values(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    yield key, value
    if isinstance(value, dict):
        yield from paths(value, f"{key}.")
    if isinstance(value, list):
        for item in value:
            yield from _values(key, item)


def _lines(run: Run) -> list[str]:
    """All that the run says, in lower case."""
    texts = [run["name"], run["error"] or "", *(run["tags"] or [])]
    documents = [run["metadata"], run["inputs"], run["outputs"]]
    return [*map(lower, texts), *(line for d in documents for line in _document_lines(d))]


def _document_lines(document: Any) -> list[str]:
    lines = []
    for key, value in paths(document):
        lines.append(lower(key))
        if value is not None and not isinstance(value, dict | list):
            lines.append(lower(value if isinstance(value, str) else json.dumps(value)))
    return lines


@cache
def lower(text: str) -> str:
    """Each letter by itself: a capital sigma gives the same letter at a word's end, too."""
    return "".join(c.lower()[0] if c == "\u0130" else c.lower() for c in text)


def like(text: str, pattern: str) -> bool:
    """SQL's LIKE with a backslash as the escape, by the table of which prefixes match."""
    characters = iter(pattern)
    marks = [(next(characters, c), False) if c == "\\" else (c, c in "%_") for c in characters]
    reached = {0}
    for mark, is_wild in marks:
        if is_wild and mark == "%":
            reached = set(range(min(reached), len(text) + 1)) if reached else set()
        else:
            any_one = is_wild and mark == "_"
            reached = {at + 1 for at in reached if at < len(text) and (any_one or text[at] == mark)}
    return len(text) in reached
