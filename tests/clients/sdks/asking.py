"""A sandbox of a served Locum, asked without any client."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from attrs import frozen

from tests.clients.sdks.serving import KEY


@frozen
class Sandbox:
    """A sandbox of the server at this address."""

    url: str
    name: str

    @property
    def prefix(self) -> str:
        """What leads there at an address's end."""
        return f"/__locum/with/sandbox={self.name}"

    def ask(self, method: str, path: str, body: Any = None, *, key: str | None = KEY) -> Any:
        """The JSON of the answer. Raises HTTPError for one that is no success."""
        headers = {"Content-Type": "application/json"} | ({"X-API-Key": key} if key else {})
        data = None if body is None else json.dumps(body).encode()
        address = f"{self.url}{self.prefix}{path}"
        asked = urllib.request.Request(address, data, headers, method=method)
        with urllib.request.urlopen(asked) as answer:
            return json.load(answer)

    def journal(self) -> list[dict[str, Any]]:
        """The requests that were made there, the newest last."""
        address = f"{self.url}/__locum/journal?sandbox={self.name}"
        with urllib.request.urlopen(address) as answer:
            found: list[dict[str, Any]] = json.load(answer)["requests"]
        return found

    def runs(self, project: str) -> list[dict[str, Any]]:
        """All runs of a project, the earliest first."""
        question: dict[str, Any] = {"session": [project], "order": "asc", "limit": 100}
        found: list[dict[str, Any]] = []
        while True:
            page = self.ask("POST", "/api/v1/runs/query", question)
            found += page["runs"]
            cursor = page["cursors"].get("next")
            if cursor is None:
                return found
            question["cursor"] = cursor
