"""A provider's code: imported from a path, and called while it is loaded. What it raises stops the
start, with its place.
"""

from __future__ import annotations

import importlib
import inspect
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

from attrs import frozen

from locum.exceptions import ProviderError, StartError
from locum.openapi.checks import identifier, is_ignored

_AT_PATH = "locum_provider_"  # begins the names of packages that are imported from a path

_HERE = Path(__file__).parent
_NOT_ITS_OWN = (_HERE, Path(importlib.__file__ or "").parent)


@contextmanager
def called(what: str) -> Iterator[None]:
    """Call a provider's code, for `what`, in the body of the `with` statement.

    Raises ProviderError for whatever that raises, SystemExit too, naming the file and line in the
    provider, and the exception.
    """
    try:
        yield
    except StartError:
        raise
    except (Exception, SystemExit) as error:
        message = " ".join(f"{type(error).__name__}: {error}".split())
        raise ProviderError(f"{what}: {_place(error)}{message}", "mend the provider") from error


def _place(error: BaseException) -> str:
    """Return file and line of the innermost call in the folder of the first file that is neither
    Locum's nor Python's machinery of imports; '' where there is none."""
    frames = [
        (Path(frame.filename), frame.lineno)
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<")
        and not any(Path(frame.filename).is_relative_to(folder) for folder in _NOT_ITS_OWN)
    ]
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}: "
    if not frames:
        return ""
    folder = frames[0][0].parent
    file, line = [frame for frame in frames if frame[0].is_relative_to(folder)][-1]
    return f"{file}:{line}: "


def import_file(file: Path) -> ModuleType:
    """Import a Python file as a module of a package that is its folder, so that those in it can
    import each other by relative imports."""
    folder = file.resolve().parent
    package = f"{_AT_PATH}{folder.name}_{sha256(bytes(folder)).hexdigest()[:8]}"
    if package not in sys.modules:
        sys.modules[package] = ModuleType(package)
        sys.modules[package].__path__ = [str(folder)]
    return importlib.import_module(f"{package}.{file.stem}")


@contextmanager
def imported_anew() -> Iterator[None]:
    """Import the code at paths anew in the body of the `with` statement; where that raises, what
    was imported before stays."""
    before = {name: sys.modules.pop(name) for name in _at_paths()}
    importlib.invalidate_caches()
    try:
        yield
    except BaseException:
        for name in _at_paths():
            del sys.modules[name]
        sys.modules.update(before)
        raise


def _at_paths() -> list[str]:
    return [name for name in list(sys.modules) if name.startswith(_AT_PATH)]


@frozen
class Late:
    """The function of that name in a module that is imported when it is first called: which most
    servers never do."""

    module: str
    name: str

    @property
    def function(self) -> Callable[..., Any]:
        """The function itself."""
        found: Callable[..., Any] = getattr(importlib.import_module(self.module), self.name)
        return found

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Do what it does."""
        return self.function(*arguments, **named)


def fault_of(handler: Callable[..., Any], definition: Mapping[str, Any]) -> str | None:
    """Return why the handler cannot be called for the operation, None where it can."""
    if not callable(handler):
        return f"is {handler!r:.80}, no function"
    title = getattr(handler, "__qualname__", repr(handler))
    if any(map(inspect.iscoroutinefunction, (handler, type(handler).__call__))):
        return f"is async: async def {title}"
    parameters = (each for each in definition.get("parameters", ()) if not is_ignored(each))
    names = [identifier(parameter["name"]) for parameter in parameters]
    names += ["body"] if "requestBody" in definition else []
    try:
        signature = inspect.signature(handler)
    except ValueError:  # a function written in C may have none
        return None
    try:
        signature.bind(None, None, **dict.fromkeys(names))
    except TypeError as error:
        return f"cannot be called: {title}{signature}: {error}"
    return None
