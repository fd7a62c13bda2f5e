"""Connexion, made to serve the effective documents as they are.

Connexion routes and authenticates; its own validation knows OpenAPI 3.0 only and its dispatch is
rebuilt on every request, so both are replaced by `dispatch.Operation` at the end of its stack.
What is used of Connexion beyond its documented surface is named in tests/test_connexion.py.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from connexion.exceptions import ResolverError
from connexion.middleware import ConnexionMiddleware
from connexion.middleware.abstract import RoutedAPI, RoutedMiddleware
from connexion.middleware.exceptions import ExceptionMiddleware
from connexion.middleware.main import API
from connexion.middleware.routing import RoutingAPI, RoutingMiddleware, RoutingOperation
from connexion.middleware.security import SecurityAPI, SecurityMiddleware, SecurityOperation
from connexion.middleware.server_error import ServerErrorMiddleware
from connexion.resolver import Resolution, Resolver
from connexion.spec import OpenAPISpecification
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from locum.http import operation as dispatch
from locum.http.cache import Repeats
from locum.http.cors import CrossOrigin
from locum.http.keys import OFF
from locum.http.parameters import encoded_path
from locum.http.security import Asked
from locum.openapi.documents import Document
from locum.openapi.schemas import Schemas
from locum.scenarios import Choice, Scenarios


def paths(path: str) -> Iterator[str]:
    """The path, and what clients of the same vendor call it.

    LangSmith's SDKs leave /api/v1 out where their endpoint has none, and newer ones put /api
    before /v2.
    """
    yield path
    if path.startswith("/api/v1/"):
        yield path.removeprefix("/api/v1")
    if path.startswith("/v2/"):
        yield "/api" + path


class Specification(OpenAPISpecification):  # type: ignore[misc]  # Connexion ships no types
    """A document for Connexion: not checked against its 3.0 meta-schema, not resolved into cyclic
    dicts, not rewritten, and served at the root whatever its `servers` say."""

    base_path = ""

    def __init__(self, document: Document) -> None:
        self._raw_spec = self._spec = {"components": {}} | document.effective
        self._base_uri = ""
        self.document = document
        self.schemas = Schemas(document.effective)

    def get_operation(self, path: str, method: str) -> Any:
        """A copy: Connexion appends the path's parameters to the operation's."""
        return copy.deepcopy(super().get_operation(path, method))


class NamingRule(Resolver):  # type: ignore[misc]
    """The handler of an operation is the function named as its operationId made an identifier, or
    as its method and path where it has none."""

    def __init__(self, handlers: dict[str, Callable[..., Any]]) -> None:
        self.handlers = handlers

    def resolve(self, operation: Any) -> Resolution:
        """Raises ResolverError naming the operation and the name that was expected."""
        name = dispatch.identifier(operation.operation_id or f"{operation.method}_{operation.path}")
        if name not in self.handlers:
            where = f"{operation.method.upper()} {operation.path}"
            raise ResolverError(f"no handler for {where}: expected a function {name}")
        return Resolution(self.handlers[name], name)


class _FlatRoutingAPI(RoutingAPI):  # type: ignore[misc]
    def _add_operation_internal(
        self, method: str, path: str, operation: Any, name: str | None = None
    ) -> None:
        for alias in paths(path):
            super()._add_operation_internal(method, alias, operation, name)
            # Starlette adds HEAD to GET; a method that the document does not have is refused.
            self.router.routes[-1].methods = {method.upper()}


class _Router(Router):
    """Starlette's, which tries one route after the other: a path without parameters is looked up
    before, as OpenAPI has it too (3.1.0, section 4.8.8.2)."""

    def __init__(self, default: ASGIApp) -> None:
        super().__init__(default=default, redirect_slashes=False)
        self._fixed: dict[tuple[str, str], ASGIApp] = {}

    def add(self, routes: Iterable[Route]) -> None:
        for route in routes:
            self.routes.append(route)
            if not route.param_convertors:
                for method in route.methods or ():
                    self._fixed.setdefault((method, route.path), route.app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._fixed.get((scope.get("method", ""), scope.get("path", "")))
        await (found or super().__call__)(scope, receive, send)


class _Routing(RoutingMiddleware):  # type: ignore[misc]
    """One flat list of routes. Connexion mounts an application per document, which loses the
    second of three on one base path and stops at a newline in a path."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
        self.router = _Router(RoutingOperation(None, app))

    def add_api(self, specification: Specification, **options: Any) -> None:
        api = _FlatRoutingAPI(specification, next_app=self.app, **options)
        self.router.add(api.router.routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Match the path as it is encoded; `dispatch` decodes its parameters."""
        if scope["type"] == "http":
            path = encoded_path(scope)
            if path != scope["path"]:
                scope = {**scope, "path": path}
        await super().__call__(scope, receive, send)


class _FlatMiddleware(RoutedMiddleware):  # type: ignore[misc]
    """One table of operations: of several documents Connexion asks one after the other, and each
    that has not what is looked for raises an exception."""

    def add_api(self, specification: Specification, **options: Any) -> Any:
        api = super().add_api(specification, **options)
        first, *others = self.apis[api.base_path]
        for other in others:
            first.operations |= other.operations
        return api


class _SecurityOperation(SecurityOperation):  # type: ignore[misc]
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.security:
            await self.verification_fn(Asked(scope))
        await self.next_app(scope, receive, send)


class _SecurityAPI(SecurityAPI):  # type: ignore[misc]
    def make_operation(self, operation: Any) -> SecurityOperation:
        return _SecurityOperation.from_operation(
            operation,
            next_app=self.next_app,
            security_handler_factory=self.security_handler_factory,
        )


class _Security(_FlatMiddleware, SecurityMiddleware):  # type: ignore[misc]
    api_cls = _SecurityAPI


class _OperationsAPI(RoutedAPI):  # type: ignore[misc]
    def __init__(self, specification: Specification, **options: Any) -> None:
        self.service = options.pop("service")
        super().__init__(specification, **options)
        self.add_paths()
        specification.schemas.rest()

    def make_operation(self, operation: Any) -> dispatch.Operation:
        path, method = operation.path, operation.method
        return dispatch.Operation(
            path,
            method,
            self.specification.get_operation(path, method),
            schemas=self.specification.schemas,
            secured=bool(operation.security),
            handler=operation.function,
            service=self.service,
        )


class _Operations(_FlatMiddleware):
    api_cls = _OperationsAPI


class Application(ConnexionMiddleware):  # type: ignore[misc]
    """The ASGI application: Connexion's routing, security and error handling around our dispatch.

    `fallback` answers the paths that no document has, each request is about one of the
    `scenarios`; `cors` says whether pages of other origins may ask, and `repeats` whether the very
    same request may be answered by what it was answered before.
    """

    def __init__(
        self, fallback: ASGIApp, scenarios: Scenarios, *, cors: bool, repeats: bool
    ) -> None:
        outermost = [partial(Repeats, version=scenarios.version)] * repeats
        outer = [*outermost, ServerErrorMiddleware] + [CrossOrigin] * cors
        inner = [ExceptionMiddleware, partial(Choice, scenarios=scenarios), _Routing]
        secured = scenarios.auth != OFF
        middlewares = outer + inner + [_Security] * secured
        super().__init__(_Operations(fallback), middlewares=middlewares)

    def add_document(
        self,
        document: Document,
        handlers: dict[str, Callable[..., Any]],
        security_map: dict[str, Any],
        service: dispatch.Service,
    ) -> None:
        """Serve the document's operations."""
        self.apis.append(
            API(
                Specification(document),
                base_path="",
                resolver=NamingRule(handlers),
                security_map=security_map,
                service=service,
            )
        )

    def build(self) -> None:
        """Build everything now, so that what is wrong stops the start and not a request."""
        self.app, self.middleware_stack = self._build_middleware_stack()
