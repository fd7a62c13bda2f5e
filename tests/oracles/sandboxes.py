"""A sandbox of a test's own, which a key writes to and reads."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from httpx import Response
from starlette.testclient import TestClient

from tests.conftest import KEY


class Sandbox:
    """One of that name, or of a name that nobody has."""

    def __init__(self, client: TestClient, name: str = "", key: str = KEY) -> None:
        self.client, self.name = client, name or f"test-{uuid4()}"
        self.headers = {"Prefer": f"sandbox={self.name}", "X-API-Key": key}

    def send(self, method: str, path: str, **given: Any) -> Response:
        """Send a request."""
        given["headers"] = self.headers | given.get("headers", {})
        answer: Response = self.client.request(method, path, **given)
        return answer
