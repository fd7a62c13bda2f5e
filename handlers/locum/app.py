"""The whole server on one screen: documents with their providers, middleware, routes.

A request passes the middleware of `build` from top to bottom; then the operation reads and checks
it and calls the provider's handler with the data of its scenario, and checks the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from connexion.exceptions import ProblemException
from connexion.middleware.exceptions import ExceptionMiddleware
from connexion.middleware.server_error import ServerErrorMiddleware
from starlette.exceptions import HTTPException

from locum.exceptions import DocumentError
from locum.http import admin, errors
from locum.http.cache import ResponseCache
from locum.http.connexion_app import (
    Application,
    ServedDocument,
    operation_name,
)
from locum.http.cors import CrossOrigin
from locum.http.rate_limit import RateLimit
from locum.http.routes import ProviderOfPath, RoutingByEncodedPath, shape
from locum.http.scenario_middleware import ScenarioMiddleware
from locum.http.security import Security
from locum.openapi import documents
from locum.openapi.documents import Document
from locum.provider import Provider
from locum.scenarios import Scenarios


def read(
    providers: Sequence[Provider], specs: Sequence[Path | str] = ()
) -> tuple[ServedDocument, ...]:
    """Read the documents at the paths, else those of the providers, each with its provider.

    Raises DocumentError for one that is not what it must be, for an operation without a handler,
    and for two that collide.
    """
    if specs:
        read_ones = [documents.load(Path(spec)) for spec in specs]
        pairs = [(document, _provider(document, providers)) for document in read_ones]
    else:
        pairs = [(documents.load(path), p) for p in providers for path in p.documents]
    for document, provider in pairs:
        _check_handlers(document, provider)
    own = _own_paths(pairs)
    return tuple(
        ServedDocument(document, provider, _aliases(document, provider, own))
        for document, provider in pairs
    )


def build(
    served: Sequence[ServedDocument],
    scenarios: Scenarios,
    *,
    cors: bool = True,
    rate_limit: RateLimit | None = None,
) -> Application:
    """Put together the ASGI application that answers the documents' operations from the scenarios'
    datasets. `cors` lets pages of other origins ask."""
    provider_of = ProviderOfPath(_all_paths(served))
    middlewares = [
        partial(ResponseCache, version=scenarios.version),
        partial(ServerErrorMiddleware, handler=errors.unanswered),
        partial(CrossOrigin, provider_of=provider_of),
        ExceptionMiddleware,
        partial(ScenarioMiddleware, scenarios=scenarios),
        RoutingByEncodedPath,
        Security,
    ]
    if not cors:
        del middlewares[2]
    if rate_limit is not None:  # which counts every request
        del middlewares[0]
    fallback = admin.router([each.document for each in served], scenarios)
    application = Application(served, middlewares, fallback, rate_limit)
    for raised in (Exception, HTTPException, ProblemException):
        application.add_error_handler(raised, errors.answerer(provider_of))
    application.build()
    return application


def _provider(document: Document, providers: Sequence[Provider]) -> Provider:
    """Return the provider that has a handler for most of the document's operations."""
    names = {operation_name(*operation) for operation in documents.operations(document)}
    return max(providers, key=lambda provider: len(names & provider.handlers.keys()))


def _check_handlers(document: Document, provider: Provider) -> None:
    for path, method, definition in documents.operations(document):
        name = operation_name(path, method, definition)
        if name not in provider.handlers and name not in provider.refused:
            raise DocumentError(
                f"no handler for {method.upper()} {path}: expected one for {name}",
                f"add it to the handlers of {provider.name}, or drop the operation",
                document.path,
                ("paths", path, method),
            )


def _own_paths(pairs: Iterable[tuple[Document, Provider]]) -> set[tuple[str, str]]:
    """Return method and shape of every path of the documents themselves.

    No operation of two documents may have the same id, or the same method and path.
    """
    seen: dict[tuple[str, str], str] = {}
    for document, _ in pairs:
        for path, method, definition in documents.operations(document):
            name = operation_name(path, method, definition)
            here = f"{method.upper()} {path} of {document.path}"
            for what in (("operationId", name), (method, shape(path))):
                if what in seen:
                    raise DocumentError(
                        f"{here} collides with {seen[what]}: both are {' '.join(what)}",
                        "serve one of the two",
                    )
                seen[what] = here
    return {what for what in seen if what[0] != "operationId"}


def _aliases(
    document: Document, provider: Provider, own: set[tuple[str, str]]
) -> dict[tuple[str, str], list[str]]:
    """Return the further paths of each path and method of the document; one that a document has
    itself is none."""
    return {
        (path, method): [
            alias for alias in provider.aliases(path) if (method, shape(alias)) not in own
        ]
        for path, method, _ in documents.operations(document)
    }


def _all_paths(served: Iterable[ServedDocument]) -> list[tuple[str, str, Provider]]:
    return [
        (method, path, each.provider)
        for each in served
        for (own, method), aliases in each.aliases.items()
        for path in (own, *aliases)
    ]
