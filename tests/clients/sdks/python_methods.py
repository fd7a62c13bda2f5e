"""Names the public methods of an installed LangSmith SDK for Python, those of its generated clients
by their resources: `Client.list_runs`, `Langsmith.threads.stats`. As a program it prints them as a
JSON list.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from typing import Any

import langsmith
from langsmith import AsyncClient, Client


def functions(of: type) -> Iterator[str]:
    """The methods of a class that are its own; `info` is a property that asks the server."""
    for name, member in inspect.getmembers(of):
        if not name.startswith("_") and (inspect.isfunction(member) or name == "info"):
            yield name


def resources(made: Any, path: str = "") -> Iterator[str]:
    """The methods of a generated client's resources, each with the resources on its way."""
    for name, member in inspect.getmembers(type(made)):
        if isinstance(member, cached_property) and not name.startswith("with_"):
            yield from resources(getattr(made, name), f"{path}{name}.")
        elif path and inspect.isfunction(member) and not name.startswith("_"):
            yield path + name


def methods() -> list[str]:
    """The names of all methods."""
    # 0.9.2 keeps its generated clients to itself.
    public = hasattr(langsmith, "Langsmith")
    generated = langsmith if public else import_module("langsmith._openapi_client")
    names = [f"{of.__name__}.{name}" for of in (Client, AsyncClient) for name in functions(of)]
    for of in (generated.Langsmith, generated.AsyncLangsmith):
        names += [f"{of.__name__}.{name}" for name in resources(of(api_key="none"))]
    return names


if __name__ == "__main__":
    sys.stdout.write(json.dumps(methods()))
