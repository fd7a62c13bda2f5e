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
        sent = self._varied(post, {})
        made = self._ask(post, {}, body=sent)
        if not story.note("POST", _not_2xx(made)):
            return
        id_ = _id(made.body, resource.parameter, sent)
        if not story.note("id", None if id_ is not None else f"none in {made.body[:120]!r}"):
            return
        here = {resource.parameter: id_}
        get = resource.item["get"]
        read = self._ask(get, here)
        if story.note("GET", _not_2xx(read)):
            story.note("equal", self._differences(get, sent, read))
        if listing:
            listed = self._ask(listing, {})
            held = _not_2xx(listed) or (
                None if _holds(listed, id_, resource.parameter) else "not in the list"
            )
            story.note("list", held)
        self._apart(resource, story, here, sent, read)
        self._changed(resource, story, here)
        if "delete" in resource.item:
            story.note("DELETE", _not_2xx(self._ask(resource.item["delete"], here)))
            gone = self._ask(get, here)
            story.note("404", None if gone.status == 404 else f"{gone.status} after DELETE")
            if listing and _holds(self._ask(listing, {}), id_, resource.parameter):
                story.note("404", "still in the list")
        self._reset(resource, story, before, apart)

    def _apart(
        self, resource: Resource, story: Story, here: Mapping[str, Any], sent: Any, own: Answer
    ) -> None:
        """Another caller, and who asks in a sandbox, get another item of that id, or none."""
        get = resource.item["get"]
        if any(credentials(self._document, get, FIRST)):
            other = self._ask(get, here, credential=SECOND)
            fault = "the other caller reads the same" if other.body == own.body else None
            story.note("tenants", fault)
        boxed = self._ask(get, here, prefer=f"sandbox={SANDBOX}")
        fault = "it is in a sandbox too" if boxed.body == own.body else None
        post = resource.collection["post"]
        body = self._varied(post, {}, by=" c")
        made = self._ask(post, {}, body=body, prefer=f"sandbox={SANDBOX}")
        id_ = _id(made.body, resource.parameter, None)
        if made.status < 300 and id_ is not None and body != sent:
            there = {resource.parameter: id_}
            inside = self._ask(get, there, prefer=f"sandbox={SANDBOX}")
            if inside.body == self._ask(get, there).body:
                fault = "what a sandbox holds is outside too"
        story.note("sandboxes", fault)

    def _varied(self, operation: Operation, where: Mapping[str, Any], by: str = " a") -> Any:
        """A valid body that no example is: with other texts, but for those of the path."""
        request = valid_request(
            self._document, operation, credential=FIRST, path_values=where or None
        )
        if not isinstance(request.value, dict):
            return request.value
        varied = {
            key: f"{value}{by}" if _is_free(value) else value
            for key, value in request.value.items()
        }
        varied |= {
            key: where[name] for key in varied for name in where if _plain(name) == _plain(key)
        }
        schema = _schema(self._document, operation)
        return request.value if self._document.faults(schema, varied) else varied

    def _changed(self, resource: Resource, story: Story, here: Mapping[str, Any]) -> None:
        get = resource.item["get"]
        for method in ("patch", "put"):
            if method not in resource.item:
                continue
            before = _object(self._ask(get, here).body)
            body = self._varied(resource.item[method], here, " b")
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
            if best.get(key) != value and (not known or self._fits(known.get(key, False), value))
        ]
        return "; ".join(wrong)[:300] or None

    def _fits(self, schema: Any, value: Any) -> bool:
        return not self._document.faults(schema, value)


def _is_free(value: Any) -> bool:
    return isinstance(value, str) and value.isalpha()


def _schema(document: ForeignDocument, operation: Operation) -> Any:
    content = document.target(operation.definition["requestBody"])["content"]
    return next(iter(content.values())).get("schema", True)


def _properties(document: ForeignDocument, get: Operation) -> dict[str, Any]:
    """The schemas of an item's properties, to some depth of `allOf`; empty where it has none."""
    response = document.target(get.definition["responses"].get("200", {}))
    for media in response.get("content", {}).values():
        return dict(_named(document, media.get("schema", {}), 0))
    return {}


def _named(document: ForeignDocument, schema: Any, depth: int) -> Iterator[tuple[str, Any]]:
    told = document.target(schema)
    if not isinstance(told, dict) or depth > 5:
        return
    for name, inner in told.get("properties", {}).items():
        if not document.target(inner).get("writeOnly"):
            yield name, inner
    for word in ("allOf", "anyOf", "oneOf"):
        for part in told.get(word, ()):
            yield from _named(document, part, depth + 1)


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


def _holds(listed: Answer, id_: Any, parameter: str) -> bool:
    """Whether an item of a list in the answer has that id."""
    try:
        value = json.loads(listed.body)
    except ValueError:
        return False
    lists = [value] if isinstance(value, list) else []
    if isinstance(value, dict):
        lists += [inner for inner in value.values() if isinstance(inner, list)]
    return any(
        isinstance(item, dict)
        and id_ in (_id(json.dumps(item).encode(), parameter, None), item.get("id"))
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
