"""Names of security schemes as OpenAPI allows them.

A component's name is made of A-Z a-z 0-9 . _ - (https://spec.openapis.org/oas/v3.1.0, Components
Object). The server takes any; generators of clients refuse others, as orval 8 does.
"""

from __future__ import annotations

import re
from typing import Any

from locum.openapi.walk import METHODS, json_copy, path_items

_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9._-]")


def allowed(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with what a name may not hold taken out of those of its security schemes,
    as `APIKey` for `API Key`; the same one where nothing is. A name that another has then stays."""
    schemes = document.get("components", {}).get("securitySchemes", {})
    names = {name: _NOT_ALLOWED.sub("", name) for name in schemes}
    names = {old: new for old, new in names.items() if new and new not in schemes}
    if not names or len(set(names.values())) < len(names):
        return document
    copy: dict[str, Any] = json_copy(document)
    _rename(copy["components"]["securitySchemes"], names)
    operations = (
        item[method] for _, item in path_items(copy) for method in item if method in METHODS
    )
    for holder in (copy, *operations):
        for requirement in holder.get("security", ()):
            _rename(requirement, names)
    return copy


def _rename(named: dict[str, Any], names: dict[str, str]) -> None:
    renamed = {names.get(name, name): value for name, value in named.items()}
    named.clear()
    named.update(renamed)
