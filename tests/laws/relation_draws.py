"""What a metamorphic relation draws from, and how it asks."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from tests.laws.figures import nano
from tests.oracles.langsmith_filters import Filters
from tests.oracles.langsmith_requests import SELECTABLE, Request, Requests

Body = dict[str, Any]
SUMS = ("run_count", "total_tokens", "prompt_tokens", "completion_tokens", "total_cost")


@frozen
class Draw:
    """What a relation draws from, and how it asks."""

    chance: random.Random
    requests: Requests
    ask: Callable[[str, str | None, Mapping[str, Any]], dict[str, Any]]

    def body(self) -> Body:
        """A body of the shared dataset's statistics that selects by its parameters alone."""
        body, _ = self.requests.selection(self.chance)
        body.pop("id", None)
        return body

    def light(self) -> Body:
        """Such a body that selects three fields: a quick answer, to be compared whole."""
        return self.body() | {"select": self.chance.choices(SELECTABLE, k=3)}

    def filter(self) -> str:
        pool = self.requests.pool
        return Filters(self.requests.world, pool).true_of(self.chance, self.chance.choice(pool))[0]

    def times(self, n: int) -> list[str]:
        return sorted(self.chance.choice(self.requests.pool)["start_time"] for _ in range(n))

    def some(self, values: list[Any]) -> list[Any]:
        return self.chance.sample(values, k=self.chance.randint(1, len(values)))

    def shared(self, body: Body, **changes: Any) -> dict[str, Any]:
        token = self.requests.shared["share_token"]
        body = {name: value for name, value in (body | changes).items() if value is not ...}
        return self.ask("shared_stats", None, {"share_token": token, "body": body})

    def sums(self, body: Body, **changes: Any) -> list[int]:
        """Counts and sums as whole numbers: runs, tokens and nano-USD."""
        found = self.shared(body, **changes, select=list(SUMS))
        return [nano(found[n]) if n == "total_cost" else found[n] for n in SUMS]

    def count(self, body: Body, **changes: Any) -> int:
        return int(self.shared(body, **changes, select=["run_count"])["run_count"])

    def asked(self, request: Request, **changes: Any) -> dict[str, Any]:
        """The answer to a request with other arguments, or other parameters in its body."""
        arguments = dict(request.arguments)
        if "body" in arguments:
            arguments["body"] = {**arguments["body"], **changes}
        else:
            arguments |= changes
        return self.ask(request.operation, request.tenant, arguments)
