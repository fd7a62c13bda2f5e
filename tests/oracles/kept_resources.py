"""Whether a server keeps what it is sent: resources of a document are made, read, listed, changed
and deleted, by two callers and in two sandboxes. None of it is Locum's code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from tests.oracles.bare_client import BareClient
from tests.oracles.document_judge import Answer
from tests.oracles.foreign_documents import ForeignDocument, Operation
from tests.oracles.served_document import LOCUM, running
from tests.oracles.valid_requests import Request, credentials, valid_request
from tests.oracles.valid_values import Unmakeable

MOST_RESOURCES = 12  # of one document
FIRST, SECOND = "the-first-caller", "the-second-caller"
SANDBOX = "apart"


@frozen
class Resource:
    """A collection that takes new items, and its items; the operations by method."""

    collection: Mapping[str, Operation]
    item: Mapping[str, Operation]

    @property
    def parameter(self) -> str:
        """Of the item's path, the last."""
        return str(re.findall(r"\{([^}]+)\}", self.item["get"].path)[-1])


def resources(document: ForeignDocument) -> list[Resource]:
    """All with POST on the collection and GET on the item."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in document.operations():
        by_path.setdefault(operation.path.rstrip("/"), {})[operation.method] = operation
    found = []
    for path, collection in by_path.items():
        item = next(
            (
                operations
                for other, operations in by_path.items()
                if re.fullmatch(re.escape(path) + r"/\{[^}/]+\}", other) and "get" in operations
            ),
            None,
        )
        if "post" in collection and item and not path.endswith("}"):
            found.append(Resource(collection, item))
    return found


@define
class Story:
    """One resource's: each step, and what was wrong with it; None where it held."""

    label: str
    steps: dict[str, str | None] = field(factory=dict)

    def note(self, step: str, fault: str | None) -> bool:
        """Keep it; whether the step held."""
        self.steps[step] = fault
        return fault is None


class Teller:
    """Tries every resource of a document at a server."""

    def __init__(self, document: ForeignDocument, client: BareClient) -> None:
        self._document, self._client = document, client

    def stories(self) -> Iterator[Story]:
        """One a resource."""
        for resource in resources(self._document)[:MOST_RESOURCES]:
            story = Story(resource.collection["post"].path)
            try:
                self._told(resource, story)
            except Unmakeable as unmakeable:
                story.note("request", str(unmakeable))
            except OSError as error:
                self._client.close()
                story.note("answer", repr(error))
            yield story

    def _ask(
        self,
        operation: Operation,
        where: Mapping[str, Any],
        credential: str = FIRST,
        body: Any = None,
        prefer: str = "",
    ) -> Answer:
        request = valid_request(
            self._document, operation, credential=credential, path_values=where, body=body
        )
        more = {"Prefer": prefer} if prefer else {}
        return self._client.ask(request.wire(self._client.host, **more))[0]

    def _manage(self, path: str) -> Answer:
        return self._client.ask(Request("POST", path, {}, b"").wire(self._client.host))[0]

    def _told(self, resource: Resource, story: Story) -> None:
        listing = resource.collection.get("get")
        before = self._ask(listing, {}).body if listing else b""
        apart = self._ask(listing, {}, prefer=f"sandbox={SANDBOX}").body if listing else b""
        post = resource.collection["post"]
        made_request = valid_request(self._document, post, credential=FIRST)
        made = self._client.ask(made_request.wire(self._client.host))[0]
        if not story.note("POST", _not_2xx(made)):
            return
        id_ = _id(made.body, resource.parameter, made_request.value)
        if not story.note("id", None if id_ is not None else f"none in {made.body[:120]!r}"):
            return
        here = {resource.parameter: id_}
        get = resource.item["get"]
        read = self._ask(get, here)
        if story.note("GET", _not_2xx(read)):
            story.note("equal", self._differences(get, made_request.value, read))
        if listing:
            listed = self._ask(listing, {})
            held = _not_2xx(listed) or (None if _holds(listed, id_) else "not in the list")
            story.note("list", held)
        self._apart(resource, story, here)
        self._changed(resource, story, here)
        if "delete" in resource.item:
            story.note("DELETE", _not_2xx(self._ask(resource.item["delete"], here)))
            gone = self._ask(get, here)
            story.note("404", None if gone.status == 404 else f"{gone.status} after DELETE")
            if listing and _holds(self._ask(listing, {}), id_):
                story.note("404", "still in the list")
        self._reset(resource, story, before, apart)

    def _apart(self, resource: Resource, story: Story, here: Mapping[str, Any]) -> None:
        get = resource.item["get"]
        if any(credentials(self._document, get, FIRST)):
            other = self._ask(get, here, credential=SECOND)
            fault = None if other.status == 404 else f"the other caller gets {other.status}"
            story.note("tenants", fault)
        boxed = self._ask(get, here, prefer=f"sandbox={SANDBOX}")
        story.note("sandboxes", None if boxed.status == 404 else f"{boxed.status} in a sandbox")
        post = self._ask(resource.collection["post"], {}, prefer=f"sandbox={SANDBOX}")
        id_ = _id(post.body, resource.parameter, None)
        if post.status < 300 and id_ is not None and id_ != here[resource.parameter]:
            outside = self._ask(get, {resource.parameter: id_})
            if outside.status != 404:
                story.note("sandboxes", f"{outside.status} for what a sandbox holds")

    def _changed(self, resource: Resource, story: Story, here: Mapping[str, Any]) -> None:
        get = resource.item["get"]
        for method in ("patch", "put"):
            if method not in resource.item:
                continue
            before = _object(self._ask(get, here).body)
            request = valid_request(
                self._document, resource.item[method], credential=FIRST, path_values=here
            )
            body = request.value
            if isinstance(body, dict):
                body = {k: f"{v} b" if _is_free(v) else v for k, v in body.items()}
                schema = _schema(self._document, resource.item[method])
                if self._document.faults(schema, body):
                    body = request.value
            answer = self._ask(resource.item[method], here, body=body)
            if not story.note(method.upper(), _not_2xx(answer)):
                continue
            read = self._ask(get, here)
            fault = self._differences(get, body, read)
            if fault is None and method == "patch" and isinstance(body, dict):
                after = _object(read.body)
                lost = [
                    key
                    for key, value in before.items()
                    if key not in body and after.get(key) != value and "update" not in key.lower()
                ]
                fault = f"changed {lost}, which were not sent" if lost else None
            story.note(method.upper(), fault)

    def _reset(self, resource: Resource, story: Story, before: bytes, apart: bytes) -> None:
        listing = resource.collection.get("get")
        if listing is None:
            return
        self._manage(f"/__locum/sandboxes/{SANDBOX}/reset")
        boxed = self._ask(listing, {}, prefer=f"sandbox={SANDBOX}").body
        fault = None if boxed == apart else "other bytes after a sandbox's reset"
        self._manage("/__locum/reset")
        if self._ask(listing, {}).body != before:
            fault = "other bytes after the reset"
        story.note("reset", fault)

    def _differences(self, get: Operation, sent: Any, read: Answer) -> str | None:
        """In the fields that were sent and that an item has."""
        if read.status >= 300 or not isinstance(sent, dict):
            return _not_2xx(read)
        found = _object(read.body)
        known = _properties(self._document, get)
        best = max(
            [found, *(v for v in found.values() if isinstance(v, dict))],
            key=lambda one: len(one.keys() & sent.keys()),
        )
        wrong = [
            f"{key}: sent {value!r}, read {best.get(key)!r}"
            for key, value in sent.items()
            if best.get(key) != value and (not known or key in known)
        ]
        return "; ".join(wrong)[:300] or None


def _is_free(value: Any) -> bool:
    return isinstance(value, str) and value.isalpha()


def _schema(document: ForeignDocument, operation: Operation) -> Any:
    content = document.target(operation.definition["requestBody"])["content"]
    return next(iter(content.values())).get("schema", True)


def _properties(document: ForeignDocument, get: Operation) -> set[str]:
    """Names that an item's schema has, to any depth of `allOf`; empty where it has none."""
    response = document.target(get.definition["responses"].get("200", {}))
    for media in response.get("content", {}).values():
        return set(_names(document, media.get("schema", {}), 0))
    return set()


def _names(document: ForeignDocument, schema: Any, depth: int) -> Iterator[str]:
    told = document.target(schema)
    if not isinstance(told, dict) or depth > 5:
        return
    for name, inner in told.get("properties", {}).items():
        if not document.target(inner).get("writeOnly"):
            yield name
    for word in ("allOf", "anyOf", "oneOf"):
        for part in told.get(word, ()):
            yield from _names(document, part, depth + 1)


def _not_2xx(answer: Answer) -> str | None:
    if 200 <= answer.status < 300:
        return None
    return f"{answer.status} {answer.body[:160].decode('utf-8', 'replace')}"


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _id(body: bytes, parameter: str, sent: Any) -> Any:
    """The new item's, under the parameter's name, or a shorter one; else what was sent so named."""
    found = _object(body)
    nested = [value for value in found.values() if isinstance(value, dict)]
    for holder in (found, *nested, sent if isinstance(sent, dict) else {}):
        for key, value in holder.items():
            if _plain(key) == _plain(parameter) and isinstance(value, str | int):
                return value
        if isinstance(holder.get("id"), str | int):
            return holder["id"]
    return None


def _holds(listed: Answer, id_: Any) -> bool:
    """Whether an item of a list in the answer has that id."""
    try:
        value = json.loads(listed.body)
    except ValueError:
        return False
    lists = [value] if isinstance(value, list) else []
    if isinstance(value, dict):
        lists += [inner for inner in value.values() if isinstance(inner, list)]
    return any(
        isinstance(item, dict) and any(one == id_ for one in item.values())
        for items in lists
        for item in items
    )


def told(path: Path, log: Path, command: Sequence[str] = LOCUM) -> list[Story]:
    """The stories of a document at a server of its own. Raises NotServed."""
    with (
        running(command, path, log) as server,
        BareClient("127.0.0.1", server.port) as client,
    ):
        return list(Teller(ForeignDocument(path), client).stories())
