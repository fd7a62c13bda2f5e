"""What answers an operation on a resource: from the store, and with what is sent into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from attrs import frozen

from locum.exceptions import NotGenerated, Refused
from locum.generate.asked import Asked
from locum.generate.generated import Generated
from locum.generate.generator import Generator
from locum.generate.items import Item, Items, Scope
from locum.generate.resources import Operation, Resource, Role
from locum.generate.store import Store
from locum.generate.values import NoValue
from locum.openapi.media_types import documented, essence
from locum.openapi.responses import Response, Responses
from locum.provider import Answer

_JSON_PATCH, _MERGE_PATCH = "application/json-patch+json", "application/merge-patch+json"
_CREATED = 201
_TOTALS = ("x-total-count", "x-total", "total-count")  # headers that tell how many items there are


def found(
    generator: Generator, path: str, method: str, responses: Responses, generated: Generated
) -> Stored | None:
    """Return what answers the operation, None where it is not on a resource."""
    for resource in generator.resources:
        operation = resource.operation(path, method)
        if operation is not None:
            return Stored(generator, resource, operation, responses, generated)
    return None


@frozen(eq=False)
class Stored:
    """What answers one operation on a resource."""

    _generator: Generator
    _resource: Resource
    operation: Operation
    _responses: Responses
    _generated: Generated

    @property
    def writes(self) -> bool:
        """Whether it changes the store."""
        return self.operation.role not in (Role.LIST, Role.READ)

    def answer(self, asked: Asked, store: Store, items: Items) -> Answer:
        """Return the answer, after the store was changed where the operation does so.

        Raises NotFound, Conflict, StoreFull, PatchFault and InvalidRequest as the store does;
        Refused where it takes no writes; NotGenerated and NotAcceptable as `Generated.answer`.
        """
        if self.writes and self._generator.manner.is_read_only:
            raise Refused(f"The server is read-only: {self.operation.method.upper()} is refused")
        scope = self._resource.scope(self.operation.path, asked.path)
        with self._generator.lock:
            try:
                if self.operation.role is Role.LIST:
                    return self._listed(asked, store, items, scope)
                item, status = self._done(asked, store, items, scope)
                return self._about(item, status, asked, items, scope)
            except NoValue as reason:
                name = f"{self.operation.method.upper()} {self.operation.path}"
                raise NotGenerated(f"{name}: {reason}") from None

    def _listed(self, asked: Asked, store: Store, items: Items, scope: Scope) -> Answer:
        status, response = self._generated.response()
        lists = self._generator.lists
        its_list = lists.of(self.operation.path)
        if its_list is None:
            return self._generated.answer(asked)
        stored = store.list(self._resource, scope, its_list.wanted_ids(asked.given))
        page = its_list.part(its_list.selected(stored, asked.given), asked.given)
        shown = [items.fitted(self._resource, its_list.item, scope, item) for item in page.items]
        frame: Any = None
        if its_list.place.path:
            seed = f"frame {self.operation.path}".encode()
            frame = self._generator.values.make(its_list.place.pointer, seed)
        body = lists.answer(its_list, page, shown, asked.given, frame=frame, **asked.address)
        headers = self._generated.headers(response, asked)
        headers |= {name: str(page.total) for name in _TOTALS if name in headers}
        return self._written(status, response, asked, body, headers)

    def _done(
        self, asked: Asked, store: Store, items: Items, scope: Scope
    ) -> tuple[Item, int | None]:
        """Do what the operation does; return the item, and the status where it is not the ordinary
        one."""
        resource, operation = self._resource, self.operation
        media_type = documented(asked.body_type, operation.sent) or asked.body_type
        sent = items.sent(operation, media_type, asked.body, asked.given)
        id_ = resource.id(operation.path, asked.path)
        if operation.role is Role.CREATE:
            refuses = "409" in self._responses.names
            item = store.create(resource, operation, scope, sent, refuses_taken=refuses)
            return item, None
        if id_ is None:
            id_ = items.sent_id(resource, sent) or ""
        match operation.role:
            case Role.READ:
                return store.read(resource, scope, id_), None
            case Role.REPLACE:
                written = store.replace(resource, operation, scope, id_, sent)
                is_told = written.is_new and str(_CREATED) in self._responses.names
                return written.item, _CREATED if is_told else self._of_replacing()
            case Role.DELETE:
                return store.delete(resource, scope, id_), None
        if essence(asked.body_type) == _JSON_PATCH:
            return store.patch(resource, scope, id_, asked.body), None
        is_strict = essence(asked.body_type) == _MERGE_PATCH
        place = operation.sent.get(media_type)
        item = store.merge(
            resource,
            operation,
            scope,
            id_,
            sent,
            strict=is_strict,
            place=place.path if place is not None and sent is not asked.body else (),
        )
        return item, None

    def _of_replacing(self) -> int | None:
        """Return the status of an item that was there: not 201, where there is another."""
        succeeding = sorted(int(n) for n in self._responses.names if n[:1] == "2" and n.isdecimal())
        return next((each for each in succeeding if each != _CREATED), None)

    def _about(
        self, item: Item, status: int | None, asked: Asked, items: Items, scope: Scope
    ) -> Answer:
        """Return the answer about an item."""
        status, response = self._generated.response(status)
        headers = self._generated.headers(response, asked)
        if "location" in headers and self.operation.role is Role.CREATE:
            id_ = str(item.get(self._resource.id_property, ""))
            headers["location"] = f"{asked.url.rstrip('/')}/{quote(id_, safe='')}"
        if not response.content:
            return Answer(status, None, headers)
        body = items.answer(self._resource, self.operation, scope, item)
        if body is None:  # of another kind than JSON and XML
            return self._generated.answer(asked)
        return self._written(status, response, asked, body, headers)

    def _written(
        self,
        status: int,
        response: Response,
        asked: Asked,
        value: Any,
        headers: Mapping[str, str],
    ) -> Answer:
        media_type, sent_as = self._generated.media_type(response, asked)
        body, sent_as = self._generator.written(value, response, media_type, sent_as)
        return Answer(status, body, headers, sent_as)
