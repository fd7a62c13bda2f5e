"""Random requests asked, and everything said that is wrong with the answers."""

from __future__ import annotations

from collections import Counter
from functools import partial

from tests.laws.further_invariants import Asked
from tests.laws.invariants import broken
from tests.laws.relation_draws import Draw
from tests.laws.relations import RELATIONS
from tests.oracles.bare_rows import rows_of
from tests.oracles.bundled import data_of, find
from tests.oracles.langsmith_answers import agree, ask, fits
from tests.oracles.langsmith_requests import Requests, draws
from tests.oracles.run_oracle import World


class Verification:
    """Of one bundled dataset: the package's engine over it, and the oracle's world."""

    def __init__(self, dataset: str) -> None:
        found = find(dataset)
        self.engine = data_of(found)
        self.requests = Requests(World(rows_of(found.folder)))
        self.ask = partial(ask, self.engine)
        self.seen: Counter[str] = Counter()  # how often each invariant had something to say
        self.empty = 0  # answers over no run at all

    def faults(self, operation: str, seed: object, *, further: bool) -> list[str]:
        """What is wrong with the answer to the request of that seed: that it does not fit the
        document, is not what the oracle says, or breaks an invariant. `further` asks more."""
        request = self.requests.any(draws(f"{operation} {seed}"), operation)
        answer = self.ask(operation, request.tenant, request.arguments)
        none = (answer.get("run_count"), answer.get("turns"), answer.get("groups"))
        self.empty += not answer or 0 in none or [] in none
        faults = []
        try:
            fits(operation, answer)
            agree(operation, request.expected, answer)
        except AssertionError as error:
            faults.append(str(error)[:1000])
        token = self.requests.shared["share_token"]
        asked = Asked(request, answer, self.ask, token)
        faults += broken(asked, self.seen, further=further)
        return [f"{operation} {seed}: {fault}: {request.arguments}" for fault in faults]

    def holds(self, relation: str, seed: object) -> bool:
        """Whether the metamorphic relation of that name holds on the requests of that seed."""
        draw = Draw(draws(f"{relation} {seed}"), self.requests, self.ask)
        return RELATIONS[relation](draw)
