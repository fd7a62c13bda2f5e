"""Digests of the columns of the bundled datasets, as their files have them.

As a program, prints what tests/data/column_digests.tsv holds: a line for each column, with a digest
for each dataset, a dash where it has no rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from locum.datasets import dataset as datasets
from tests.oracles.bundled import GENERATED, find
from tests.oracles.fixture_rows import Row, read

# What is said, which may be said otherwise; all else is what statistics are computed from.
TEXTS = {
    "langsmith/examples": {"inputs", "outputs"},
    "langsmith/runs": {"inputs", "outputs", "error"},
    "langsmith/feedback": {"comment", "correction"},
    "helicone/requests": {"request_body", "response_body"},
}
# Texts of which it counts whether there is one.
OPTIONAL = (("langsmith/feedback", "comment"), ("langsmith/runs", "error"))
_DIGITS = 12


def digest(values: Iterable[Any]) -> str:
    """The first digits of the SHA-256 of the values, each as JSON with sorted keys, on a line."""
    sha256 = hashlib.sha256()
    for value in values:
        sha256.update(orjson.dumps(value, option=orjson.OPT_SORT_KEYS) + b"\n")
    return sha256.hexdigest()[:_DIGITS]


def columns(name: str) -> Iterator[tuple[tuple[str, str], str]]:
    """The digest of each column of the dataset of that name that is no text, in the order of its
    rows; of the optional texts whether they are there, under the name with a question mark."""
    rows: dict[str, list[Row]] = read(find(name))
    for table, kinds in GENERATED.items():
        for column in kinds:
            if column not in TEXTS.get(table, ()):
                found = digest(row[column] for row in rows[table])
                yield (table, column), found if rows[table] else "-"
    for table, column in OPTIONAL:
        found = digest(row[column] is not None for row in rows[table])
        yield (table, f"{column}?"), found if rows[table] else "-"


if __name__ == "__main__":
    by_name = {name: dict(columns(name)) for name in datasets.names()}
    print("table", "column", *by_name, sep="\t")  # noqa: T201 - what the test reads
    for place in by_name["tiny"]:
        print(*place, *(found[place] for found in by_name.values()), sep="\t")  # noqa: T201
