"""The prefixes of paths, from `servers`: a client whose base URL is https://api.example.com/v1 asks
for /v1/users where the document says /users."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

_VARIABLE = re.compile(r"{([^{}]*)}")


def prefixes(servers: Any) -> tuple[str, ...]:
    """Return the path of each server's URL, without the slash at its end; each once, and none that
    is empty. Variables have their defaults; a URL whose variables have none is left out."""
    found = (_prefix(server) for server in servers if isinstance(server, dict))
    return tuple(dict.fromkeys(prefix for prefix in found if prefix))


def _prefix(server: Mapping[str, Any]) -> str:
    variables = server.get("variables")
    known = variables if isinstance(variables, dict) else {}

    def value(match: re.Match[str]) -> str:
        variable = known.get(match[1])
        default = variable.get("default") if isinstance(variable, dict) else None
        return match[0] if default is None else str(default)

    try:
        path = urlsplit(_VARIABLE.sub(value, server["url"])).path
    except ValueError:  # as with a bracket in its host
        return ""
    if "{" in path or "}" in path:
        return ""
    whole = posixpath.normpath(f"/{path}")
    return "" if whole.strip("/") in ("", ".") else "/" + whole.strip("/")
