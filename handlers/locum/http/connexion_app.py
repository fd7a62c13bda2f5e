"""Connexion, made to serve the effective documents as they are.

Connexion routes and authenticates; its own validation knows OpenAPI 3.0 only and its dispatch is
rebuilt on every request, so both are replaced by `operation.Operation` at the end of its stack.
What is used of Connexion beyond its documented surface is named in
tests/http/test_connexion_app.py.

    Application                      the stack of middleware, outermost first (app.py lists it)
      routes.RoutingByEncodedPath    matches the path as it is encoded, in one flat list of routes
      security.Security              one SecuredOperation each: decides the credential
      Operations                     one operation.Operation each, or the admin pages
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from attrs import frozen
from connexion.middleware import ConnexionMiddleware
from connexion.middleware.abstract import RoutedAPI
from connexion.middleware.main import API
from connexion.resolver import Resolution, Resolver
from connexion.spec import OpenAPISpecification
from starlette.types import ASGIApp

from locum.generate.asked import ORDINARY, Manner
from locum.generate.generator import Generator
from locum.http.admission import Admission
from locum.http.control import OwnControl
from locum.http.operation import Operation, Service
from locum.http.routes import FlatMiddleware
from locum.http.security import security_map
from locum.openapi.documents import Document, operation_name
from locum.provider import Provider


@frozen(eq=False)
class ServedDocument:
    """A document with its provider, and for each path and method (in lower case) the further paths
    by which clients call it."""

    document: Document
    provider: Provider
    aliases: Mapping[tuple[str, str], Collection[str]]


class Specification(OpenAPISpecification):  # type: ignore[misc]  # Connexion ships no types
    """A document for Connexion: not checked against its 3.0 meta-schema, not resolved into cyclic
    dicts, not rewritten, and served at the root whatever its `servers` say."""

    base_path = ""

    def __init__(
        self, served: ServedDocument, admission: Admission, control: OwnControl, manner: Manner
    ) -> None:
        effective = served.document.effective
        self._raw_spec = self._spec = {"components": {}} | effective
        self._base_uri = ""
        self.served = served
        self.schemas = served.document.schemas
        self.service = Service(
            served.provider, Generator(served.document, manner), control, admission
        )


class HandlerResolver(Resolver):  # type: ignore[misc]
    """Finds the handler of an operation among those of the provider."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def resolve(self, operation: Any) -> Resolution:
        """Return the handler; None where the answers are generated."""
        where = f"{operation.method.upper()} {operation.path}"
        name = operation.operation_id or where
        # All documents share one table of operations, and two providers' may have the same id.
        unique = f"{self.provider.name} {name}"
        return Resolution(self.provider.functions.get(name), unique)


class _OperationsAPI(RoutedAPI):  # type: ignore[misc]
    def __init__(self, specification: Specification, **options: Any) -> None:
        super().__init__(specification, **options)
        self.add_paths()
        specification.schemas.release_memory()

    def make_operation(self, operation: Any) -> Operation:
        path, method = operation.path, operation.method
        definition = self.specification.get_operation(path, method)
        provider = self.specification.served.provider
        name = operation_name(path, method, definition)
        return Operation(
            path,
            method,
            definition,
            schemas=self.specification.schemas,
            handler=operation.function,
            service=self.specification.service,
            may_cache=name not in provider.uncached,
            is_budgeted=name in provider.budgeted,
            refused=provider.refused.get(name, ""),
        )


class Operations(FlatMiddleware):
    """What answers, at the end of the stack."""

    api_cls = _OperationsAPI


class Application(ConnexionMiddleware):  # type: ignore[misc]
    """The ASGI application: the middleware, outermost first, around the documents' operations;
    `fallback` answers the paths that no document has.

    Everything is built now, so that what is wrong stops the start and not a request.
    """

    def __init__(
        self,
        documents: Sequence[ServedDocument],
        middlewares: Sequence[Callable[..., ASGIApp]],
        fallback: ASGIApp,
        control: OwnControl,
        admission: Admission | None = None,
        manner: Manner = ORDINARY,
    ) -> None:
        super().__init__(Operations(fallback), middlewares=list(middlewares))
        admission = admission or Admission()
        for served in documents:
            schemes = served.document.effective.get("components", {}).get("securitySchemes", {})
            self.apis.append(
                API(
                    Specification(served, admission, control, manner),
                    base_path="",
                    resolver=HandlerResolver(served.provider),
                    security_map=security_map(served.provider, schemes),
                    control=control,
                )
            )

    def build(self) -> None:
        """Build the stack, after the last error handler was added."""
        self.app, self.middleware_stack = self._build_middleware_stack()
