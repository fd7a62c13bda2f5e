"""Numbers, times, ids and names of the bundled datasets are what they were before their texts read
like the applications that they are of: tests/data/column_digests.tsv was written then.

Every value is read from the files; nothing of the generator takes part. After a change that is
meant to change columns: `python -m tests.oracles.column_digests > tests/data/column_digests.tsv`.
"""

from __future__ import annotations

import pytest

from locum.datasets import dataset as datasets
from tests.conftest import ROOT
from tests.oracles.column_digests import columns

FILE = ROOT / "tests" / "data" / "column_digests.tsv"
HEAD, *LINES = (line.split("\t") for line in FILE.read_text(encoding="utf-8").splitlines())


def test_every_dataset_has_its_digests() -> None:
    assert ["table", "column", *datasets.names()] == HEAD


@pytest.mark.parametrize("name", datasets.names())
def test_columns_have_the_values_that_they_had(name: str) -> None:
    place = HEAD.index(name)
    expected = {(table, column): found[place - 2] for table, column, *found in LINES}
    assert dict(columns(name)) == expected
