"""Modules that are imported at the start and that serving never or hardly ever uses: put off until
somebody uses them.

A test client, HTTP clients and another HTTP server, a supervisor of processes, a regular expression
engine, archives, and what shows a web page would take a third of the time of all imports, and an
eighth of the server's memory. Others import them, Connexion most.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

# Each with what is imported from it by name: whoever uses that calls it, or only annotates with it.
_MODULES: dict[str, tuple[str, ...]] = {
    "asgiref.sync": ("async_to_sync",),
    "bz2": (),
    "configparser": ("RawConfigParser",),
    "ctypes": (),
    "difflib": ("get_close_matches",),
    "html": (),
    "http.client": (),
    "httpx": (),
    "iregexp_check": ("check",),
    "jinja2": (),
    "lzma": (),
    "pickle": (),
    "regex": (),
    "requests": (),
    "shutil": (),
    "starlette.staticfiles": ("StaticFiles",),
    "starlette.templating": ("Jinja2Templates",),
    "starlette.testclient": ("TestClient",),
    "tempfile": ("SpooledTemporaryFile",),
    "urllib.request": (),
    "uvicorn.supervisors": ("ChangeReload", "Multiprocess"),
    "werkzeug.serving": ("run_simple",),
    "werkzeug.test": ("Client",),
    "werkzeug.wrappers": ("Request", "Response"),
    "werkzeug.wsgi": ("ClosingIterator",),
    "zipfile": (),
}


class _PutOff(ModuleType):
    """Stands for a module of which only `import` was said; what is taken from it is the real
    module's, save what is imported by name before it may be loaded."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # the import machinery asks: there is nothing special
            raise AttributeError(name)
        is_still_put_off = sys.modules.get(self.__name__) is self
        if not (is_still_put_off and name in _MODULES[self.__name__]):
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
    stand_ins = {name: _PutOff(name) for name in _MODULES if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name, stand_in in stand_ins.items():
            package, _, own = name.rpartition(".")
            if package in sys.modules:  # whoever said `import a.b` says a.b when using it
                vars(sys.modules[package]).setdefault(own, stand_in)
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]
