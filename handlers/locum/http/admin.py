"""What is Locum's own and not the vendor's, under the reserved prefix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    shown = _Shown({f"{document.name}.json": document for document in documents})

    async def get_front(request: Request) -> Response:
        front = {
            "name": "locum",
            "version": __version__,
            "description": _DESCRIPTION,
            "health": f"{PREFIX}/health",
            "ready": f"{PREFIX}/ready",
            "documents": [f"{PREFIX}/openapi/{file}" for file in shown.documents],
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

    return Router(
        [
            Route("/", get_front),
            Route(f"{PREFIX}/health", get_health),
            Route(f"{PREFIX}/ready", get_ready),
            Route(f"{PREFIX}/datasets", get_datasets),
            Route(f"{PREFIX}/openapi/{{file}}", shown.get),
            *further,
        ],
        redirect_slashes=False,
    )


class _Shown:
    """The documents by the names of their files: for clients, with ?effective as requests and
    answers are held to. Each page is made when it is first asked for."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self.documents = documents
        self._made: dict[tuple[str, bool], bytes] = {}

    def get(self, request: Request) -> Response:  # in a thread, since making takes its time
        file = request.path_params["file"]
        if file not in self.documents:
            known = ", ".join(sorted(self.documents))
            raise HTTPException(404, f"Not found: the documents are {known}")
        for name, value in request.query_params.multi_items():
            if (name, value) != ("effective", ""):
                found = f"?{name:.100}={value:.100}".rstrip("=")
                raise HTTPException(400, f"found {found}, expected ?effective or nothing")
        return json_page(request, self._page(file, is_effective=bool(request.query_params)))

    def _page(self, file: str, *, is_effective: bool) -> bytes:
        document = self.documents[file]
        key = file, is_effective and document.untolerant is not None
        if key not in self._made:
            shown = document.effective if is_effective else document.for_clients()
            self._made[key] = orjson.dumps(shown)
        return self._made[key]


def json_page(request: Request, raw: bytes, status: int = 200, **headers: str) -> Response:
    """Return a page of JSON, to HEAD without the body whose length it tells."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(
        b"" if request.method == "HEAD" else raw,
        status,
        media_type="application/json",
        headers={**named, "content-length": str(len(raw))},
    )
