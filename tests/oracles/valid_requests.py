"""One valid request for an operation of anybody's document, as bytes on a connection: parameters by
style, a body by media type, credentials by security scheme. None of it is Locum's code."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from attrs import define, field, frozen

from tests.oracles.foreign_documents import ForeignDocument, Operation
from tests.oracles.valid_values import Unmakeable, examples_of, valid_value

JSON, FORM, MULTIPART = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
)
_ANY = ("*/*", "application/*")
_BOUNDARY = "a-boundary-of-the-judge"
_BY_THE_MESSAGE = {"accept", "content-type", "authorization"}  # OpenAPI ignores these as parameters


@frozen
class Request:
    """What is sent."""

    method: str
    target: str  # path and query
    headers: Mapping[str, str]
    body: bytes | None
    value: Any = None  # of the body, before it was written

    def wire(self, host: str, **more: str) -> bytes:
        """The request in HTTP/1.1, with further headers."""
        headers = {"Host": host, **self.headers, **more}
        if self.body is not None or self.method in ("POST", "PUT", "PATCH"):
            headers["Content-Length"] = str(len(self.body or b""))
        lines = [f"{self.method} {self.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + (self.body or b"")


def valid_request(
    document: ForeignDocument,
    operation: Operation,
    *,
    credential: str,
    optional: bool = False,
    path_values: Mapping[str, Any] | None = None,
    body: Any = None,
) -> Request:
    """With the required parameters, or with the optional ones too. `path_values` and `body` are
    taken as they are. Raises Unmakeable."""
    parts = _Parts(operation.path)
    for parameter in operation.parameters:
        where, name = parameter["in"], parameter["name"]
        if where == "header" and name.lower() in _BY_THE_MESSAGE:
            continue
        if where == "path" or parameter.get("required") or optional:
            given = (path_values or {}).get(name) if where == "path" else None
            value = parameter_value(document, parameter) if given is None else given
            parts.add(parameter, value)
    for where, name, text in credentials(document, operation, credential):
        parts.add_text(where, name, text)
    value, written = None, None
    if "requestBody" in operation.definition:
        media_type, value, written = _body(document, operation, body)
        parts.headers["Content-Type"] = media_type
    return Request(operation.method.upper(), parts.target(), parts.all_headers(), written, value)


@define
class _Parts:
    """Of a request, while parameters are added."""

    path: str
    query: list[str] = field(factory=list)
    headers: dict[str, str] = field(factory=dict)
    cookies: list[str] = field(factory=list)

    def add(self, parameter: Mapping[str, Any], value: Any) -> None:
        match parameter["in"]:
            case "path":
                name = "{" + parameter["name"] + "}"
                self.path = self.path.replace(name, in_path(parameter, value))
            case "query":
                self.query += in_query(parameter, value)
            case "header":
                self.headers[parameter["name"]] = in_header(parameter, value)
            case _:
                self.cookies += in_cookie(parameter, value)

    def add_text(self, where: str, name: str, text: str) -> None:
        if where == "query":
            self.query.append(f"{quote(name, safe='')}={quote(text, safe='')}")
        elif where == "header":
            self.headers[name] = text
        else:
            self.cookies.append(f"{name}={text}")

    def target(self) -> str:
        path, _, within = self.path.partition("?")  # which some write against the rules
        query = "&".join([within] * bool(within) + self.query)
        return quote(path, safe="/%:@!$&'()*+,;=-._~") + ("?" + query if query else "")

    def all_headers(self) -> dict[str, str]:
        cookie = {"Cookie": "; ".join(self.cookies)} if self.cookies else {}
        return self.headers | cookie


def parameter_value(document: ForeignDocument, parameter: Mapping[str, Any]) -> Any:
    """By its examples or its schema."""
    if "content" in parameter:
        (media,) = parameter["content"].values()
        return valid_value(document, media.get("schema", True), examples_of(document, media))
    schema = parameter.get("schema", True)
    value = valid_value(document, schema, examples_of(document, parameter))
    if parameter["in"] == "path" and value in ("", None, [], {}):
        raise Unmakeable("nothing to put into the path")
    return value


def plain(value: Any) -> str:
    """A value of a parameter as text: JSON's words for all but texts."""
    return value if isinstance(value, str) else json.dumps(value)


def _escaped(value: Any) -> str:
    return quote(plain(value), safe="")


def _flat(value: Any) -> list[Any]:
    """Keys and values of an object in turn; the items of an array."""
    if isinstance(value, dict):
        return [part for pair in value.items() for part in pair]
    return value if isinstance(value, list) else [value]


def in_path(parameter: Mapping[str, Any], value: Any) -> str:
    """As `simple`, `label` or `matrix`."""
    if "content" in parameter:
        return quote(json.dumps(value), safe="")
    style, explode = parameter.get("style", "simple"), parameter.get("explode", False)
    name = parameter["name"]
    pairs = isinstance(value, dict) and explode
    parts = (
        [f"{_escaped(key)}={_escaped(item)}" for key, item in value.items()]
        if pairs
        else [_escaped(item) for item in _flat(value)]
    )
    if style == "label":
        return "." + ("." if explode else ",").join(parts)
    if style == "matrix":
        if pairs:
            return "".join(f";{part}" for part in parts)
        if explode and isinstance(value, list):
            return "".join(f";{name}={part}" for part in parts)
        return f";{name}={','.join(parts)}"
    return ",".join(parts)


def in_query(parameter: Mapping[str, Any], value: Any) -> list[str]:
    """As `form`, `spaceDelimited`, `pipeDelimited` or `deepObject`: the pairs of the query."""
    name = quote(parameter["name"], safe="")
    if "content" in parameter:
        return [f"{name}={quote(json.dumps(value), safe='')}"]
    style = parameter.get("style", "form")
    explode = parameter.get("explode", style == "form")
    if isinstance(value, dict):
        if style == "deepObject":
            return list(_deep(parameter["name"], value))
        if explode:
            return [f"{_escaped(key)}={_escaped(item)}" for key, item in value.items()]
    elif isinstance(value, list) and explode:
        return [f"{name}={_escaped(item)}" for item in value]
    between = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}.get(style, ",")
    return [f"{name}={between.join(_escaped(item) for item in _flat(value))}"]


def _deep(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in pairs:
            yield from _deep(f"{name}[{key}]", item)
    else:
        yield f"{quote(name, safe='')}={_escaped(value)}"


def in_header(parameter: Mapping[str, Any], value: Any) -> str:
    """As `simple`."""
    if "content" in parameter:
        return json.dumps(value)
    if isinstance(value, dict) and parameter.get("explode"):
        return ",".join(f"{key}={plain(item)}" for key, item in value.items())
    return ",".join(plain(item) for item in _flat(value))


def in_cookie(parameter: Mapping[str, Any], value: Any) -> list[str]:
    """As `form`: the pairs of the cookie."""
    if "content" in parameter:
        return [f"{parameter['name']}={quote(json.dumps(value), safe='')}"]
    if isinstance(value, dict | list) and not parameter.get("explode", True):
        return [f"{parameter['name']}={','.join(_escaped(item) for item in _flat(value))}"]
    return in_query({**parameter, "style": "form"}, value)


def credentials(
    document: ForeignDocument, operation: Operation, credential: str
) -> Iterator[tuple[str, str, str]]:
    """What the first alternative of the operation's security asks for: where, name, text."""
    needed = operation.definition.get("security", document.content.get("security")) or [{}]
    schemes = document.content.get("components", {}).get("securitySchemes", {})
    for name in needed[0]:
        scheme = document.target(schemes[name])
        if scheme["type"] == "apiKey":
            yield scheme["in"], scheme["name"], credential
        elif scheme["type"] == "http" and scheme["scheme"].lower() == "basic":
            text = base64.b64encode(f"judge:{credential}".encode()).decode()
            yield "header", "Authorization", f"Basic {text}"
        elif scheme["type"] == "http" and scheme["scheme"].lower() == "digest":
            told = f'username="judge", realm="a", nonce="b", uri="/", response="{credential}"'
            yield "header", "Authorization", f"Digest {told}"
        elif scheme["type"] == "http" and scheme["scheme"].lower() != "bearer":
            yield "header", "Authorization", f"{scheme['scheme']} {credential}"
        elif scheme["type"] != "mutualTLS":
            yield "header", "Authorization", f"Bearer {credential}"


def _body(document: ForeignDocument, operation: Operation, given: Any) -> tuple[str, Any, bytes]:
    """The media type, the value, and the bytes, in the first media type that can be written."""
    content = document.target(operation.definition["requestBody"])["content"]
    offered = sorted(content, key=_rank)
    failure = Unmakeable("no media type")
    for media_type in offered:
        media = content[media_type]
        schema = media.get("schema", True)
        try:
            value = given
            if given is None and _rank(media_type) < 4:
                value = valid_value(document, schema, examples_of(document, media))
            encoding = _of_files(document, schema) | media.get("encoding", {})
            name, written = body_in(media_type, value, encoding)
        except Unmakeable as unmakeable:
            failure = unmakeable
            continue
        return name, value, written
    raise failure


def _of_files(document: ForeignDocument, schema: Any) -> dict[str, Any]:
    """A property that is a file is sent as one."""
    told = document.target(schema)
    properties = told.get("properties", {}) if isinstance(told, dict) else {}
    found = {name: document.target(inner) for name, inner in properties.items()}
    return {
        name: {"contentType": "application/octet-stream"}
        for name, inner in found.items()
        for one in [document.target(inner.get("items", inner)) if isinstance(inner, dict) else {}]
        if isinstance(one, dict) and (one.get("format") == "binary" or "contentMediaType" in one)
    }


def _rank(media_type: str) -> int:
    """Which media types are written first."""
    kind = media_type.split(";", maxsplit=1)[0].strip().lower()
    if kind == JSON:
        return 0
    if kind in _ANY:
        return 2
    if kind.endswith("+json"):
        return 1
    return {FORM: 2, MULTIPART: 3}.get(kind, 4 if kind != "application/xml" else 5)


def body_in(media_type: str, value: Any, encoding: Mapping[str, Any]) -> tuple[str, bytes]:
    """The Content-Type, and the value in it."""
    kind = media_type.split(";", maxsplit=1)[0].strip().lower()
    if kind == JSON or kind.endswith("+json") or kind in _ANY:
        told = JSON if "*" in kind else media_type
        return told, json.dumps(value if value is not None else {}).encode()
    if kind == FORM:
        return media_type, "&".join(_form_pairs(value, encoding)).encode()
    if kind == MULTIPART:
        return f"{kind}; boundary={_BOUNDARY}", _multipart(value, encoding)
    if kind.startswith("text/"):
        return ("text/plain" if "*" in kind else media_type), b"a text"
    if kind == "application/xml":
        raise Unmakeable("XML is not written")
    return media_type.replace("*", "octet-stream"), b"\x00\x01\x02"


def _form_pairs(value: Mapping[str, Any], encoding: Mapping[str, Any]) -> Iterator[str]:
    for name, item in value.items():
        told = encoding.get(name, {})
        if isinstance(item, dict) and "style" not in told and "explode" not in told:
            yield f"{quote(name, safe='')}={quote(json.dumps(item), safe='')}"
        else:
            yield from in_query({"name": name, **told}, item)


def _multipart(value: Mapping[str, Any], encoding: Mapping[str, Any]) -> bytes:
    lines: list[str] = []
    for name, item in value.items():
        parts = item if isinstance(item, list) else [item]
        for part in parts:
            told = encoding.get(name, {}).get("contentType", "").split(",")[0].strip()
            kind = told or (JSON if isinstance(part, dict | list) else "")
            is_text = isinstance(part, str) and kind in ("", "text/plain")
            disposition = f'form-data; name="{name}"'
            if kind and not is_text and kind != JSON:
                disposition += '; filename="a"'
            lines += [f"--{_BOUNDARY}", f"Content-Disposition: {disposition}"]
            lines += [f"Content-Type: {kind.replace('*', 'plain')}"] if kind else []
            lines += ["", plain(part)]
    return "\r\n".join([*lines, f"--{_BOUNDARY}--", ""]).encode()
