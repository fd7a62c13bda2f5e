"""References as statements: what a row names is there, in another table or among the keys (DuckDB's
dialect)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from locum.datasets.columns import KEYS
from locum.datasets.constraints import Reference
from locum.engine.conditions import Check, Checked, literal
from locum.engine.tables import quoted


def of_reference(checked: Checked, reference: Reference, target: Checked) -> Iterator[Check]:
    """Give the checks that what a table refers to is there, and has the same values."""
    own, same = (
        f"{checked.relation}.{checked.engine(reference.column)}",
        map(quoted, reference.same),
    )
    refers = f"({reference.where}) AND {own} IS NOT NULL"
    is_one = f"other.{target.engine(reference.key)} = {own}"
    there = f"EXISTS (SELECT 1 FROM {target.relation} other WHERE {is_one})"
    absent = checked.where(reference.column, f"{refers} AND NOT {there}")
    columns = ", ".join((checked.engine(reference.column), *same))
    keys = ", ".join((target.engine(reference.key), *map(quoted, reference.same)))
    which = literal(f"{checked.name} {reference.column}")
    own_hashes = f"SELECT hash({which}, {columns}) FROM {checked.relation} WHERE {refers}"
    other_hashes = f"SELECT hash({which}, {keys}) FROM {target.relation}"
    expected = f"the {reference.key} of a row of {reference.table}"
    fix = f"add that row to {reference.table}, or mend {reference.column}"
    yield Check(
        reference.column,
        expected,
        absent,
        fix=fix,
        own=own_hashes,
        other=other_hashes,
        target=target.name,
    )
    for column in reference.same:
        is_same = f"other.{quoted(column)} IS NOT DISTINCT FROM {checked.relation}.{quoted(column)}"
        equal = f"EXISTS (SELECT 1 FROM {target.relation} other WHERE {is_one} AND {is_same})"
        other = checked.where(column, f"{refers} AND {there} AND NOT {equal}")
        expected = f"that of the row of {reference.table} with its {reference.column}"
        yield Check(column, expected, other, own=own_hashes, other=other_hashes, target=target.name)


def of_tenant(checked: Checked, keys: Checked) -> Iterator[Check]:
    """Give the check that a key opens each tenant: one of the table's provider, if it has one, or
    one that names no provider."""
    column = checked.table.constraints.tenant
    if column is not None:
        name = checked.provider
        tenant = f"{checked.relation}.{quoted(column)}"
        is_theirs = f"(provider = {literal(name)} OR provider IS NULL)" if name else "TRUE"
        is_one = f"{is_theirs} AND key.tenant_id = {tenant}"
        closed = f"{tenant} IS NOT NULL"
        rows = checked.where(
            column, f"{closed} AND NOT EXISTS (SELECT 1 FROM {keys.relation} key WHERE {is_one})"
        )
        yield Check(
            column,
            f"a tenant that a key of {name} opens" if name else "a tenant that a key opens",
            rows,
            fix=f"add a key for the tenant to the table {KEYS}, or mend {column}",
            own=f"SELECT hash({literal(name)}, {tenant}) FROM {checked.relation} WHERE {closed}",
            other=f"SELECT hash({literal(name)}, tenant_id) FROM {keys.relation} WHERE {is_theirs}",
        )


def of_keys(
    keys: Checked, providers: Collection[str], tables: Collection[Checked]
) -> Iterator[Check]:
    """Give the checks that keys are for one of the providers, and, where there are tables, open a
    tenant of some row."""
    names = ", ".join(map(literal, providers)) or "NULL"
    yield keys.broken("provider", f"one of {', '.join(providers)}", f"provider NOT IN ({names})")
    tenants = " UNION ALL ".join(
        f"SELECT {quoted(tenant)} AS tenant FROM {table.relation}"
        for table in tables
        if (tenant := table.table.constraints.tenant) is not None
    )
    if tenants:
        known = f"SELECT tenant FROM ({tenants}) WHERE tenant IS NOT NULL"
        yield Check(
            "tenant_id",
            "a tenant of some row",
            keys.where("tenant_id", f"tenant_id NOT IN ({known})"),
            own=f"SELECT hash('tenant', tenant_id) FROM {keys.relation} "
            "WHERE tenant_id IS NOT NULL",
            other=f"SELECT hash('tenant', tenant) FROM ({known})",
        )
