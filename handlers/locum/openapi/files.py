"""The files of a document: what its references name in other files becomes part of it.

A schema of another file becomes a component, named after its place; the schemas within it refer to
each other there, so that circles stay circles. Anything else is copied to where it is named. The
network is never asked. A whole map of objects may stand in a file of its own too, as
`paths: {$ref: paths.yaml}`: OpenAPI has no such reference, and many documents do.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
from attrs import field, frozen

from locum.openapi import reader
from locum.openapi.findings import ERROR, Fault
from locum.openapi.walk import (
    FIELDS,
    MANY,
    MOST_CHARACTERS,
    MOST_LEVELS,
    Pointer,
    characters,
    local_reference,
    tokens,
    walk,
    within,
)

MOST_FILES = 1_000
_LONGEST_INDEX = 15
_MOST_STEPS = 1_000  # from reference to reference
_Node = dict[str, Any]

# Before a reference that is one within the whole document already.
_WHOLE = "locum:"
_COMPONENT = f"{_WHOLE}#/components/schemas/"
_FOREIGN = re.compile(r"[^A-Za-z0-9._-]+")
_OTHER_FILE = re.compile(rb'"\$ref":"(?!#)')  # data that looks like it does no harm
_FILE_NAME = re.compile(r"\.(ya?ml|json)(#|$)")


@frozen
class Origins:
    """Where parts of a document stand that came from other files: by their pointer in the document
    the file and the pointer in it."""

    _of: dict[Pointer, tuple[Path, Pointer]] = field(factory=dict)

    @property
    def files(self) -> set[Path]:
        """The other files."""
        return {file for file, _ in self._of.values()}

    def of(self, pointer: Pointer) -> tuple[Path, Pointer] | None:
        """Return the file and the pointer in it of a place, None for one of the document's own."""
        for length in range(len(pointer), 0, -1):
            if pointer[:length] in self._of:
                file, place = self._of[pointer[:length]]
                return file, (*place, *pointer[length:])
        return None

    def add(self, pointer: Pointer, file: Path, place: Pointer) -> None:
        """Note that the part at the pointer stands there."""
        self._of[pointer] = file, place


def bundle(document: _Node, path: Path) -> tuple[list[Fault], Origins]:
    """Bring into the document, in place, what it refers to in other files; return a fault for each
    reference that leads nowhere, and where the parts came from. `path` is the document's file.

    Raise DocumentError for another file that cannot be read.
    """
    bundling = _Bundling(document, path)
    if _OTHER_FILE.search(orjson.dumps(document)) is not None:
        bundling.go()
    if bundling.has_changed:
        for _, _, node in walk(document):
            if isinstance(node, dict) and isinstance(node.get("$ref"), str):
                node["$ref"] = node["$ref"].removeprefix(_WHOLE)
        if reader.levels(document) > MOST_LEVELS:
            found = f"more than {MOST_LEVELS} levels of nesting with the other files"
            bundling.faults.append(Fault((), found, "fewer", "size", ERROR))
    return bundling.faults, bundling.origins


@frozen
class _Target:
    """What a reference leads to: the value, the file whose references it has, and its place."""

    value: Any
    file: Path
    place: Pointer


class _Nowhere(Exception):
    """The reference leads nowhere: `found` tells why, and `expected` what would do."""

    def __init__(self, found: str, expected: str = "", fix: str = "") -> None:
        super().__init__(found)
        self.found, self.expected, self.fix = found, expected, fix


class _Bundling:
    def __init__(self, document: _Node, path: Path) -> None:
        self.document, self.path = document, path
        self.root = path.resolve()
        self.faults: list[Fault] = []
        self.origins = Origins()
        self.has_changed = False
        self._waiting: list[tuple[Pointer, str, Any, Path]] = []
        self._files: dict[Path, Any] = {self.root: document}
        self._characters = 0

    def go(self) -> None:
        """Go through the document, and what is brought into it."""
        self._waiting = [((), "document", self.document, self.root)]
        while self._waiting:
            here, kind, node, file = self._waiting.pop()
            if not isinstance(node, dict):
                continue
            reference = node.get("$ref")
            if isinstance(reference, str) and not self._is_own(reference, file):
                moved = self._bring(here, kind, node, file)
                if moved is not None:
                    self._waiting.append((here, kind, node, moved))
                    continue
            if kind == "schema":
                self._mapping(node, file)
            self._waiting += [(*child, file) for child in reversed(within(here, kind, node))]
            self._maps(here, kind, node, file)

    def _is_own(self, reference: str, file: Path) -> bool:
        """Whether the reference is within the whole document as it stands."""
        return reference.startswith(_WHOLE) or (file == self.root and reference.startswith("#"))

    def _bring(self, here: Pointer, kind: str, node: _Node, file: Path) -> Path | None:
        """Bring in what the node refers to. Return the file that its references are relative to
        where it is now a copy of that."""
        reference = node["$ref"]
        try:
            target = self._find(reference, file)
            self.has_changed = True
            if kind == "schema":
                node["$ref"] = self._component(target)
                return None
            if target.file == self.root and target.place:
                node["$ref"] = _WHOLE + local_reference(target.place)
                return None
            copied = self._copy(target, kind)
        except _Nowhere as error:
            found = f"{reference!r}{error.found}"
            expected = error.expected or f"the place of a {kind}"
            fault = Fault((*here, "$ref"), found, expected, "reference", ERROR, error.fix)
            self.faults.append(fault)
            return None
        siblings = {name: node[name] for name in node if name != "$ref"}
        node.clear()
        node.update(copied | siblings)
        self.origins.add(here, target.file, target.place)
        return target.file

    def _maps(self, here: Pointer, kind: str, node: _Node, file: Path) -> None:
        """Bring in maps that stand in files of their own."""
        for name, (number, child) in FIELDS[kind].items():
            value = node.get(name)
            if number != MANY or not isinstance(value, dict) or value.keys() != {"$ref"}:
                continue
            if not isinstance(value["$ref"], str) or self._is_own(value["$ref"], file):
                continue
            place = (*here, name)
            moved = self._bring(place, "map", value, file)
            if moved is not None:
                self._waiting += [
                    ((*place, key), child, item, moved) for key, item in reversed(value.items())
                ]

    def _mapping(self, node: _Node, file: Path) -> None:
        """Let the mapping of a discriminator name the schemas where they are now."""
        discriminator = node.get("discriminator")
        mapping = discriminator.get("mapping") if isinstance(discriminator, dict) else None
        if not isinstance(mapping, dict):
            return
        for name, value in [*mapping.items()]:
            if not isinstance(value, str) or self._is_own(value, file):
                continue
            if value.startswith("#") or _FILE_NAME.search(value):
                try:
                    reference = self._component(self._find(value, file))
                except _Nowhere:
                    continue  # a name that looks like a file's
                mapping[name] = reference.removeprefix(_WHOLE)

    def _component(self, target: _Target) -> str:
        """Return the reference to the target as a component, which it becomes."""
        value = target.value
        if target.file == self.root and target.place:
            return _WHOLE + local_reference(target.place)
        if isinstance(value, dict) and str(value.get("$ref", "")).startswith(_COMPONENT):
            return str(value["$ref"])  # it has become one
        if value is self.document or not isinstance(value, dict | bool):
            raise _Nowhere(", which names no schema")
        schemas = self._schemas()
        name = _name(target, schemas)
        if isinstance(value, dict):
            moved = dict(value)
            value.clear()
            value["$ref"] = f"{_COMPONENT}{name}"
            value = moved
        schemas[name] = value
        place = ("components", "schemas", name)
        self.origins.add(place, target.file, target.place)
        self._waiting.append((place, "schema", value, target.file))
        return f"{_COMPONENT}{name}"

    def _schemas(self) -> _Node:
        components = self.document.setdefault("components", {})
        schemas = components.setdefault("schemas", {}) if isinstance(components, dict) else None
        if not isinstance(schemas, dict):
            raise _Nowhere(", which has no place", "components/schemas to be an object")
        return schemas

    def _copy(self, target: _Target, kind: str) -> _Node:
        if not isinstance(target.value, dict):
            raise _Nowhere(f", which names no {'object' if kind == 'map' else kind}")
        text = orjson.dumps(target.value)
        self._characters += characters(text)
        if self._characters > MOST_CHARACTERS:
            found = f": such references stand for more than {MOST_CHARACTERS:,} characters"
            raise _Nowhere(found, "fewer")
        copied: _Node = orjson.loads(text)
        return copied

    # Files.

    def _find(self, reference: str, file: Path) -> _Target:
        """Return the target of a reference in the file."""
        other, place, waiting = self._start(reference, file)
        value = self._read(other)
        for _ in range(_MOST_STEPS):
            while waiting and _has(value, waiting[-1]):
                token = waiting.pop()
                value = value[int(token)] if isinstance(value, list) else value[token]
                place = (*place, token)
            if not waiting:
                return _Target(value, other, place)
            # A reference on the way.
            following = value.get("$ref") if isinstance(value, dict) else None
            if not isinstance(following, str):
                break
            if following.startswith(_WHOLE):
                # It became a component, whose references are still relative to its file.
                name = tokens(following.removeprefix(_WHOLE))[-1]
                value = self.document["components"]["schemas"][name]
            else:
                other, place, further = self._start(following, other)
                value = self._read(other)
                waiting += further
        raise _Nowhere(", which names nothing")

    def _start(self, reference: str, file: Path) -> tuple[Path, Pointer, list[str]]:
        """Return the file that the reference is about, the empty pointer, and the tokens of its
        place there, the first at the end."""
        other, fragment = self._file_of(reference, file)
        if fragment.strip("#/") and not fragment.startswith("#/"):
            raise _Nowhere(", which is no place", "a place as #/components/schemas/Name")
        return other, (), [*reversed(tokens(fragment))] if fragment != "#/" else []

    def _file_of(self, reference: str, file: Path) -> tuple[Path, str]:
        try:
            parts = urlsplit(reference)
        except ValueError:
            raise _Nowhere(", which is no reference", "a reference, #/… or a file") from None
        name = unquote(parts.path)
        if parts.scheme in ("http", "https") or parts.netloc not in ("", "localhost"):
            raise _Nowhere(
                ", which is on the network",
                "a reference within this document, #/…, or to a local file",
                "download it beside the document and refer to the file; the network is not asked",
            )
        if parts.scheme not in ("", "file") or "\0" in name:
            raise _Nowhere("", "a reference within this document, #/…, or to a local file")
        if not name:
            return file, f"#{parts.fragment}"
        try:
            return (file.parent / name).resolve(), f"#{parts.fragment}"
        except (OSError, RuntimeError):  # a circle of symbolic links
            raise _Nowhere(", whose file cannot be read", "a file that can be") from None

    def _read(self, file: Path) -> Any:
        if file not in self._files:
            try:
                if not file.is_file():
                    raise _Nowhere(", whose file is not there", "a file that is")
                size = file.stat().st_size
            except OSError:
                raise _Nowhere(", whose file cannot be read", "a file that can be") from None
            self._characters += size
            if len(self._files) > MOST_FILES or self._characters > MOST_CHARACTERS:
                found = f": more than {MOST_FILES:,} files, or {MOST_CHARACTERS:,} characters"
                raise _Nowhere(found, "fewer")
            self._files[file] = reader.read(file, wide=True)
        return self._files[file]


def _has(value: Any, token: str) -> bool:
    if isinstance(value, list):
        is_index = token.isdecimal() and token.isascii() and len(token) <= _LONGEST_INDEX
        return is_index and int(token) < len(value)
    return isinstance(value, dict) and token in value


def _name(target: _Target, schemas: _Node) -> str:
    """Return a name for the target as a component, which none has yet."""
    last = str(target.place[-1]) if target.place else target.file.stem
    wanted = _FOREIGN.sub("_", last).strip("_") or "schema"
    name, number = wanted, 1
    while name in schemas:
        number += 1
        name = f"{wanted}_{number}"
    return name
