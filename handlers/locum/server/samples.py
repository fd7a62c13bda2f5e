"""What the greeting tells of a document: how many operations are computed and how many generated,
which credential it takes, and a request that works when it is pasted."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from locum.openapi import documents
from locum.openapi.documents import operation_name
from locum.openapi.walk import resolve
from locum.provider import Sample

if TYPE_CHECKING:
    from locum.http.connexion_app import ServedDocument

ANY_KEY = "any-key"  # where every credential is taken

Definition = Mapping[str, Any]


def is_computed(served: ServedDocument) -> bool:
    """Whether no answer of the document is generated."""
    return _counts(served)["generated"] == 0


def line(served: ServedDocument) -> str:
    """Return the document's name, and how many of its operations are answered in which way."""
    counts = _counts(served)
    told = ", ".join(f"{count} {how}" for how, count in counts.items() if count)
    total = sum(counts.values())
    noun = "operation" if total == 1 else "operations"
    return f"document: {served.document.name} ({total} {noun}{f': {told}' if told else ''})"


def _counts(served: ServedDocument) -> dict[str, int]:
    counts = {"computed": 0, "generated": 0, "refused": 0}
    for operation in documents.operations(served.document):
        name, provider = operation_name(*operation), served.provider
        how = "computed" if name in provider.functions else "generated"
        counts["refused" if name in provider.refused else how] += 1
    return counts


def credential(served: ServedDocument) -> str:
    """Return which credential the document takes, where any value of it will do: '' where it takes
    none."""
    schemes = _schemes(served)
    places = dict.fromkeys(_place(scheme) for scheme in schemes.values())
    return f"any value as {' or '.join(filter(None, places))}" if any(places) else ""


def _schemes(served: ServedDocument) -> dict[str, Definition]:
    found = served.document.effective.get("components", {}).get("securitySchemes", {})
    return {name: scheme for name, scheme in found.items() if isinstance(scheme, dict)}


def _place(scheme: Definition) -> str:
    match scheme.get("type"), str(scheme.get("scheme")).lower():
        case "apiKey", _:
            return f"{scheme.get('name')} ({scheme.get('in')})"
        case "http", "basic":
            return "Authorization: Basic"
        case (("http" | "oauth2" | "openIdConnect"), _):
            return "Authorization: Bearer"
    return ""


def first_get(served: ServedDocument, key: str) -> Sample | None:
    """Return a request of the first GET operation that has a success and needs no value of the
    caller's, else of the one that needs fewest, with values as its document shows them; None where
    it has no GET."""
    found = [
        (path, definition)
        for path, method, definition in documents.operations(served.document)
        if method == "get" and operation_name(path, method, definition) not in _refused(served)
    ]
    if not found:
        return None
    path, definition = min(
        found, key=lambda each: (not _has_success(each[1]), len(list(_needed(each[1]))))
    )
    return request(served, path, definition, key)


def request(served: ServedDocument, path: str, definition: Definition, key: str) -> Sample:
    """Return a GET request of an operation: with the key as the operation wants it, and a value for
    each parameter that it needs."""
    query, headers = _credential(served, definition, key)
    for parameter in _needed(definition):
        value = _value(served, parameter)
        match parameter["in"]:
            case "path":
                path = path.replace(f"{{{parameter['name']}}}", quote(value, safe=""))
            case "query":
                query[parameter["name"]] = value
            case "header":
                headers[parameter["name"]] = value
    return Sample(f"{path}?{urlencode(query)}" if query else path, headers)


def _has_success(definition: Definition) -> bool:
    statuses = map(str, definition.get("responses", ()))
    return any(status.startswith("2") or status == "default" for status in statuses)


def _refused(served: ServedDocument) -> Iterable[str]:
    return served.provider.refused


def needs_values(definition: Definition) -> bool:
    """Whether the operation has a parameter that a request must give."""
    return any(_needed(definition))


def _needed(definition: Definition) -> Iterator[Definition]:
    for parameter in definition.get("parameters", ()):
        if parameter.get("required"):
            yield parameter


def _value(served: ServedDocument, parameter: Definition) -> str:
    """A value that the document shows for the parameter, else one of its type."""
    schema = parameter.get("schema", {})
    if isinstance(schema, dict) and "$ref" in schema:
        schema = resolve(served.document.effective, schema["$ref"])
    shown = [parameter.get("example")]
    shown += (
        each.get("value") for each in parameter.get("examples", {}).values() if "value" in each
    )
    if isinstance(schema, dict):
        shown += [schema.get("example"), schema.get("default"), *schema.get("examples", ())]
        shown += schema.get("enum", ())
        shown += [1] if schema.get("type") in ("integer", "number") else []
    return str(next((each for each in shown if each is not None), "example"))


def _credential(
    served: ServedDocument, definition: Definition, key: str
) -> tuple[dict[str, str], dict[str, str]]:
    """The query parameters and headers that present the key as the operation wants it."""
    effective, schemes = served.document.effective, _schemes(served)
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    security = definition.get("security", effective.get("security", ()))
    for name in min(security or [{}], key=len):
        scheme = schemes.get(name, {})
        match scheme.get("type"), scheme.get("in"):
            case "apiKey", "query":
                query[scheme["name"]] = key
            case "apiKey", "cookie":
                headers["Cookie"] = f"{scheme['name']}={key}"
            case "apiKey", _:
                headers[scheme["name"]] = key
            case _ if str(scheme.get("scheme")).lower() == "basic":
                text = base64.b64encode(f"{key}:".encode()).decode()
                headers["Authorization"] = f"Basic {text}"
            case _:
                headers["Authorization"] = f"Bearer {key}"
    return query, headers
