"""What is Locum's own and not the vendor's, under the reserved prefix."""

from __future__ import annotations

from collections.abc import Iterable

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from locum.http import PREFIX
from locum.openapi.documents import Document
from locum.resources import __version__
from locum.scenarios import Scenarios


def router(
    documents: Iterable[Document], scenarios: Scenarios, further: Iterable[Route] = ()
) -> Router:
    """`/__locum/health`, `/__locum/ready`, `/__locum/openapi/<name>.json`, and further ones; 404
    for any other path.

    The server is healthy as long as it answers, and ready where no dataset is being loaded.
    """
    pages = {f"{document.name}.json": orjson.dumps(document.effective) for document in documents}

    async def get_health(_request: Request) -> Response:
        loaded = [scenario.data.name for scenario in scenarios.loaded]
        health = {
            "status": "ok",
            "version": __version__,
            "dataset": scenarios.first,
            "datasets": loaded,
        }
        return Response(orjson.dumps(health), media_type="application/json")

    async def get_ready(_request: Request) -> Response:
        loading = list(dict.fromkeys(scenarios.loading))
        if not loading:
            return Response(b'{"status":"ready"}', media_type="application/json")
        page = orjson.dumps({"status": "loading", "loading": loading})
        retry = {"Retry-After": "1"}
        return Response(page, 503, media_type="application/json", headers=retry)

    async def get_document(request: Request) -> Response:
        page = pages.get(request.path_params["file"])
        if page is None:
            raise HTTPException(404, f"Not found: the documents are {', '.join(sorted(pages))}")
        return Response(page, media_type="application/json")

    return Router(
        [
            Route(f"{PREFIX}/health", get_health),
            Route(f"{PREFIX}/ready", get_ready),
            Route(f"{PREFIX}/openapi/{{file}}", get_document),
            *further,
        ],
        redirect_slashes=False,
    )
