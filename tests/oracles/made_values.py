"""Documents with one schema, and what is made for it."""

from __future__ import annotations

from typing import Any

from locum.generate.values import Values
from locum.openapi.schemas import Schemas

SCHEMA = ("components", "schemas", "Tested")


def values_of(schema: Any, others: dict[str, Any] | None = None, version: str = "3.1.0") -> Values:
    """The values of a document whose schema at SCHEMA is the one given; `others` are named beside
    it."""
    document = {
        "openapi": version,
        "info": {"title": "Tested", "version": "1"},
        "paths": {},
        "components": {"schemas": {"Tested": schema, **(others or {})}},
    }
    return Values(Schemas(document))


def made(schema: Any, others: dict[str, Any] | None = None, **options: Any) -> Any:
    """A value for the schema."""
    return values_of(schema, others).make(SCHEMA, b"seed", **options)
