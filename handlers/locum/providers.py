"""The providers of a run: the bundled ones, installed ones, and those from a folder or file."""

from __future__ import annotations

import importlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from locum.datasets.columns import KEYS, Columns
from locum.engine.tables import KEYS_TABLE, Table
from locum.exceptions import ProviderError, did_you_mean
from locum.openapi.documents import Document
from locum.provider import Provider
from locum.provider_code import called, import_file

# The one place outside their folders that names them.
_BUNDLED = ("locum.langsmith", "locum.helicone")
GROUP = "locum.providers"  # of entry points; each names a Provider, or a module that holds one


@cache
def bundled() -> tuple[Provider, ...]:
    """Return the providers that come with Locum, whose worlds the bundled datasets are."""
    return tuple(_only(importlib.import_module(name), name) for name in _BUNDLED)


def names() -> list[str]:
    """Return the names of the bundled and the installed providers, of which none is loaded."""
    return [name.rpartition(".")[2] for name in _BUNDLED] + [point.name for point in _points()]


def _points() -> list[EntryPoint]:
    return sorted(entry_points(group=GROUP), key=lambda point: point.name)


@cache
def installed() -> tuple[Provider, ...]:
    """Return the bundled providers, and those that other packages bring as entry points.

    Raises ProviderError for an entry point that leads to no provider or to one of another name, and
    for two of one name.
    """
    return _distinct([*bundled(), *map(_brought, _points())])


@cache
def _brought(point: EntryPoint) -> Provider:
    package = point.dist.name if point.dist else "that brings it"
    where = f"the provider {point.name} ({point.value})"
    mend = f"mend or uninstall the package {package}, or name other providers with --provider"
    try:
        with called(f"{where} cannot be loaded from the package {package}"):
            loaded = point.load()
        found = loaded if isinstance(loaded, Provider) else _only(loaded, where)
    except ProviderError as error:
        raise ProviderError(error.message, mend) from error.__cause__
    if found.name != point.name:  # by which it is chosen before it is loaded
        raise ProviderError(f"{where} is named {found.name}: expected one name", mend)
    return found


def chosen(names_or_paths: Sequence[str] = ()) -> tuple[Provider, ...]:
    """Return the providers to serve: those that are named, and where none is all that are
    installed; beside them the one at each path, a folder or a Python file, which may be named too.
    Others are not loaded.

    Raises ProviderError for what is neither.
    """
    by_name, at_paths = _named(names_or_paths)
    found = _distinct([*(by_name or installed()), *at_paths])
    for provider in found:
        _check(provider)
    return found


def foreign(document: Document, taken: Collection[str] = ()) -> Provider:
    """Return a provider of the document's own, for one that belongs to no other: named by its
    file's stem in lower case, with what is no letter, digit or - as one -, and a number behind it
    where that name is taken; without handlers or tables."""
    stem = re.sub(r"[^a-z0-9]+", "-", document.path.stem.lower()).strip("-") or "document"
    further = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    name = next(each for each in (stem, *further) if each not in taken)
    title = document.effective.get("info", {}).get("title") or name
    return Provider(name=name, title=str(title), documents=(document.path,))


def named(names_or_paths: Sequence[str]) -> frozenset[str]:
    """Return the names of the providers that these name or lead to."""
    by_name, at_paths = _named(names_or_paths)
    return frozenset(provider.name for provider in (*by_name, *at_paths))


def _named(names_or_paths: Sequence[str]) -> tuple[list[Provider], list[Provider]]:
    """Return the providers that are meant by their names, and those at paths."""
    by_name = {provider.name: provider for provider in bundled()}
    points = {point.name: point for point in _points() if point.name in names_or_paths}
    by_name = {name: _brought(point) for name, point in points.items()} | by_name
    at_paths = [at_path(each) for each in names_or_paths if _is_path(each)]
    by_name = {provider.name: provider for provider in at_paths} | by_name
    others = [each for each in names_or_paths if not _is_path(each)]
    by_names = [by_name[each] for each in others if each in by_name]
    # Who names a folder beside, without a separator, means it where nothing has its name.
    at_paths += [at_path(each) for each in others if each not in by_name]
    return by_names, at_paths


def _is_path(text: str) -> bool:
    return Path(text).name != text or text.endswith(".py")


def _check(provider: Provider) -> None:
    for name in provider.counted:
        if name not in provider.tables:
            raise ProviderError(
                f"{provider.name} counts the table {name}, which it does not declare",
                f"name one of its tables: {', '.join(provider.tables) or 'it has none'}",
            )
    for name, table in provider.tables.items():
        for column in sorted(table.constraints.columns - table.columns.keys()):
            raise ProviderError(
                f"{provider.name} names the column {column} in the constraints of {name}, which "
                f"has none of that name{did_you_mean(column, table.columns)}",
                f"name its columns: {', '.join(table.columns)}",
            )


def at_path(path: str) -> Provider:
    """Load the provider that a folder or a Python file holds.

    A folder holds it in `__init__.py`, else in `provider.py`; its modules import each other by
    relative imports (`from .sales import …`). Raises ProviderError where there is none, or more
    than one.
    """
    place = Path(path)
    files = (place / "__init__.py", place / "provider.py", place)
    file = next((file for file in files if file.is_file()), None)
    if file is None or file.suffix != ".py":
        if place.is_dir():
            what = "the folder has neither __init__.py nor provider.py"
        else:
            what = f"neither a name nor a folder or Python file{did_you_mean(path, names())}"
        raise ProviderError(
            f"no provider {path!r}: {what}",
            f"name one of {', '.join(names())}, a folder with __init__.py or provider.py, or a "
            "Python file",
        )
    with called(f"the provider {path}"):
        module = import_file(file)
    return _only(module, path)


def code_at_paths(names_or_paths: Iterable[str]) -> tuple[set[Path], set[Path]]:
    """Return the files and the folders that hold the code of those that are paths: all of a folder,
    and of a file what its folder has beside it."""
    places = [Path(each) for each in names_or_paths if _is_path(each) or each not in names()]
    beside = {file for place in places if place.is_file() for file in place.parent.glob("*.py")}
    folders = {place for place in places if place.is_dir()}
    return beside.union(places) - folders, folders


def _only(module: ModuleType, where: str) -> Provider:
    """Return what the module calls PROVIDER, else the only provider in it."""
    declared = getattr(module, "PROVIDER", None)
    if isinstance(declared, Provider):
        return declared
    found = {id(value): value for value in vars(module).values() if isinstance(value, Provider)}
    if len(found) != 1:
        raise ProviderError(
            f"{where} holds {len(found)} providers, expected one",
            "define PROVIDER = locum.Provider(…) in it",
        )
    return next(iter(found.values()))


def _distinct(providers: Iterable[Provider]) -> tuple[Provider, ...]:
    by_name: dict[str, Provider] = {}
    for provider in providers:
        if by_name.setdefault(provider.name, provider) is not provider:
            raise ProviderError(
                f"two providers are named {provider.name}", "give one of them another name"
            )
    return tuple(by_name.values())


def declared(providers: Iterable[Provider]) -> dict[str, Table]:
    """Return every table that a dataset may have for these providers, by name, `keys` first."""
    tables = {KEYS: KEYS_TABLE}
    for provider in providers:
        for name, table in provider.tables.items():
            if tables.setdefault(name, table) is not table:
                raise ProviderError(
                    f"the table {name} of {provider.name} is another provider's too",
                    f"name it {provider.name}/…",
                )
    return tables


def columns(providers: Iterable[Provider]) -> Mapping[str, Columns]:
    """Return the columns of every table that a dataset may have for these providers."""
    return {name: table.columns for name, table in declared(providers).items()}
