"""The providers of a run: the bundled ones, installed ones, and those from a folder or file."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from locum.datasets.columns import KEYS, Columns
from locum.engine.tables import KEYS_TABLE, Table
from locum.exceptions import StartError
from locum.provider import Provider

# The one place outside their folders that names them.
_BUNDLED = ("locum.langsmith", "locum.helicone")
GROUP = "locum.providers"  # of entry points; each names a Provider, or a module that holds one


@cache
def bundled() -> tuple[Provider, ...]:
    """Return the providers that come with Locum, whose worlds the bundled datasets are."""
    return tuple(_only(importlib.import_module(name), name) for name in _BUNDLED)


@cache
def installed() -> tuple[Provider, ...]:
    """Return the bundled providers, and those that other packages bring as entry points.

    Raises StartError for an entry point that leads to no provider, and for two of one name.
    """
    found = [*bundled()]
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            loaded = point.load()
        except (ImportError, AttributeError) as error:
            raise StartError(
                f"the provider {point.name} ({point.value}) cannot be loaded: {error}",
                f"mend or uninstall the package that brings it (entry points of {GROUP})",
            ) from None
        found.append(loaded if isinstance(loaded, Provider) else _only(loaded, point.value))
    return _distinct(found)


def chosen(names_or_paths: Sequence[str] = ()) -> tuple[Provider, ...]:
    """Return the providers to serve: of the installed ones those that are named, all where none is;
    and beside them the one at each path, a folder or a Python file.

    Raises StartError for what is neither.
    """
    by_name = {provider.name: provider for provider in installed()}
    named = [by_name[each] for each in names_or_paths if each in by_name]
    paths = [each for each in names_or_paths if each not in by_name]
    return _distinct([*(named or installed()), *map(at_path, paths)])


def at_path(path: str) -> Provider:
    """Load the provider that a folder or a Python file holds.

    A folder holds it in `__init__.py`, else in `provider.py`; its modules import each other by
    relative imports (`from .sales import …`). Raises StartError where there is none, or more than
    one.
    """
    place = Path(path)
    files = (place / "__init__.py", place / "provider.py", place)
    file = next((file for file in files if file.is_file()), None)
    if file is None or file.suffix != ".py":
        names = ", ".join(provider.name for provider in installed())
        raise StartError(
            f"no provider {path!r}: neither a name nor a folder or Python file",
            f"name one of {names}, or a folder with __init__.py or provider.py",
        )
    folder = file.resolve().parent
    package = f"locum_provider_{folder.name}_{sha256(bytes(folder)).hexdigest()[:8]}"
    if package not in sys.modules:  # the folder, so that its modules can import each other
        sys.modules[package] = ModuleType(package)
        sys.modules[package].__path__ = [str(folder)]
    try:
        return _only(importlib.import_module(f"{package}.{file.stem}"), path)
    except (ImportError, SyntaxError, TypeError, NameError, AttributeError, OSError) as error:
        raise StartError(f"{file}: {type(error).__name__}: {error}", "mend the provider") from error


def _only(module: ModuleType, where: str) -> Provider:
    found = {id(value): value for value in vars(module).values() if isinstance(value, Provider)}
    if len(found) != 1:
        raise StartError(
            f"{where} holds {len(found)} providers, expected one",
            "define PROVIDER = locum.Provider(…) in it",
        )
    return next(iter(found.values()))


def _distinct(providers: Iterable[Provider]) -> tuple[Provider, ...]:
    by_name: dict[str, Provider] = {}
    for provider in providers:
        if by_name.setdefault(provider.name, provider) is not provider:
            raise StartError(
                f"two providers are named {provider.name}", "give one of them another name"
            )
    return tuple(by_name.values())


def declared(providers: Iterable[Provider]) -> dict[str, Table]:
    """Return every table that a dataset may have for these providers, by name, `keys` first."""
    tables = {KEYS: KEYS_TABLE}
    for provider in providers:
        for name, table in provider.tables.items():
            if tables.setdefault(name, table) is not table:
                raise StartError(
                    f"the table {name} of {provider.name} is another provider's too",
                    f"name it {provider.name}/…",
                )
    return tables


def columns(providers: Iterable[Provider]) -> Mapping[str, Columns]:
    """Return the columns of every table that a dataset may have for these providers."""
    return {name: table.columns for name, table in declared(providers).items()}
