"""OpenAPI documents: read from YAML or JSON, changed by the overlay beside them, checked.

read   the object in a YAML or JSON file
load   a document in effect: read, overlaid, checked, its references resolved
line   the line of a file in which a pointer's place begins
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from attrs import frozen

from locum.exceptions import DocumentError
from locum.openapi import checks, overlay
from locum.openapi.walk import Pointer, inline, json_copy

try:
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # PyYAML without libyaml: the same, seven times slower
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]


@frozen(eq=False)
class Document:
    """An OpenAPI document: its file's stem and path, and the document in effect.

    `effective` is the published document after its overlay, checked, in which every reference
    outside schemas is replaced by its target, and the parameters of a path stand in its operations.
    """

    name: str
    path: Path
    effective: dict[str, Any]


def load(path: Path) -> Document:
    """Return the document at the path, with `<stem>.overlay.yaml` beside it applied if it exists.

    Raise DocumentError for a file that cannot be read, and for what the server would have to ignore
    (see `checks`).
    """
    published = read(path)
    beside = path.with_name(f"{path.stem}.overlay.yaml")
    effective = json_copy(published)
    if beside.is_file():
        effective = overlay.apply(read(beside), published, beside)
    checks.check(effective, path)
    inline(effective)
    checks.check_operations(effective, path)
    return Document(path.stem, path, effective)


def operations(document: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method in lower case and definition of each operation in effect, in the order of
    the document."""
    return checks.operations(document.effective)


def read(path: Path) -> dict[str, Any]:
    """Return the object that the YAML or JSON file holds; all its keys are texts.

    YAML as OpenAPI wants it, the types of JSON alone: `no` and `2024-01-01` are texts, and so is
    every key as it is written. Raise DocumentError for a file that is missing, malformed, has a key
    twice, or holds no object.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        value = _read_json(text) if path.suffix == ".json" else yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
        value = json_copy(value)
    except OSError as error:
        raise DocumentError(str(error.strerror), "name a file that can be read", path) from None
    except (ValueError, TypeError, RecursionError, yaml.YAMLError) as error:
        message, number = _parser_message(error)
        raise DocumentError(message, "mend the file", path, line=number) from None
    if not isinstance(value, dict):
        found, expected = "no object", "one"
        raise DocumentError(
            f"found {found}, expected {expected}",
            "name an OpenAPI document",
            path,
            found=found,
            expected=expected,
        )
    return value


def line(text: str, pointer: Pointer) -> int:
    """Return the line (from 1) of that place in the YAML or JSON text, or of the nearest place
    around it that the text has."""
    try:
        node = yaml.compose(text, _SafeLoader)
    except yaml.YAMLError:
        return 1
    number = 1
    for token in pointer:
        entry = None
        if isinstance(node, yaml.MappingNode):
            entry = next((pair for pair in node.value if pair[0].value == str(token)), None)
        elif isinstance(node, yaml.SequenceNode) and str(token).isdecimal():
            entry = next(((item, item) for item in node.value[int(token) :]), None)
        if entry is None:
            break
        number, node = entry[0].start_mark.line + 1, entry[1]
    return number


def _read_json(text: str) -> Any:
    def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) < len(pairs):
            repeated = next(key for at, (key, _) in enumerate(pairs) if key in dict(pairs[:at]))
            raise ValueError(f"found the key {repeated!r} twice, expected it once")
        return members

    return json.loads(text, object_pairs_hook=object_of)


def _parser_message(error: Exception) -> tuple[str, int | None]:
    """Return the first line of the parser's message and, where it tells one, the line (from 1) of
    the file."""
    message = str(error).splitlines()[0]
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        number, column = error.problem_mark.line + 1, error.problem_mark.column + 1
        return f"line {number}, column {column}: {error.problem}", number
    if isinstance(error, json.JSONDecodeError):
        return message, error.lineno
    return message, None


class _Loader(_SafeLoader):
    """YAML's JSON types, each key once and as written."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's, filled below

    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002 - PyYAML's signature
    ) -> dict[Any, Any]:
        mapping: dict[Any, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(
                    problem="found a key that is no text", problem_mark=key.start_mark
                )
            if key.value in mapping or key.value == "<<":
                problem = f"found the key {key.value!r} twice, expected it once"
                if key.value == "<<":
                    problem = "found the merge key <<, expected its fields written out"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            mapping[key.value] = self.construct_object(value, deep=deep)
        return mapping


# YAML 1.2, section 10.2 (JSON schema), with the core schema's ~ and empty for null.
for _tag, _pattern, _first in (
    ("null", r"(~|null|)\Z", "~n\0"),
    ("bool", r"(true|false)\Z", "tf"),
    ("int", r"-?(0|[1-9][0-9]*)\Z", "-0123456789"),
    ("float", r"-?(0|[1-9][0-9]*)(\.[0-9]*)?([eE][-+]?[0-9]+)?\Z", "-0123456789"),
):
    _first_characters = ["" if character == "\0" else character for character in _first]
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first_characters
    )
