"""The whole server, put together: documents, handlers, keys, dataset, and the path between them.

A request walks through Connexion's error handling, routing and security, then `dispatch` reads and
checks it and calls the handler, which asks the engine; `errors` answers for whatever was raised.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from attrs import frozen
from connexion.exceptions import ProblemException
from starlette.exceptions import HTTPException

from locum.exceptions import DocumentError
from locum.helicone import operations as helicone
from locum.helicone import tsoa_errors as helicone_validation
from locum.http import admin, errors
from locum.http.connexion_app import Application, paths
from locum.http.operation import BodyReader, Service, identifier, read_json_schema
from locum.http.rate_limit import RateLimit
from locum.http.security import security_map
from locum.langsmith import operations as langsmith
from locum.openapi import documents, metaschema
from locum.openapi.documents import Document
from locum.resources import bundled
from locum.scenarios import Scenarios


@frozen
class Provider:
    """A vendor: its name in the dataset, its handlers, and how its server reads a body."""

    name: str
    handlers: dict[str, Callable[..., Any]]
    read_body: Callable[[Document], BodyReader]


def _functions(module: ModuleType) -> dict[str, Callable[..., Any]]:
    members = inspect.getmembers(module, inspect.isfunction)
    return {name: function for name, function in members if function.__module__ == module.__name__}


PROVIDERS = (
    Provider("langsmith", _functions(langsmith), lambda _: read_json_schema),
    Provider("helicone", _functions(helicone), helicone_validation.reader),
)


def read(specs: Sequence[Path | str] = ()) -> list[Document]:
    """The effective documents: those at the paths, else the bundled ones.

    Raises DocumentError for one that is not what it must be, and for two that collide.
    """
    bundle = [bundled("specs") / f"{provider.name}.yaml" for provider in PROVIDERS]
    served = [documents.load(Path(spec)) for spec in specs or bundle]
    metaschema.forget()
    _check_together(served)
    return served


def build(
    served: Sequence[Document],
    scenarios: Scenarios,
    *,
    cors: bool = True,
    rate_limit: RateLimit | None = None,
) -> Application:
    """The application that answers the documents' operations from the scenarios' datasets.

    `cors` lets pages of other origins ask. Everything is built now: raises DocumentError for an
    operation without a handler.
    """
    application = Application(
        admin.router(served, scenarios),
        scenarios,
        cors=cors,
        repeats=rate_limit is None,  # which counts every request
    )
    for raised in (Exception, HTTPException, ProblemException):
        application.add_error_handler(raised, errors.answer)
    for document in served:
        provider = _provider(document)
        application.add_document(
            document,
            provider.handlers,
            security_map(provider.name),
            Service(provider.name, provider.read_body(document), rate_limit),
        )
    application.build()
    return application


def _provider(document: Document) -> Provider:
    """The provider that has a handler for each of the document's operations."""
    names = {
        identifier(operation.get("operationId") or f"{method}_{path}"): f"{method.upper()} {path}"
        for path, method, operation in documents.operations(document)
    }
    nearest = max(PROVIDERS, key=lambda provider: len(names.keys() & provider.handlers.keys()))
    for name in names.keys() - nearest.handlers.keys():
        raise DocumentError(
            f"{document.path}: no handler for {names[name]}: expected a function {name}",
            f"add it to the handlers of {nearest.name}, or drop the operation",
        )
    return nearest


def _check_together(served: Iterable[Document]) -> None:
    """No operation of two documents may have the same id, or the same method and path."""
    seen: dict[tuple[str, str], str] = {}
    for document in served:
        for path, method, operation in documents.operations(document):
            name = identifier(operation.get("operationId") or f"{method}_{path}")
            here = f"{method.upper()} {path} of {document.path}"
            shapes = [(method, re.sub(r"{[^}]*}", "{}", alias)) for alias in paths(path)]
            for what in [("operationId", name), *shapes]:
                if what in seen:
                    raise DocumentError(
                        f"{here} collides with {seen[what]}: both are {' '.join(what)}",
                        "serve one of the two",
                    )
                seen[what] = here
