"""An OpenAPI document of anybody, read without Locum: its operations, and its schemas for the
`jsonschema` library."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml
from attrs import frozen
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_HERE = "urn:document"
# What a document says by example is no schema, whatever its keys are.
_DATA = {"example", "examples", "default", "enum", "const", "mapping"}
FORMATS = Draft202012Validator.FORMAT_CHECKER


@frozen
class Operation:
    """An operation as it stands: its path's parameters are among its own."""

    path: str
    method: str
    definition: dict[str, Any]
    parameters: tuple[dict[str, Any], ...]

    @property
    def label(self) -> str:
        return f"{self.method.upper()} {self.path}"


class ForeignDocument:
    """The document of a file, as YAML or JSON."""

    def __init__(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        read = json.loads(text) if path.suffix == ".json" else yaml.load(text, _LOADER)  # noqa: S506  # a safe loader
        self.name = path.stem
        self.raw: dict[str, Any] = read
        self._ways: dict[str, ForeignDocument] = {}
        self.old = str(read.get("openapi", "")).startswith("3.0")

    @cached_property
    def content(self) -> dict[str, Any]:
        """The document with every schema in the words of JSON Schema 2020-12."""
        read: dict[str, Any] = _with_text_keys(self.raw)
        return _as_2020_12(read) if self.old else read

    @cached_property
    def _registry(self) -> Registry[Any]:
        resource = DRAFT202012.create_resource(self.content)
        registry: Registry[Any] = Registry().with_resource(_HERE, resource)
        return registry

    def target(self, value: Any) -> Any:
        """What the value refers to, or itself."""
        for _ in range(50):
            if not (isinstance(value, dict) and isinstance(value.get("$ref"), str)):
                return value
            value = self.at(value["$ref"])
        raise ValueError("a circle of references")

    def at(self, reference: str) -> Any:
        """The value at `#/…`."""
        if not reference.startswith("#"):
            raise ValueError(f"not in this document: {reference}")
        found: Any = self.content
        for token in reference[1:].split("/")[1:]:
            step = _unescaped(token)
            found = found[int(step)] if isinstance(found, list) else found[step]
        return found

    def validator(self, schema: Any) -> Draft202012Validator:
        """For a schema anywhere in the document: its `#/…` are the document's."""
        validator = Draft202012Validator(schema, registry=self._registry, format_checker=FORMATS)
        resolver = self._registry.resolver(_HERE)
        evolved: Draft202012Validator = validator.evolve(_resolver=resolver)
        return evolved

    def faults(self, schema: Any, value: Any, *, answered: bool | None = None) -> list[str]:
        """Why the value is not valid, at most three reasons. An answer has no property that is
        for requests alone (writeOnly), and a request none that is for answers (readOnly)."""
        if answered is None:
            errors = self.validator(schema).iter_errors(value)
        else:
            word = "writeOnly" if answered else "readOnly"
            errors = self._one_way(word).validator(_without(word, schema)).iter_errors(value)
        return [_told(best_match([error])) for error in itertools.islice(errors, 3)]

    def _one_way(self, word: str) -> ForeignDocument:
        """The document without properties that say the word."""
        if word not in self._ways:
            copied = copy.copy(self)
            copied.__dict__.pop("_registry", None)
            copied.__dict__["content"] = _without(word, self.content)
            self._ways[word] = copied
        return self._ways[word]

    def operations(self) -> Iterator[Operation]:
        """All of `paths`, in the document's order."""
        for path, item in (self.content.get("paths") or {}).items():
            if not path.startswith("/"):
                continue
            holder = self.target(item)
            for method in holder:
                if method in METHODS:
                    yield self._operation(path, method, holder)

    def _operation(self, path: str, method: str, item: dict[str, Any]) -> Operation:
        definition = item[method]
        merged: dict[tuple[str, str], dict[str, Any]] = {}
        for listed in (item.get("parameters"), definition.get("parameters")):
            for parameter in listed or ():
                found = self.target(parameter)
                merged[found["in"], found["name"]] = found
        return Operation(path, method, definition, tuple(merged.values()))


def _told(error: ValidationError | None) -> str:
    """The innermost reason of an error, in a line."""
    return "" if error is None else f"{error.json_path}: {short(error.message)}"


def short(text: str) -> str:
    """Beginning and end."""
    return text if len(text) <= 160 else f"{text[:60]} … {text[-90:]}"


def _unescaped(token: str) -> str:
    return unquote(token).replace("~1", "/").replace("~0", "~")


def _with_text_keys(value: Any) -> Any:
    """YAML reads `200:` as a number."""
    if isinstance(value, dict):
        return {
            key if isinstance(key, str) else json.dumps(key, default=str): _with_text_keys(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_with_text_keys(item) for item in value]
    if value is not None and not isinstance(value, str | int | float | bool):
        return str(value)  # a date of YAML
    return value


def _without(word: str, value: Any) -> Any:
    """A copy in which properties that say the word are forbidden, and not required."""
    if isinstance(value, list):
        return [_without(word, item) for item in value]
    if not isinstance(value, dict):
        return value
    new = {key: item if key in _DATA else _without(word, item) for key, item in value.items()}
    properties = new.get("properties")
    if isinstance(properties, dict):
        hidden = {
            name
            for name, inner in properties.items()
            if isinstance(inner, dict) and inner.get(word) is True
        }
        new["properties"] = properties | dict.fromkeys(hidden, False)
        if hidden and isinstance(new.get("required"), list):
            new["required"] = [name for name in new["required"] if name not in hidden]
    return new


def _as_2020_12(value: Any, *, is_map: bool = False) -> Any:
    """A document of 3.0 with `nullable`, and `exclusiveMinimum` as a bool, said in new words. In
    a map (as `properties`) the keys are names."""
    if isinstance(value, list):
        return [_as_2020_12(item) for item in value]
    if not isinstance(value, dict):
        return value
    if not is_map and isinstance(value.get("$ref"), str):
        return {"$ref": value["$ref"]}  # in 3.0 nothing else beside it counts
    new = {
        key: item
        if key in _DATA and not is_map
        else _as_2020_12(item, is_map=key in ("properties", "schemas") and not is_map)
        for key, item in value.items()
    }
    if is_map:
        return new
    for bound in ("Minimum", "Maximum"):
        exclusive, inclusive = f"exclusive{bound}", bound.lower()
        if new.get(exclusive) is True and inclusive in new:
            new[exclusive] = new.pop(inclusive)
        elif isinstance(new.get(exclusive), bool):
            del new[exclusive]
    if new.pop("nullable", None) is True and "type" in new:
        new["type"] = [new["type"], "null"]
        if "enum" in new and None not in new["enum"]:
            new["enum"] = [*new["enum"], None]
    return new
