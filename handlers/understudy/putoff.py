"""Modules that Connexion imports and serving never uses: put off until somebody uses them.

Its test client, two HTTP clients for fetching remote schemas and tokens, and what shows a web page
are a third of the time that the server takes to start, and a tenth of its memory.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

# Each with the class that is imported from it by name, and called by whoever uses that.
_MODULES = {
    "httpx": None,
    "jinja2": None,
    "requests": None,
    "starlette.staticfiles": "StaticFiles",
    "starlette.templating": "Jinja2Templates",
    "starlette.testclient": "TestClient",
}


class _PutOff(ModuleType):
    """Stands for a module of which only `import` was said; what is taken from it is the real
    module's."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # the import machinery asks: there is nothing special
            raise AttributeError(name)
        if name != _MODULES[self.__name__]:
            return self._real(name)

        def call(*args: Any, **named: Any) -> Any:
            return self._real(name)(*args, **named)

        return call

    def _real(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def put_off() -> Iterator[None]:
    """Imports in this context do not load those modules; imports after it do."""
    absent = [name for name in _MODULES if name not in sys.modules]
    sys.modules.update({name: _PutOff(name) for name in absent})
    try:
        yield
    finally:
        for name in absent:
            if isinstance(sys.modules.get(name), _PutOff):
                del sys.modules[name]
