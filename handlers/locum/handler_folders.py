"""The folders of `--handlers`: Python modules whose public functions compute operations, each that
whose name it has. All other operations stay as they are.

An operation's function is named as its operationId, where what no Python name holds is `_`; else as
that in snake_case: `getOrderStats` is computed by `getOrderStats` or `get_order_stats`. One without
an operationId is named by its method and path: `GET /items/{id}` is `get_items_id`. The first
folder counts, and in it the first module by name. Modules whose names begin with `_` or `test_`,
and conftest, are none of these; nor are functions whose names begin with `_`, or that are imported.
"""

from __future__ import annotations

import inspect
import keyword
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from locum.datasets.findings import Finding
from locum.exceptions import ProviderError, did_you_mean
from locum.openapi import documents
from locum.openapi.checks import identifier
from locum.openapi.documents import Document, operation_name
from locum.provider import Handler
from locum.provider_code import called, fault_of, import_file

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_FIX = "define it as def {}(data, tenant, …), with each documented parameter, and body, by name"


@frozen
class Function:
    """A public function of a module: its name, itself, and where it is defined."""

    name: str
    handler: Handler
    file: Path
    line: int


@frozen
class _Operation:
    name: str
    path: str
    method: str
    definition: Mapping[str, Any]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its function, the first one first."""
        return names_of(self.path, self.method, self.definition)


def names_of(path: str, method: str, definition: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of a function that computes the operation, the first one first."""
    given = definition.get("operationId")
    if not given:
        return (identifier(f"{method} {path}"),)
    exact = _python(given)
    return exact, _python(_HUMP.sub("_", exact).lower())


def _python(name: str) -> str:
    written = re.sub(r"\W+", "_", name).strip("_")
    return f"{written}_" if keyword.iskeyword(written) else written


def functions(folders: Iterable[Path]) -> list[Function]:
    """Import the modules of the folders, and return their public functions in order.

    Raises ProviderError for what is no folder or has no module, and for a module that cannot be
    imported, with its place.
    """
    found: list[Function] = []
    for folder in folders:
        files = [file for file in sorted(folder.glob("*.py")) if _is_ours(file)]
        if not files:
            what = "has no Python module" if folder.is_dir() else "is no folder"
            raise ProviderError(f"the handlers {folder}: it {what}", "name a folder of modules")
        for file in files:
            with called(f"the handlers {file}"):
                module = import_file(file)
            public = [(name, each) for name, each in vars(module).items() if name[0] != "_"]
            found += (
                Function(name, each, file, inspect.unwrap(each).__code__.co_firstlineno)
                for name, each in public
                if inspect.isfunction(each) and each.__module__ == module.__name__
            )
    return found


def _is_ours(file: Path) -> bool:
    return not file.name.startswith(("_", "test_")) and file.stem != "conftest"


def handlers(
    found: Sequence[Function], read: Sequence[Document]
) -> tuple[list[dict[str, Handler]], list[Finding]]:
    """Return for each document the functions that compute its operations, by the operations' names,
    and doubts: a function that computes none, or what another one computes already.

    Raises ProviderError for a function that cannot be called for its operation.
    """
    by_name: dict[str, Function] = {}
    doubts = []
    for function in found:
        first = by_name.setdefault(function.name, function)
        if first is not function:
            message = f"the function {function.name} is not used: {first.file} has one before it"
            doubts.append(_doubt(function, message, "leave one of the two out"))
    chosen = [dict(_chosen(by_name, document)) for document in read]
    used = {function.name for each in chosen for function in each.values()}
    known = [name for each in read for operation in _operations(each) for name in operation.names]
    for name in by_name.keys() - used:
        message = f"the function {name} computes no operation{did_you_mean(name, known)}"
        fix = "name it as an operation, or let its name begin with _"
        doubts.append(_doubt(by_name[name], message, fix))
    doubts.sort(key=lambda doubt: (doubt.file, doubt.row or 0))
    return [{name: each.handler for name, each in one.items()} for one in chosen], doubts


def _operations(document: Document) -> list[_Operation]:
    return [_Operation(operation_name(*each), *each) for each in documents.operations(document)]


def _chosen(by_name: Mapping[str, Function], document: Document) -> Iterator[tuple[str, Function]]:
    """Give each operation that is computed, and its function. A name that is one operation's as it
    stands is no other's in snake_case."""
    operations = _operations(document)
    exact = {operation.names[0] for operation in operations}
    for operation in operations:
        first, *others = operation.names
        names = [first, *(name for name in others if name not in exact)]
        function = next((by_name[name] for name in names if name in by_name), None)
        if function is not None:
            if fault := fault_of(function.handler, operation.definition):
                where = f"{operation.method.upper()} {operation.path} ({operation.name})"
                raise ProviderError(
                    f"{function.file}:{function.line}: the handler of {where} {fault}",
                    _FIX.format(function.name),
                )
            yield operation.name, function


def _doubt(function: Function, message: str, fix: str) -> Finding:
    return Finding(function.file, message, fix, function.line, is_error=False)
