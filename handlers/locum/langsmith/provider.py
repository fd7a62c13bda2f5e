"""LangSmith as a provider: the one value by which the core knows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from locum.engine.data import Data
from locum.generator.tenants import TENANTS
from locum.langsmith import (
    grown_index,  # noqa: F401 - it is found by what it extends
    grown_runs,  # noqa: F401 - likewise
    operations,
)
from locum.langsmith.derived_tables import DERIVED
from locum.langsmith.errors import failure
from locum.langsmith.pydantic_errors import faults
from locum.langsmith.refused import REFUSED
from locum.langsmith.run_index import run_index
from locum.langsmith.run_order import run_order
from locum.langsmith.selection import runs_of_projects
from locum.langsmith.sessions import TOTAL
from locum.langsmith.tables import TABLES
from locum.langsmith.unfinished import unfinished
from locum.langsmith.writers import BODY_LIMITS, RAW, WRITERS
from locum.provider import CORS, Exports, Presented, Provider, Sample, WorldTables
from locum.resources import bundled

# The operations that compute statistics; their neighbours, as published; what is not published yet.
_DOCUMENTS = ("langsmith.yaml", "langsmith-more.json", "langsmith-newer.yaml")


def aliases(path: str) -> Iterator[str]:
    """What the vendor's SDKs call a path: they leave /api/v1 out where their endpoint has none, or
    put it before a path that has none, and newer ones put /api before /v2. Python's AsyncClient
    ends the path of prompts with a slash."""
    if path.startswith("/api/v1/"):
        short = path.removeprefix("/api/v1")
        yield short
        if short == "/repos":
            yield from (f"{path}/", f"{short}/")
    elif path.startswith(("/v1/", "/v2/")):
        yield "/api" + path
    elif not path.startswith("/api/"):
        yield "/api/v1" + path


def credential(texts: Mapping[str, str]) -> Presented:
    """The key is X-API-Key, else the bearer token; X-Tenant-Id chooses among its tenants."""
    return Presented(texts["API Key"] or texts["Bearer Auth"], texts["Tenant ID"])


def prepare(data: Data) -> None:
    """Read what most requests ask for, so that the first of them need not wait: of a million runs
    nearly a second."""
    for make in (run_index, run_order, runs_of_projects):
        data.once(make)


def sample(data: Data, key: str, tenant: str) -> Sample | None:
    """Group statistics of the tenant's first project."""
    projects = data.rows(
        "SELECT id FROM langsmith_sessions WHERE tenant_id = $tenant ORDER BY row LIMIT 1",
        tenant=tenant,
    )
    if not projects:
        return None
    body = f'{{"session_id": "{projects[0][0]}", "group_by": "conversation"}}'
    return Sample("/api/v1/runs/group/stats", {"X-API-Key": key}, body)


def world() -> WorldTables:
    """The provider's tables of the generated world."""
    from locum.langsmith.fixtures import WORLD  # noqa: PLC0415  # slow to load

    return WORLD


def exports() -> Exports:
    """The provider's exports."""
    from locum.langsmith.exports import EXPORTS  # noqa: PLC0415  # a server needs none

    return EXPORTS


PROVIDER = Provider(
    name="langsmith",
    title="LangSmith",
    documents=tuple(bundled("specs") / name for name in _DOCUMENTS),
    handlers=operations.HANDLERS,
    writers=WRITERS,
    unfinished=unfinished,
    refused=REFUSED,
    budgeted=operations.HANDLERS,
    raw=RAW,
    body_limits=BODY_LIMITS,
    aliases=aliases,
    strict_query=True,
    credential=credential,
    explain=faults,
    failure=failure,
    cors=CORS(exposed=(*CORS().exposed, TOTAL)),
    tables=TABLES,
    derived=DERIVED,
    prepare=prepare,
    owner=TENANTS["demo"],
    sample=sample,
    counted={"langsmith/runs": "LangSmith runs"},
    world=world,
    exports=exports,
)
