"""What Locum uses of Connexion beyond its documented surface: if an update takes one of these
away, this says which."""

from __future__ import annotations

import asyncio
import inspect
from types import SimpleNamespace
from typing import Any

import pytest
from connexion.middleware import ConnexionMiddleware
from connexion.middleware.abstract import RoutedAPI, RoutedMiddleware
from connexion.middleware.main import API
from connexion.middleware.routing import RoutingAPI, RoutingMiddleware, RoutingOperation
from connexion.middleware.security import SecurityAPI, SecurityMiddleware, SecurityOperation
from connexion.operations import AbstractOperation
from connexion.security import NO_VALUE, AbstractSecurityHandler, SecurityHandlerFactory
from connexion.spec import OpenAPISpecification


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (ConnexionMiddleware, "_build_middleware_stack"),
        (RoutedAPI, "add_paths"),
        (RoutedAPI, "make_operation"),
        (RoutedMiddleware, "add_api"),
        (RoutedMiddleware(None), "apis"),
        (RoutingAPI, "_add_operation_internal"),
        (RoutingAPI, "_framework_path_and_name"),
        (RoutingMiddleware, "add_api"),
        (SecurityAPI, "make_operation"),
        (SecurityMiddleware, "api_cls"),
        (AbstractOperation, "security"),
        (AbstractOperation, "security_schemes"),
        (AbstractSecurityHandler, "get_fn"),
        (OpenAPISpecification, "get_operation"),
        (OpenAPISpecification, "operation_cls"),
    ],
)
def test_connexion_has(owner: object, name: str) -> None:
    assert hasattr(owner, name)


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (ConnexionMiddleware.__init__, {"app", "middlewares"}),
        (API.__init__, {"specification", "base_path"}),
        (RoutedAPI.__init__, {"specification", "next_app"}),
        (RoutingAPI._add_operation_internal, {"method", "path", "operation", "name"}),
        (RoutingAPI._framework_path_and_name, {"operation", "path"}),
        (RoutingOperation.__init__, {"operation_id", "next_app"}),
        (
            SecurityOperation.__init__,
            {"next_app", "security_handler_factory", "security", "security_schemes"},
        ),
    ],
)
def test_connexion_takes(function: Any, names: set[str]) -> None:
    assert names <= set(inspect.signature(function).parameters)


def test_operations_are_tables() -> None:
    """Those of one document are in one, which takes those of another."""
    api = RoutedAPI(SimpleNamespace(base_path=""), next_app=None)
    assert api.operations == {}


def test_routing_asks_its_router() -> None:
    application = object()
    assert isinstance(RoutingMiddleware(application).router.default, RoutingOperation)


def test_security_asks_a_function_about_a_request_and_goes_on() -> None:
    """Which needs no more of the request than a place to note who asks."""
    application = object()
    operation = SecurityOperation(
        application,
        security_handler_factory=SecurityHandlerFactory({}),
        security=[{}],
        security_schemes={},
    )
    assert (operation.security, operation.next_app) == ([{}], application)
    request = SimpleNamespace(context={})
    asyncio.run(operation.verification_fn(request))
    assert request.context["token_info"] == {}


def test_no_value_is_a_sentinel() -> None:
    assert NO_VALUE is not None
