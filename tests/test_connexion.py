"""What Understudy uses of Connexion beyond its documented surface: if an update takes one of these
away, this says which."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from connexion.middleware import ConnexionMiddleware
from connexion.middleware.abstract import RoutedAPI, RoutedMiddleware
from connexion.middleware.main import API
from connexion.middleware.routing import RoutingAPI, RoutingMiddleware
from connexion.security import NO_VALUE, AbstractSecurityHandler
from connexion.spec import OpenAPISpecification


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (ConnexionMiddleware, "_build_middleware_stack"),
        (RoutedAPI, "add_paths"),
        (RoutedAPI, "make_operation"),
        (RoutedMiddleware, "add_api"),
        (RoutingAPI, "_add_operation_internal"),
        (RoutingMiddleware, "add_api"),
        (AbstractSecurityHandler, "get_fn"),
        (OpenAPISpecification, "get_operation"),
        (OpenAPISpecification, "operation_cls"),
    ],
)
def test_connexion_has(owner: type, name: str) -> None:
    assert hasattr(owner, name)


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (ConnexionMiddleware.__init__, {"app", "middlewares"}),
        (API.__init__, {"specification", "base_path"}),
        (RoutedAPI.__init__, {"specification", "next_app"}),
        (RoutingAPI._add_operation_internal, {"method", "path", "operation", "name"}),
    ],
)
def test_connexion_takes(function: Any, names: set[str]) -> None:
    assert names <= set(inspect.signature(function).parameters)


def test_no_value_is_a_sentinel() -> None:
    assert NO_VALUE is not None
