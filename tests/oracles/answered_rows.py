"""What a key gets of a dataset over HTTP, every page to the end, in the shape of the tables' rows:
so an oracle computes over what is shown, not over the files.

Requests for runs show null tokens as 0, which no sum and no count tells apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from attrs import define
from starlette.testclient import TestClient

Row = dict[str, Any]
MOST = 100  # of a page
AS_THEY_ARE = (
    *("id", "name", "run_type", "status", "session_id", "trace_id", "parent_run_id"),
    *("start_time", "end_time", "first_token_time", "tags", "reference_example_id"),
    *("total_tokens", "prompt_tokens", "completion_tokens"),
    *("prompt_token_details", "completion_token_details"),
)
COSTS = ("total_cost", "prompt_cost", "completion_cost")
COST_DETAILS = ("prompt_cost_details", "completion_cost_details")
SELECT = [*AS_THEY_ARE, *COSTS, *COST_DETAILS, "extra"]


@define
class Reader:
    """A client with a key; `pages` counts the answers that were one of several."""

    client: TestClient
    key: str
    pages: int = 0

    def get(self, path: str, **parameters: Any) -> Any:
        return self._answered("GET", path, params=parameters)

    def post(self, path: str, body: Row) -> Any:
        return self._answered("POST", path, json=body)

    def _answered(self, method: str, path: str, **more: Any) -> Any:
        answer = self.client.request(method, path, headers={"X-API-Key": self.key}, **more)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:300])
        return answer.json()

    def projects(self, **parameters: Any) -> list[Row]:
        """The pages of GET /sessions."""
        return [*self._by_offset("/api/v1/sessions", **parameters)]

    def runs(self, project: str) -> Iterator[Row]:
        """A project's runs, as rows of langsmith/runs."""
        body: Row = {"session": [project], "limit": MOST, "select": SELECT}
        while True:
            page = self.post("/api/v1/runs/query", body)
            self.pages += 1
            yield from map(run_row, page["runs"])
            if (cursor := page["cursors"].get("next")) is None:
                return
            body |= {"cursor": cursor}

    def feedback(self) -> Iterator[Row]:
        """All feedback, as rows of langsmith/feedback."""
        for given in self._by_offset("/api/v1/feedback", include_user_names=True):
            yield given | {"source": given["feedback_source"]}

    def _by_offset(self, path: str, **parameters: Any) -> Iterator[Row]:
        offset = 0
        while page := self.get(path, limit=MOST, offset=offset, **parameters):
            self.pages += 1
            yield from page
            offset += len(page)

    def rows(self, table: str) -> list[Row]:
        """The rows of a table, as far as they are shown."""
        if table == "langsmith/sessions":
            return self.projects()
        if table == "langsmith/runs":
            return [run for project in self.projects() for run in self.runs(project["id"])]
        return [*self.feedback()] if table == "langsmith/feedback" else []


def run_row(run: Row) -> Row:
    row = {name: run[name] for name in AS_THEY_ARE}
    row["metadata"] = run["extra"]["metadata"]
    row |= {f"{name}_nano": nano(run[name]) for name in COSTS}
    for name in COST_DETAILS:
        row[f"{name}_nano"] = {key: nano(cost) for key, cost in (run[name] or {}).items()}
    return row


def nano(usd: str | None) -> int | None:
    """USD as nano-USD, which must be whole."""
    if usd is None:
        return None
    cost = Decimal(usd).scaleb(9)
    assert cost == int(cost), usd
    return int(cost)
