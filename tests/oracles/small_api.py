"""Providers with small documents of their own, served: for tests of the core, and not of a vendor.

A document is taken as it is: what `documents.load` refuses may be served here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from locum import app
from locum.datasets.columns import KEYS
from locum.datasets.dataset import Dataset
from locum.datasets.keys import AUTO
from locum.engine.tables import KEYS_TABLE
from locum.http.connexion_app import Application, ServedDocument
from locum.openapi import documents
from locum.openapi.documents import Document
from locum.provider import Handler, Provider
from locum.scenarios import Scenarios
from tests.oracles.bundled import find
from tests.oracles.small_tables import Rows, dataset_of

Json = dict[str, Any]

ANY_JSON: Json = {"description": "any JSON", "content": {"application/json": {"schema": {}}}}


def operation(*parameters: Json, body: Json | None = None, **fields: Any) -> Json:
    """An operation that answers 200 with any JSON, and needs no credential, unless `fields` say
    otherwise; `body` is the schema of its body."""
    made: Json = {"parameters": list(parameters), "responses": {"200": ANY_JSON}, **fields}
    if body is not None:
        content = {"application/json": {"schema": body}}
        made["requestBody"] = {"required": True, "content": content}
    return made


def document(paths: Json, schemes: Json | None = None) -> Json:
    """An OpenAPI document of these paths and security schemes."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "small", "version": "1"},
        "paths": paths,
        "components": {"securitySchemes": schemes or {}},
    }


def served(
    paths: Json,
    handlers: Mapping[str, Handler],
    schemes: Json | None = None,
    *,
    name: str = "small",
    **fields: Any,
) -> ServedDocument:
    """The paths as the document of a provider with these handlers and further fields."""
    effective = document(paths, schemes)
    own = Document(name, Path(f"{name}.yaml"), effective)
    return of_provider(own, Provider(name=name, handlers=handlers, **fields))


def of_provider(document: Document, provider: Provider | None = None) -> ServedDocument:
    """The document as that of a provider, by default of one of its name that has nothing."""
    provider = provider or Provider(name=document.name)
    aliases = {
        (path, method): list(provider.aliases(path))
        for path, method, _ in documents.operations(document)
    }
    return ServedDocument(document, provider, aliases)


def written(folder: Path, *documents: ServedDocument, rows: Rows | None = None) -> Dataset:
    """A dataset of these rows of the documents' providers, written below the folder."""
    tables = {KEYS: KEYS_TABLE}
    for each in documents:
        tables |= each.provider.tables
    return dataset_of(folder, tables, {KEYS: []} | dict(rows or {}))


def scenarios_of(
    datasets: Sequence[Dataset], *documents: ServedDocument, **options: Any
) -> Scenarios:
    """The datasets as scenarios for the documents' providers; `options` are those of Scenarios."""
    providers = [each.provider for each in documents]
    return Scenarios(datasets, providers, **{"find": find, **options})


def application_of(scenarios: Scenarios, *documents: ServedDocument, **options: Any) -> Application:
    """The application that answers the documents from the scenarios."""
    return app.build(documents, scenarios, **options)


def client_of(
    folder: Path,
    *documents: ServedDocument,
    rows: Rows | None = None,
    auth: str = AUTO,
    **options: Any,
) -> TestClient:
    """A client of the documents, over a scenario of these rows; `options` are for `app.build`."""
    scenarios = scenarios_of([written(folder, *documents, rows=rows)], *documents, auth=auth)
    application = application_of(scenarios, *documents, **options)
    return TestClient(application, raise_server_exceptions=False)


def key_row(key: str, tenant: str, provider: str = "small", access: str = "rw") -> Json:
    """A row of the table `keys`."""
    return {"key": key, "provider": provider, "tenant_id": tenant, "access": access}
