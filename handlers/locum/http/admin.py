"""What is Locum's own and not the vendor's, under the reserved prefix."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from attrs import define
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from locum.http import PREFIX
from locum.openapi.documents import Document
from locum.resources import __version__
from locum.scenarios import Scenarios

_DESCRIPTION = "A stand-in server for APIs: it answers as their documents say, from a dataset."


@define
class Reloads:
    """How often what is served was made anew since the start, and why it was not the last time:
    None where it was."""

    count: int = 0
    failed: str | None = None


def router(
    documents: Iterable[Document],
    scenarios: Scenarios,
    reloads: Reloads | None = None,
    further: Iterable[Route] = (),
) -> Router:
    """`/`, where no document has it, `/__locum/health`, `/__locum/ready`, `/__locum/datasets`,
    `/__locum/openapi/<name>.json`, and further ones; 404 for any other path.

    The server is healthy as long as it answers, and ready where no dataset is being loaded. Health
    tells of `reloads` where files are watched.
    """
    pages = {f"{document.name}.json": orjson.dumps(document.effective) for document in documents}

    async def get_front(request: Request) -> Response:
        front = {
            "name": "locum",
            "version": __version__,
            "description": _DESCRIPTION,
            "health": f"{PREFIX}/health",
            "ready": f"{PREFIX}/ready",
            "documents": [f"{PREFIX}/openapi/{file}" for file in pages],
            "datasets": f"{PREFIX}/datasets",
            "journal": f"{PREFIX}/journal",
            "scenarios": {"choose": "Prefer: scenario=NAME", "names": scenarios.names},
        }
        return json_page(request, orjson.dumps(front))

    async def get_health(request: Request) -> Response:
        loaded = [scenario.data.name for scenario in scenarios.loaded]
        health: dict[str, Any] = {
            "status": "ok",
            "version": __version__,
            "dataset": scenarios.first,
            "datasets": loaded,
        }
        if reloads is not None:
            failed = {} if reloads.failed is None else {"failed": reloads.failed}
            health["reload"] = {"count": reloads.count, **failed}
        return json_page(request, orjson.dumps(health))

    async def get_ready(request: Request) -> Response:
        loading = list(dict.fromkeys(scenarios.loading))
        if not loading:
            return json_page(request, b'{"status":"ready"}')
        page = orjson.dumps({"status": "loading", "loading": loading})
        return json_page(request, page, 503, retry_after="1")

    async def get_datasets(request: Request) -> Response:
        loaded = {scenario.data.name for scenario in scenarios.loaded}
        found = [
            {"name": name, "description": description, "loaded": name in loaded}
            for name, description in scenarios.described()
        ]
        return json_page(request, orjson.dumps({"first": scenarios.first, "datasets": found}))

    async def get_document(request: Request) -> Response:
        page = pages.get(request.path_params["file"])
        if page is None:
            raise HTTPException(404, f"Not found: the documents are {', '.join(sorted(pages))}")
        return json_page(request, page)

    return Router(
        [
            Route("/", get_front),
            Route(f"{PREFIX}/health", get_health),
            Route(f"{PREFIX}/ready", get_ready),
            Route(f"{PREFIX}/datasets", get_datasets),
            Route(f"{PREFIX}/openapi/{{file}}", get_document),
            *further,
        ],
        redirect_slashes=False,
    )


def json_page(request: Request, raw: bytes, status: int = 200, **headers: str) -> Response:
    """Return a page of JSON, to HEAD without the body whose length it tells."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(
        b"" if request.method == "HEAD" else raw,
        status,
        media_type="application/json",
        headers={**named, "content-length": str(len(raw))},
    )
