"""Random requests for runs asked, and everything that is wrong with the answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs

from locum.langsmith.runs import query_runs
from tests.oracles.bare_rows import rows_of
from tests.oracles.bundled import data_of, find
from tests.oracles.langsmith_requests import draws
from tests.oracles.run_oracle import World
from tests.oracles.run_pages import Query, RunPages

DOCUMENT = Path(__file__).parents[2] / "specs" / "langsmith-more.json"


class RunVerification:
    """Of one bundled dataset: the package's engine over it, and the oracle's pages."""

    def __init__(self, dataset: str) -> None:
        found = find(dataset)
        self.engine = data_of(found)
        self.pages = RunPages(World(rows_of(found.folder)))
        document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
        schemas = document["components"]["schemas"]
        properties = schemas["BodyParamsForRunsQuerySchema"]["properties"]
        self.selectable = schemas["RunSelect"]["enum"]
        self.defaults = {
            name: each["default"] for name, each in properties.items() if "default" in each
        }
        answer = {
            "$ref": "#/components/schemas/ListRunsResponse",
            "components": document["components"],
        }
        self.answers = jsonschema_rs.Draft202012Validator(answer, validate_formats=True)

    def query(self, seed: object) -> Query:
        return self.pages.query(draws(f"runs/query {seed}"), self.selectable)

    def ask(self, tenant: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = query_runs(self.engine, tenant, self.defaults | body)
        found = self.answers.iter_errors(answer)
        assert [f"{e.instance_path}: {e.message}"[:300] for e in found] == []
        return answer

    def faults(self, seed: object) -> list[str]:
        """What is wrong with the pages of the request of that seed."""
        query = self.query(seed)
        try:
            query.check(self.pages, self.ask, self.defaults["select"])
        except AssertionError as error:
            return [f"runs/query {seed}: {str(error)[:1000]}: {query.body}"]
        return []
