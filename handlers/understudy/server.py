"""The running server: uvicorn on a listening socket, and what it prints when it starts."""

from __future__ import annotations

import contextlib
import socket
import sys

import click
import uvicorn

from understudy.engine import DuckDB
from understudy.openapi import Application


class _Server(uvicorn.Server):
    """uvicorn, which greets when it is ready: whoever reads the greeting can ask or interrupt."""

    def __init__(self, application: Application, engine: DuckDB) -> None:
        super().__init__(
            uvicorn.Config(application, lifespan="off", log_level="warning", access_log=False)
        )
        self.engine = engine

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or []:
            host, port = listener.getsockname()[:2]
            url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
            click.echo(greeting(url, self.engine))
            sys.stdout.flush()


def run(application: Application, engine: DuckDB, listener: socket.socket) -> None:
    """Serve until interrupted. Prints where, with which dataset, and a curl to paste."""
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again after a clean shutdown
        _Server(application, engine).run(sockets=[listener])


def greeting(url: str, engine: DuckDB) -> str:
    """Where the server listens, the demo key, the dataset, and a curl that works when pasted."""
    (runs,), (requests,) = engine.rows(
        "SELECT count(*) FROM runs UNION ALL SELECT count(*) FROM helicone_requests"
    )
    lines = [
        f"Understudy listens on {url}",
        f"dataset: {engine.dataset.name} ({runs} LangSmith runs, {requests} Helicone requests)",
    ]
    keys = engine.rows("SELECT key, provider, tenant_id FROM keys ORDER BY row")
    if keys:
        lines += [f"key: {keys[0][0]}", "try:", *_curl(url, engine, keys)]
    return "\n".join(lines)


def _curl(url: str, engine: DuckDB, keys: list[tuple[str, str, str]]) -> list[str]:
    """A request for the first project of the first LangSmith key, else for Helicone's sessions."""
    for key, provider, tenant in keys:
        sessions = engine.rows(
            "SELECT id FROM langsmith_sessions WHERE tenant_id = $tenant ORDER BY row LIMIT 1",
            {"tenant": tenant},
        )
        if provider == "langsmith" and sessions:
            body = f'{{"session_id": "{sessions[0][0]}", "group_by": "conversation"}}'
            path, header = "/api/v1/runs/group/stats", f"X-API-Key: {key}"
            break
    else:
        body = '{"nameContains": "", "timezoneDifference": 0}'
        path, header = "/v1/session/metrics/query", f"Authorization: Bearer {keys[0][0]}"
    return [
        f"  curl -s {url}{path} \\",
        f"    -H '{header}' -H 'Content-Type: application/json' \\",
        f"    -d '{body}'",
    ]
