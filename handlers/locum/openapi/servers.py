"""The prefixes of paths, from `servers`: a client whose base URL is https://api.example.com/v3 asks
for /v3/pets where the document says /pets."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Any
from urllib.parse import urlsplit

_VARIABLE = re.compile(r"{([^{}]*)}")
_MOST_WAYS = 100  # in which the variables of a URL are looked at


def prefixes(servers: Any) -> tuple[str, ...]:
    """Return the path of each server's URL, without the slash at its end; each once, and none that
    is empty. Variables have their defaults, and each value of their enums; a URL whose variables
    have none is left out."""
    found = (prefix for each in servers if isinstance(each, dict) for prefix in _prefixes(each))
    return tuple(dict.fromkeys(prefix for prefix in found if prefix))


def _prefixes(server: Mapping[str, Any]) -> Iterator[str]:
    variables = server.get("variables")
    known = variables if isinstance(variables, dict) else {}
    url = server["url"]
    names = list(dict.fromkeys(_VARIABLE.findall(url)))
    for values in islice(product(*(_values(known.get(name)) for name in names)), _MOST_WAYS):
        written = url
        for name, value in zip(names, values, strict=True):
            written = written.replace(f"{{{name}}}", value)
        yield _prefix(written)


def _values(variable: Any) -> list[str]:
    """Return the values of a variable, its default first."""
    if not isinstance(variable, dict) or "default" not in variable:
        return ["{}"]  # what stands for nothing
    enum = variable.get("enum")
    others = enum if isinstance(enum, list) else []
    return list(dict.fromkeys(map(str, [variable["default"], *others])))


def _prefix(url: str) -> str:
    try:
        path = urlsplit(url).path
    except ValueError:  # as with a bracket in its host
        return ""
    if "{" in path or "}" in path:
        return ""
    whole = posixpath.normpath(f"/{path}")
    return "" if whole.strip("/") in ("", ".") else "/" + whole.strip("/")
