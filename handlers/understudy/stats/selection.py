"""What a statistic is computed over: runs, each in one or more groups."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from understudy.engine import Parameters

_SHIFT = 2**32  # a run's number is below it


@frozen
class Selection:
    """Runs in groups.

    `tables` is the text of a FROM clause in which `runs` is the engine's table, `condition` that of
    its WHERE clause, and `group` an expression over both: an integer, never NULL, chosen by whoever
    makes the selection. No run is twice in one group. `parameters` are the values that the three
    speak of, all of them. `nested` is false only where no run is an ancestor of another.
    """

    tables: str
    condition: str
    group: str
    parameters: Parameters
    nested: bool = True

    @property
    def rows(self) -> str:
        """A statement of the columns run and grp."""
        columns = f"runs.run, {self.group} AS grp"
        return f"SELECT {columns} FROM {self.tables} WHERE {self.condition}"


def where(condition: str, parameters: Parameters, *, nested: bool = True) -> Selection:
    """The runs for which a condition over the table `runs` holds, as one group, 0."""
    return Selection("runs", condition, "0", parameters, nested)


def of(pairs: Iterable[tuple[int, int]], *, nested: bool = True) -> Selection:
    """The runs given by their numbers, each with its group: (run, grp), grp from 0."""
    parameters = Parameters()
    codes = parameters.add([grp * _SHIFT + run for run, grp in pairs])
    given = (
        f"SELECT CAST(code % {_SHIFT} AS INTEGER) AS run, CAST(code // {_SHIFT} AS INTEGER) AS grp "
        f"FROM (SELECT unnest(CAST({codes} AS BIGINT[])) AS code)"
    )
    tables = f"({given}) given JOIN runs ON runs.run = given.run"
    return Selection(tables, "TRUE", "given.grp", parameters, nested)
