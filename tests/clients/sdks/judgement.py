"""What came of a call: whether it gave what the rows say, or was refused as it should be."""

from __future__ import annotations

from collections import Counter

from tests.clients.sdks.answers import ANSWERS
from tests.clients.sdks.comparison import differences
from tests.clients.sdks.expected import Expected
from tests.clients.sdks.run import NODE
from tests.clients.sdks.serving import Told

# `query` of a facet is any filter that selects its runs, and tested as such elsewhere.
UNTOLD = frozenset({"query"})


def form(client: str, told: Told) -> str:
    """The form in which a client has values: of Python, of its AsyncClient, of Node."""
    if client == NODE:
        return "node"
    return "async" if told.client == "AsyncClient" else "python"


def faults(client: str, told: Told, expected: Expected) -> list[str]:
    """What is wrong with what came of the call; nothing where all is as it should be."""
    again = [
        f"asked again after {status}: {method} {path}"
        for (method, path, status), n in Counter(
            (r["method"], r["path"], r["status"]) for r in told.requests
        ).items()
        if n > 1 and (status is None or status >= 400)
    ]
    if told.expected == "refused":
        return again + _faults_of_refusal(told)
    if told.error is not None:
        return [*again, told.error]
    answer = ANSWERS[told.expected](expected, form(client, told))
    return again + told.log + list(differences(answer, told.value, UNTOLD))


def _faults_of_refusal(told: Told) -> list[str]:
    """A refusal is a 403 with a sentence, which the client raises or logs; or the client's own."""
    statuses = {request["status"] for request in told.requests}
    reasons = [request["reason"] for request in told.requests if request["status"] == 403]
    said = "\n".join([told.error or "", *told.log])
    found = []
    if statuses - {200, 403}:
        found.append(f"found the statuses {sorted(statuses)}, expected 403: {said:.300}")
    if told.error is None and not reasons:
        found.append("not refused")
    found += [f"not told: {reason}" for reason in reasons if reason[:60] not in said]
    return found


def deprecated(told: Told) -> bool:
    """Whether the SDK's makers will take the method back, as it says of itself."""
    name = told.method.rpartition(".")[2]
    return any(f"{name}() is deprecated" in w or "Deprecated: use" in w for w in told.warnings)


def result(told: Told) -> str:
    """What the page says of a call that has no faults."""
    if told.expected != "refused":
        return "works"
    reasons = {request["reason"] for request in told.requests if request["status"] == 403}
    if not reasons:
        return f"refused by the client: {told.error}"
    sentence = min(reasons)
    return f"refused: {sentence.partition(':')[0]}"
