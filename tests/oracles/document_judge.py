"""Whether an answer is one that anybody's document describes: by openapi-core, and by the
`jsonschema` library where openapi-core cannot. None of it is Locum's code."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from attrs import field, frozen
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse
from werkzeug.datastructures import ImmutableMultiDict

from tests.oracles.foreign_documents import ForeignDocument, Operation, short
from tests.oracles.valid_requests import Request


@frozen
class Answer:
    """What came back, with the names of headers in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@frozen
class Verdict:
    """`faults` is empty where the answer is one that the document describes; `by` names the
    judge; `unable` says why it was not openapi-core, and `apart` what it alone found."""

    faults: tuple[str, ...]
    by: str
    unable: str = ""
    apart: str = ""
    documented: bool = field(default=True)  # the status


class DocumentJudge:
    """Both judges over one document."""

    def __init__(self, document: ForeignDocument) -> None:
        self._document = document
        self._core: OpenAPI | None = None
        self._no_core = ""
        here = dict(document.raw) | {"servers": [{"url": "/"}]}
        here.setdefault("info", {"title": "", "version": ""})
        try:
            self._core = OpenAPI.from_dict(here, config=Config(spec_validator_cls=None))
        except (OpenAPIError, TypeError, ValueError, KeyError) as error:
            self._no_core = f"the document: {type(error).__name__}"

    def of(self, operation: Operation, request: Request, answer: Answer) -> Verdict:
        """Both look; where they differ, the answer is as bad as either says."""
        documented = self._response(operation, answer.status)
        if documented is None:
            return Verdict((f"status {answer.status} is not documented",), "", documented=False)
        own = tuple(self._own_faults(documented, operation, answer))
        unable, found = self._unable(documented, answer), ""
        if not unable:
            unable, found = self._core_fault(request, answer)
        if unable:
            return Verdict(own, "jsonschema", unable)
        if found and not own:
            return Verdict((found,), "openapi-core", apart=found)
        return Verdict(own, "openapi-core", apart="" if found or not own else "jsonschema alone")

    def _response(self, operation: Operation, status: int) -> dict[str, Any] | None:
        """The documented one for the status: exact, of its range, or the default."""
        responses = operation.definition.get("responses") or {}
        for key in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
            if key in responses:
                found: dict[str, Any] = self._document.target(responses[key])
                return found
        return None

    def _own_faults(
        self, documented: dict[str, Any], operation: Operation, answer: Answer
    ) -> list[str]:
        faults = self._header_faults(documented, answer)
        content = documented.get("content") or {}
        if operation.method == "head" or answer.status in (204, 304):
            return faults + ([f"a body with status {answer.status}"] if answer.body else [])
        if not content:
            return faults + (
                [f"a body where none is documented: {answer.body[:80]!r}"] * bool(answer.body)
            )
        told = answer.headers.get("content-type", "")
        media = _media(content, told)
        if media is None:
            return [*faults, f"media type {told!r} is none of {sorted(content)}"]
        return faults + self._body_faults(media.get("schema"), told, answer.body)

    def _body_faults(self, schema: Any, media_type: str, body: bytes) -> list[str]:
        kind = _kind(media_type)
        if _is_json(kind):
            try:
                value = json.loads(body, parse_constant=_no_number)
            except ValueError as error:
                return [f"not JSON: {error}"]
        elif kind.startswith("text/"):
            value = body.decode("utf-8", "replace")
            types = self._document.target(schema or {}).get("type", "string")
            if types in ("integer", "number", "boolean"):
                value = json.loads(value)
            elif types != "string":
                return []
        else:
            return []  # bytes of a kind that JSON Schema does not describe
        return [] if schema is None else self._document.faults(schema, value, answered=True)

    def _header_faults(self, documented: dict[str, Any], answer: Answer) -> list[str]:
        faults = []
        for name, listed in (documented.get("headers") or {}).items():
            header = self._document.target(listed)
            text = answer.headers.get(name.lower())
            if name.lower() == "content-type":
                continue
            if text is None:
                if header.get("required"):
                    faults.append(f"header {name} is absent")
                continue
            schema = header.get("schema", True)
            value = self._read(schema, text)
            faults += [f"header {name}: {fault}" for fault in self._document.faults(schema, value)]
        return faults

    def _read(self, schema: Any, text: str) -> Any:
        """A header's text in the form of its schema, of the style `simple`."""
        told = self._document.target(schema)
        kinds = told.get("type", "string") if isinstance(told, dict) else "string"
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if "array" in kinds:
            return [self._read(told.get("items", True), part) for part in text.split(",")]
        if {"integer", "number", "boolean", "null"} & set(kinds):
            try:
                return json.loads(text)
            except ValueError:
                return text
        return text

    @staticmethod
    def _unable(documented: dict[str, Any], answer: Answer) -> str:
        """Why openapi-core would take the body for bytes, if it would."""
        kind = _kind(answer.headers.get("content-type", ""))
        if not answer.body or not documented.get("content"):
            return ""
        if kind not in _READ:
            return f"bytes of {kind}"
        known = {_kind(name) for name in documented["content"]}
        return "" if kind in known else "a range of media types"

    def _core_fault(self, request: Request, answer: Answer) -> tuple[str, str]:
        """Why openapi-core cannot judge, or what it finds; both empty: it is content."""
        if self._core is None:
            return self._no_core, ""
        told = answer.headers.get("content-type", "")
        url = urlsplit(request.target)
        asked = MockRequest(
            "http://localhost", request.method, url.path, headers=dict(request.headers)
        )
        asked.parameters.query = ImmutableMultiDict(parse_qsl(url.query, keep_blank_values=True))
        response = MockResponse(
            answer.body, answer.status, headers=dict(answer.headers), content_type=told
        )
        try:
            self._core.validate_response(asked, response)
        except OpenAPIError as error:
            name = type(error).__name__
            if "PathNotFound" in name or "OperationNotFound" in name:
                return name, ""
            errors = getattr(error.__cause__, "schema_errors", ())
            if errors and all(map(_follows_nothing, errors)):
                return "a discriminator whose value names no schema", ""
            details = "; ".join(f"{each.json_path}: {short(each.message)}" for each in errors)
            return "", (details or f"{error!r} {error.__cause__!r}")[:400]
        except (
            ArithmeticError,
            LookupError,
            TypeError,
            ValueError,
            RecursionError,
            AttributeError,
        ) as error:
            return f"{type(error).__name__}: {error}"[:80], ""
        return "", ""


# What openapi-core adds to an error where it cannot follow a discriminator without a mapping. To
# JSON Schema, and so to the document's schemas, the value is good.
_NO_SCHEMA = re.compile(r"reference '#/components/schemas/[^']*' could not be resolved")


def _follows_nothing(error: Any) -> bool:
    """The error, or one that it comes from."""
    return bool(_NO_SCHEMA.search(error.message)) or any(map(_follows_nothing, error.context or ()))


# What openapi-core reads; other bodies are bytes to it.
_READ = {"application/json", "application/vnd.api+json", "text/html", "text/plain"}


def _media(content: Mapping[str, Any], told: str) -> Any:
    """What is documented for the media type: itself, else its range."""
    kind = _kind(told)
    by_kind = {_kind(name): media for name, media in content.items()}
    for name in (kind, f"{kind.split('/')[0]}/*", "*/*"):
        if kind and name in by_kind:
            return by_kind[name]
    return None


def _is_json(kind: str) -> bool:
    return kind == "application/json" or kind.endswith("+json")


def _kind(media_type: str) -> str:
    return media_type.split(";", maxsplit=1)[0].strip().lower()


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no JSON")
