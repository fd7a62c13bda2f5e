"""Many sandboxes are written to at once: each sees its own rows, and nobody else's."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.conftest import KEY, application_over

MANY = 200
PROJECTS = "/api/v1/sessions?include_stats=true&limit=100"
_START = "2026-06-01T12:00:00.000000Z"


def run_of(sandbox: int, number: int) -> dict[str, Any]:
    """A run of so many seconds as its sandbox's number, with an id that all sandboxes have."""
    run_id = str(UUID(int=(0xA << 120) + number, version=4))
    return {
        "id": run_id,
        "trace_id": run_id,
        "dotted_order": f"20260601T120000000000Z{run_id}",
        "name": f"of {sandbox}",
        "run_type": "chain",
        "session_name": f"project of {sandbox}",
        "start_time": _START,
        "end_time": f"2026-06-01T12:{sandbox // 60:02}:{sandbox % 60:02}.000000Z",
    }


def runs_in(sandbox: int) -> int:
    """How many runs are sent to it."""
    return 1 + sandbox % 7


class Client:
    """Asks one server about its sandboxes."""

    def __init__(self, asked: httpx.AsyncClient) -> None:
        self._asked = asked

    async def read(self, sandbox: int, path: str = PROJECTS) -> bytes:
        answer = await self._asked.get(path, headers=self._headers(sandbox))
        assert answer.status_code == 200
        return answer.content

    async def write(self, sandbox: int) -> None:
        """Send runs in two bodies."""
        runs = [run_of(sandbox, number) for number in range(runs_in(sandbox))]
        for part in (runs[:1], runs[1:]):
            answer = await self._asked.post(
                "/runs/batch", headers=self._headers(sandbox), json={"post": part}
            )
            assert answer.status_code == 202, answer.text

    async def reset(self, sandbox: int) -> None:
        answer = await self._asked.post(f"/__locum/sandboxes/of-{sandbox}/reset")
        assert answer.is_success

    async def own(self, sandbox: int) -> list[tuple[str, int, float]]:
        """The projects that are not the dataset's: name, number of runs, and median latency."""
        path = f"{PROJECTS}&name_contains=project%20of"
        answer = await self._asked.get(path, headers=self._headers(sandbox))
        return [(each["name"], each["run_count"], each["latency_p50"]) for each in answer.json()]

    @staticmethod
    def _headers(sandbox: int) -> dict[str, str]:
        return {"Prefer": f"sandbox=of-{sandbox}", "X-API-Key": KEY}


async def check(client: Client) -> None:
    """Write to all at once; reset each third; look at all."""
    everyone = range(MANY)
    before = await client.read(0)
    await asyncio.gather(*(client.write(sandbox) for sandbox in everyone))
    expected = [(f"project of {each}", runs_in(each), float(each)) for each in everyone]
    seen = await asyncio.gather(*(client.own(sandbox) for sandbox in everyone))
    assert seen == [[each] for each in expected]
    after = await asyncio.gather(*(client.read(sandbox) for sandbox in everyone))
    reset = everyone[::3]
    await asyncio.gather(*(client.reset(sandbox) for sandbox in reset))
    again = await asyncio.gather(*(client.read(sandbox) for sandbox in everyone))
    for sandbox in everyone:
        assert again[sandbox] == (before if sandbox in reset else after[sandbox])
        assert (again[sandbox] == before) == (sandbox in reset)
    await client.write(0)
    assert await client.own(0) == [("project of 0", 1, 0.0)]


@pytest.mark.parametrize("dataset", ["tiny"])
def test_no_sandbox_sees_what_is_written_to_another(dataset: str) -> None:
    async def run() -> None:
        transport = httpx.ASGITransport(application_over(dataset))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://locum", timeout=300
        ) as asked:
            await check(Client(asked))

    asyncio.run(run())
