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
from connexion.exceptions import ResolverError

from understudy import admin, datasets, documents, errors, helicone, langsmith
from understudy.auth import OFF, STRICT, Keyring, security_map
from understudy.dispatch import BodyReader, identifier, read_json_schema
from understudy.documents import Document
from understudy.engine import DuckDB
from understudy.exceptions import DocumentError
from understudy.openapi import Application, paths
from understudy.resources import bundled


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
    Provider("langsmith", _functions(langsmith.handlers), lambda _: read_json_schema),
    Provider("helicone", _functions(helicone.handlers), helicone.validation.reader),
)


def bundled_documents() -> list[Path]:
    """The documents that are served where none is named."""
    return [bundled("specs") / f"{provider.name}.yaml" for provider in PROVIDERS]


def build(
    dataset: str = "default", specs: Sequence[Path | str] = (), auth: str = STRICT
) -> tuple[Application, DuckDB]:
    """The application over the dataset (a bundled name or a folder) and its engine.

    Everything is built now: raises StartError for a document, handler or dataset at fault.
    """
    served = [documents.load(Path(spec)) for spec in specs or bundled_documents()]
    owners = [_provider(document) for document in served]
    _check_together(served)
    engine = DuckDB(datasets.find(dataset))
    keys = engine.rows("SELECT key, provider, tenant_id FROM keys ORDER BY row")
    application = Application(admin.router(served, engine.dataset), secured=auth != OFF)
    application.add_error_handler(Exception, errors.answer)
    application.add_error_handler(errors.HTTPException, errors.answer)
    application.add_error_handler(errors.ProblemException, errors.answer)
    for document, provider in zip(served, owners, strict=True):
        keyring = Keyring.of(provider.name, keys, auth)
        application.add_document(
            document,
            provider.handlers,
            security_map(keyring),
            engine=engine,
            keyring=keyring,
            read_body=provider.read_body(document),
        )
    try:
        application.build()
    except ResolverError as error:
        raise DocumentError(str(error), "add the handler, or drop the operation") from None
    return application, engine


def _provider(document: Document) -> Provider:
    """The provider whose handlers the document's operations have, all of them."""
    missing: dict[str, str] = {}
    for provider in PROVIDERS:
        for path, method, operation in documents.operations(document):
            name = identifier(operation.get("operationId") or f"{method}_{path}")
            if name not in provider.handlers:
                missing[provider.name] = f"{method.upper()} {path}: expected a function {name}"
                break
        else:
            return provider
    raise DocumentError(f"{document.path}: no handler for {'; '.join(missing.values())}", "")


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
