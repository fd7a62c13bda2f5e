"""Facets: by which names, types, statuses, tags and metadata values the selected runs are counted.

What a run is counted by is laid out in the engine's tables `facets` and `run_facets`: its name,
run_type and status, each of its tags, and the text of each value in its metadata, whose key is the
path of object keys joined by dots.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve, frozen

from understudy.engine import DuckDB, Parameters
from understudy.stats.selection import Selection

_KINDS = ("name", "run_type", "status", "tag", "metadata")
_MOST = 10  # values of a key


@frozen
class Facet:
    """`n` runs of a group have this value.

    `kind` is name, run_type, status, tag or metadata; `key` is the metadata key, else "".
    """

    kind: str
    key: str
    value: str
    n: int


def of_runs(engine: DuckDB, selection: Selection) -> dict[int, list[Facet]]:
    """The facets of each group: kinds in the order name, run_type, status, tag, metadata, keys by
    their text, and of each key the ten most frequent values, ties by their text (our choice).
    """
    statement = f"""
        SELECT ranked.grp, facets.kind, facets.key, facets.value, ranked.n
        FROM (
            SELECT counted.grp, counted.facet, counted.n,
                   row_number() OVER (
                       PARTITION BY counted.grp, facets.kind, facets.key
                       ORDER BY counted.n DESC, facets.facet
                   ) AS place
            FROM (
                SELECT sel.grp, run_facets.facet, count(*) AS n
                FROM ({selection.rows}) sel JOIN run_facets ON run_facets.run = sel.run
                GROUP BY sel.grp, run_facets.facet
            ) counted JOIN facets ON facets.facet = counted.facet
        ) ranked JOIN facets ON facets.facet = ranked.facet
        WHERE ranked.place <= {_MOST}
    """
    rows = engine.rows(statement, selection.parameters.values)
    groups: dict[int, list[Facet]] = {}
    for group, *facet in rows:
        groups.setdefault(group, []).append(Facet(*facet))
    for found in groups.values():
        found.sort(key=lambda facet: (_KINDS.index(facet.kind), facet.key, -facet.n, facet.value))
    return groups


def grouped(
    engine: DuckDB,
    selection: Selection,
    by: tuple[str, str],
    values: Iterable[str | None] | None,
    most: int,
) -> tuple[Selection, dict[int, str | None]]:
    """The selection's runs grouped by their values of one kind and key, and each group's value.

    The most frequent values come first, ties by their text: at most `most`, and only those in
    `values` where that is given. None stands for the runs without a value; the text "null" counts
    as none (our choice: as keys of a JSON object the two are one). A run with several values is in
    several groups.
    """
    parameters = _copy(selection.parameters)
    kind, key = map(parameters.add, by)
    tables = f"""
        {selection.tables} LEFT JOIN (
            SELECT run_facets.run, run_facets.facet
            FROM run_facets JOIN facets ON facets.facet = run_facets.facet
            WHERE facets.kind = {kind} AND facets.key = {key} AND facets.value <> 'null'
        ) valued ON valued.run = runs.run
    """
    group = "coalesce(valued.facet, 0)"
    every = evolve(selection, tables=tables, group=group, parameters=parameters)
    ranking = _copy(parameters)
    restriction = "TRUE"
    if values is not None:
        texts = {value for value in values if value not in (None, "null")}
        restriction = f"facets.value IN ({ranking.list(sorted(texts))})"
        if len(texts) < len(set(values)):
            restriction += " OR sel.grp = 0"
    rows = engine.rows(
        f"SELECT sel.grp, facets.value FROM ({every.rows}) sel "
        f"LEFT JOIN facets ON facets.facet = sel.grp WHERE {restriction} "
        "GROUP BY sel.grp, facets.value ORDER BY count(*) DESC, sel.grp "
        f"LIMIT {ranking.add(most)}",
        ranking.values,
    )
    groups = dict(rows)
    condition = f"{selection.condition} AND {group} IN ({parameters.list(list(groups))})"
    return evolve(every, condition=condition), groups


def _copy(parameters: Parameters) -> Parameters:
    copy = Parameters()
    copy.values.update(parameters.values)
    return copy
