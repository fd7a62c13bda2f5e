"""What is Locum's own and not the vendor's, under the reserved prefix."""

from __future__ import annotations

from collections.abc import Iterable

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from locum.openapi.documents import Document
from locum.resources import __version__
from locum.scenarios import Scenarios

PREFIX = "/__locum"


def router(documents: Iterable[Document], scenarios: Scenarios) -> Router:
    """`/__locum/health` and `/__locum/openapi/<name>.json`; 404 for any other path."""
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

    async def get_document(request: Request) -> Response:
        page = pages.get(request.path_params["file"])
        if page is None:
            raise HTTPException(404, f"Not found: the documents are {', '.join(sorted(pages))}")
        return Response(page, media_type="application/json")

    return Router(
        [Route(f"{PREFIX}/health", get_health), Route(f"{PREFIX}/openapi/{{file}}", get_document)],
        redirect_slashes=False,
    )
