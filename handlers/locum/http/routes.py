"""Paths: which operation a request is for, and which provider a path belongs to that no document
has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from connexion.middleware.abstract import RoutedMiddleware
from connexion.middleware.routing import RoutingAPI, RoutingMiddleware, RoutingOperation
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from locum.exceptions import InvalidRequest, InvalidValue
from locum.http import PREFIX
from locum.http.context import RequestContext
from locum.http.parameters import name_in_route, parameter_of
from locum.provider import Provider

_PARAMETER = re.compile(r"{[^}]*}")


def shape(path: str) -> str:
    """Return the path template without the names of its parameters."""
    return _PARAMETER.sub("{}", path)


class ProviderOfPath:
    """The provider whose path a request is for, with its method, or with another. Where none has
    the path it is the one that has most of its segments, counted from the left; of several the
    first, and the first of all where none has any. HEAD is asked of who has it, else of who has
    GET."""

    def __init__(self, paths: Iterable[tuple[str, str, Provider]], first: Provider) -> None:
        """Take the method, template and provider of each path, and the first provider of all."""
        self._first = first
        own = [
            (method.lower(), shape(path).strip("/").split("/"), provider)
            for method, path, provider in paths
        ]
        self._paths = own + [
            ("head", path, whose) for method, path, whose in own if method == "get"
        ]

    @property
    def methods(self) -> dict[Provider, tuple[str, ...]]:
        """The methods of all paths of each provider, sorted."""
        found: dict[Provider, set[str]] = {}
        for method, _, provider in self._paths:
            found.setdefault(provider, set()).add(method.upper())
        return {provider: tuple(sorted(methods)) for provider, methods in found.items()}

    def __call__(self, path: str, method: str = "") -> Provider:
        """Return the provider of a path, as it is encoded."""
        segments = path.strip("/").split("/")

        def rank(entry: tuple[str, list[str], Provider]) -> tuple[bool, bool, int]:
            number = 0
            for template, segment in zip(entry[1], segments, strict=False):
                if template not in ("{}", segment):
                    break
                number += 1
            is_whole = number == len(segments) == len(entry[1])
            return is_whole and entry[0] == method.lower(), is_whole, number

        return max(self._paths, key=rank)[2] if self._paths else self._first


_ESCAPE = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_UNSAFE = re.compile(r"[^\w/{}:@!$&'()*+,;=~.%-]|%(?![0-9A-Fa-f]{2})", re.ASCII)


def encoded_template(template: str) -> str:
    """Return the path template with what cannot stand in a path encoded, as clients send it."""
    return _UNSAFE.sub(lambda found: quote(found[0], safe=""), template)


def encoded_path(scope: Scope) -> str:
    """The request's path in which only letters, digits and `-._~` of ASCII stand for themselves
    (RFC 3986, section 6.2.2.2): routes match it whatever its parameters hold, a slash included."""
    raw = scope.get("raw_path")
    path = raw.decode("latin-1") if raw else quote(scope["path"])
    if "%" not in path:
        return path
    return _ESCAPE.sub(lambda escapes: quote(unquote_to_bytes(escapes[0]), safe=""), path)


class FlatRoutingAPI(RoutingAPI):  # type: ignore[misc]  # Connexion ships no types
    """The routes of a document: each path, and the further ones by which clients call it. Any text
    stands for a parameter: whether it is a number, say, is for the operation to tell."""

    @staticmethod
    def _framework_path_and_name(_operation: Any, path: str) -> tuple[str, str]:
        return path, path

    def _add_operation_internal(
        self, method: str, path: str, operation: Any, name: str | None = None
    ) -> None:
        for each in (path, *self.specification.served.aliases[path, method.lower()]):
            own = _PARAMETER.sub(lambda name: f"{{{name_in_route(name[0][1:-1])}}}", each)
            for route in dict.fromkeys((own, encoded_template(own))):
                super()._add_operation_internal(method, route, operation, name)


def _rank(route: BaseRoute) -> tuple[list[bool], bool]:
    """Return for each segment of the route's path whether it holds a parameter, and whether the
    route is another than a document's own HEAD: Starlette answers HEAD wherever it answers GET."""
    is_own_head = getattr(route, "methods", None) == {"HEAD"}
    return ["{" in segment for segment in _segments(route)], not is_own_head


class RoutesByShape(Router):
    """Routes in their order, of which a request is matched with those alone that its path may be
    for: they have as many segments, and the same words where they have words."""

    def __init__(self, default: ASGIApp) -> None:
        """Take the application that answers what no route matches."""
        super().__init__(default=default, redirect_slashes=False)
        self._words: frozenset[str] = frozenset()
        self._routers: dict[tuple[str | None, ...], Router] = {}

    def add(self, routes: Iterable[BaseRoute]) -> None:
        """Add the routes, each in the place of its rank."""
        self.routes = sorted([*self.routes, *routes], key=_rank)  # stable
        segments = [segment for route in self.routes for segment in _segments(route)]
        self._words = frozenset(segment for segment in segments if "{" not in segment)
        self._routers.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request over to the route that is meant, else to the application of others."""
        words = self._words
        of_path = tuple([s if s in words else None for s in scope["path"].split("/")])
        router = self._routers.get(of_path) or self._router_of(of_path)
        await router.app(scope, receive, send)

    def _router_of(self, of_path: tuple[str | None, ...]) -> Router:
        """Return the router of the routes that a path of such segments may be for, None for any
        text, and keep it."""
        routes = [route for route in self.routes if _may_be(_segments(route), of_path)]
        router = Router(routes, default=self.default, redirect_slashes=False)
        if routes:  # else the path may be as long as it likes
            if len(self._routers) >= _MOST_KEPT:
                self._routers.clear()
            self._routers[of_path] = router
        return router


# Paths of different words, for as many as all routes have and some that make no difference.
_MOST_KEPT = 1_000


def _segments(route: BaseRoute) -> list[str]:
    return str(getattr(route, "path", "")).split("/")


def _may_be(template: list[str], of_path: tuple[str | None, ...]) -> bool:
    return len(template) == len(of_path) and all(
        "{" in own or own == segment for own, segment in zip(template, of_path, strict=True)
    )


# A segment with nothing in it, and what stands for that: encoded paths have none such.
_BETWEEN_SLASHES, _NOTHING = re.compile(r"(?<=/)(?=/)"), "\0"


def _raising(error: Exception) -> ASGIApp:
    """Return the application that raises the error."""

    async def application(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise error

    return application


class RoutingByEncodedPath(RoutingMiddleware):  # type: ignore[misc]
    """One flat list of routes. Connexion mounts an application per document, which loses the
    second of three on one base path and stops at a newline in a path. Of two routes that match, the
    one without parameters is meant (OpenAPI 3.1.0, section 4.8.8.2), else the one whose first
    parameter comes later (our choice)."""

    def __init__(
        self,
        app: ASGIApp,
        pages: ASGIApp,
        unmatched: Callable[[ASGIApp], ASGIApp],
        *,
        tells_empty: bool = False,
    ) -> None:
        """The pages are those of Locum's own, below PREFIX; `unmatched` wraps what answers a method
        that the path does not have. `tells_empty` has `/a//b` be a request for `/a/{x}/b` with
        nothing for the parameter, where no document has the path itself."""
        super().__init__(app)
        self.pages, self.unmatched, self.tells_empty = pages, unmatched, tells_empty
        self.router = RoutesByShape(RoutingOperation(None, app))

    def add_api(self, specification: Any, **options: Any) -> None:
        """Add the routes of a document."""
        api = FlatRoutingAPI(specification, next_app=self.app, **options)
        self.router.add(api.router.routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Match the path as it is encoded; the operation decodes its parameters. Raises what is
        wrong with the request's preferences, and InvalidRequest for an empty parameter."""
        if scope["type"] == "http":
            fault = RequestContext.of(scope).fault
            if fault is not None:
                raise fault
            path = encoded_path(scope)
            if f"{path}/".startswith(f"{PREFIX}/"):
                await self.pages(scope, receive, send)
                return
            if path != scope["path"]:
                scope = {**scope, "path": path}
            if self.tells_empty and "//" in path and not self._methods(scope):
                self._check_empty(scope)
        try:
            await super().__call__(scope, receive, send)
        except HTTPException as error:
            is_refused = error.status_code == HTTPStatus.METHOD_NOT_ALLOWED
            methods = self._methods(scope) if is_refused else []
            if not methods:
                raise
            refusal = HTTPException(405, headers={"Allow": ", ".join(methods)})
            await self.unmatched(_raising(refusal))(scope, receive, send)

    def _check_empty(self, scope: Scope) -> None:
        """Raise InvalidRequest where the path is one of a document's but for empty parameters."""
        filled = {**scope, "path": _BETWEEN_SLASHES.sub(_NOTHING, scope["path"])}
        for route in self.router.routes:
            match, found = route.matches(filled)
            if match is Match.FULL:
                given = found["path_params"]
                faults = tuple(
                    InvalidValue(("path", parameter_of(name)), "Field required", "missing")
                    for name, value in given.items()
                    if value == _NOTHING
                )
                if faults:
                    raise InvalidRequest(faults)

    def _methods(self, scope: Scope) -> list[str]:
        """Return the methods of the routes that match the path."""
        found = {
            method
            for route in self.router.routes
            if isinstance(route, Route) and route.matches(scope)[0] is not Match.NONE
            for method in route.methods or ()
        }
        return sorted(found)


class FlatMiddleware(RoutedMiddleware):  # type: ignore[misc]
    """One table of operations: of several documents Connexion asks one after the other, and each
    that has not what is looked for raises an exception."""

    def add_api(self, specification: Any, **options: Any) -> Any:
        """Add the operations of a document."""
        api = super().add_api(specification, **options)
        first, *others = self.apis[api.base_path]
        for other in others:
            first.operations |= other.operations
        return api
