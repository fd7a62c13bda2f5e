"""Helicone as a provider: the one value by which the core knows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from locum.engine.data import Data
from locum.generator.tenants import TENANTS
from locum.helicone import errors, operations
from locum.helicone.authorization import credential
from locum.helicone.tables import DERIVED, TABLES
from locum.helicone.tsoa_errors import read_body
from locum.helicone.unfinished import unfinished
from locum.helicone.writers import BODY_LIMITS, RAW, WRITERS
from locum.provider import CORS, Answer, Exports, Failure, Provider, Sample, WorldTables
from locum.resources import bundled

_LOG = "/v1/log"  # ends the paths of the logging servers, behind the provider's name
_TRACE = "/v1/trace"  # begins those of the tracing endpoints


def aliases(path: str) -> Iterator[str]:
    """Yield what the npm client makes of the path of a logging server where it is told the address
    of a tracing endpoint (@helicone/helpers 1.8.3): it appends the path to that, or puts it in the
    place of another provider's. The vendor has no such paths; here they are the logging server's
    (our choice), since the client does no more than print that its log is lost."""
    if path.endswith(_LOG) and not path.startswith("/v1/"):
        yield f"{_TRACE}/custom/log{path}"
        yield f"{_TRACE}{path}"


_LOGS = [f"/{name}{_LOG}" for name in ("custom", "oai", "anthropic", "googleapis")]
_OF_LOGGERS = {"/v1/feedback", *_LOGS, *(alias for path in _LOGS for alias in aliases(path))} - {
    f"{_TRACE}/custom{_LOG}"  # which is a path of a tracing endpoint
}


def failure(failed: Failure) -> tuple[int, dict[str, Any]] | Answer:
    """Shape a failure in the words of the server whose path it is of."""
    if failed.path in _OF_LOGGERS:
        from locum.helicone.ingestion import answers  # noqa: PLC0415  # as `Late`

        return answers.of_failure(failed)
    return errors.failure(failed)


def sample(_data: Data, key: str, _tenant: str) -> Sample:
    """The metrics of all sessions."""
    body = '{"nameContains": "", "timezoneDifference": 0}'
    return Sample("/v1/session/metrics/query", {"Authorization": f"Bearer {key}"}, body)


def world() -> WorldTables:
    """The provider's tables of the generated world."""
    from locum.helicone.fixtures import WORLD  # noqa: PLC0415  # slow to load

    return WORLD


def exports() -> Exports:
    """The provider's exports."""
    from locum.helicone.exports import EXPORTS  # noqa: PLC0415  # a server needs none

    return EXPORTS


PROVIDER = Provider(
    name="helicone",
    title="Helicone",
    # Session metrics; its neighbours; what loggers send.
    documents=tuple(
        bundled("specs") / name
        for name in ("helicone.yaml", "helicone-more.json", "helicone-newer.yaml")
    ),
    handlers=operations.HANDLERS,
    writers=WRITERS,
    unfinished=unfinished,
    aliases=aliases,
    budgeted=operations.HANDLERS,
    raw=RAW,
    body_limits=BODY_LIMITS,
    strict_query=True,
    credential=credential,
    read_body=read_body,
    failure=failure,
    # As its server's cors({credentials: true}), for any origin (our choice: it has a list).
    cors=CORS(credentials=True),
    tables=TABLES,
    derived=DERIVED,
    owner=TENANTS["demo"],
    sample=sample,
    counted={"helicone/requests": "Helicone requests"},
    world=world,
    exports=exports,
)
