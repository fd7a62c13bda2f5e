"""What requests have created, changed and deleted: in memory, apart for each document, dataset and
tenant.

A collection that nobody has written to is not kept: it is made when it is asked for, the same every
time. With its first write it is, seeds and all. An item that was never there and never deleted is
made too, so that any id of a valid form answers: a collection holds more than its list shows. What
a list has shown, or a request has created, is gone once it is deleted, and with it what is under
its path; one that was only made, or changed after that, is made again.

Bounded: items and bytes of a store, and bytes of all stores of the process. What does not fit is
refused; nothing that was stored is dropped.

    Stores  the stores of a sandbox
    Store   the resources of one tenant
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import count
from typing import Any

from attrs import Factory, define, frozen

from locum.exceptions import Conflict, NotFound, StoreFull
from locum.generate.items import Item, Items, Scope, integer
from locum.generate.names import singular
from locum.generate.pool import Pool
from locum.generate.resources import Operation, Resource
from locum.generate.shapes import words
from locum.openapi.json_bytes import written

MOST_ITEMS = 10_000  # of a store, deleted ones included: that they are deleted is kept
MOST_BYTES = 16 * 2**20  # of a store, as JSON
_OVERHEAD = 200  # bytes of an item beside its JSON: keys, sizes, containers
_MOST_MADE = 16  # collections of a store that are made and kept until others are asked for
_MOST_READ = 16  # stores that nobody has written to and that are kept until others are

_versions = count(1)


@define(eq=False)
class _Account:
    """What a store holds, by which it is bounded; closed with the store."""

    pool: Pool
    most_items: int
    most_bytes: int
    items: int = 0
    bytes: int = 0

    def change(self, items: int, size: int) -> None:
        """Take so many items and bytes, or give them back. Raise StoreFull where not so many are
        left."""
        if items > 0 and self.items + items > self.most_items:
            raise StoreFull(f"{self.most_items:,} items")
        if size > 0 and self.bytes + size > self.most_bytes:
            raise StoreFull(f"{self.most_bytes >> 20} MiB")
        self.pool.change(size)
        self.items += items
        self.bytes += size

    def close(self) -> None:
        """Give back everything."""
        self.pool.change(-self.bytes)
        self.items = self.bytes = 0


@define(eq=False)
class _Collection:
    """Items by id in the order of their creation, None for a deleted one, with their sizes in
    bytes; `created` are the ids of those that requests have created, `found` of those that were
    made for a request, and changed by one."""

    items: dict[str, Item | None] = Factory(dict)
    sizes: dict[str, int] = Factory(dict)
    created: dict[str, None] = Factory(dict)
    found: dict[str, None] = Factory(dict)
    newest: Item | None = None  # the one that says the latest time of its creation
    greatest: int = 0  # of the ids that are integers
    number: int = 0  # of items that were created, deleted ones included

    def present(self, *, only_created: bool = False) -> Iterator[Item]:
        """Yield the items that are not deleted, or those of them that requests have created."""
        for id_, item in self.items.items():
            if item is not None and (id_ in self.created or not only_created):
                yield item


@frozen
class Written:
    """An item after a write, and whether the write created it."""

    item: Item
    is_new: bool


class Store:
    """The resources of one document, dataset and tenant. Threads may share it.

    Items that come out are the store's own: a caller does not change them. A write replaces an item
    and changes none, so what came out before stays as it was.
    """

    def __init__(
        self,
        items: Items,
        pool: Pool,
        *,
        most_items: int = MOST_ITEMS,
        most_bytes: int = MOST_BYTES,
        at_first_write: Callable[[Store], None] = lambda _: None,
    ) -> None:
        """Take what makes the items, and the bounds; `at_first_write` is called once."""
        self._make = items
        self._account = _Account(pool, most_items, most_bytes)
        self._collections: dict[tuple[str, Scope], _Collection] = {}
        self._unwritten: OrderedDict[tuple[str, Scope], _Collection] = OrderedDict()
        self._lock = threading.RLock()
        self._version = 0
        self._at_first_write = at_first_write
        weakref.finalize(self, self._account.close)

    @property
    def version(self) -> int:
        """0 until the first write; then a number that no other store of the process has, new with
        every write."""
        return self._version

    def list(self, resource: Resource, scope: Scope, ids: Iterable[str] = ()) -> tuple[Item, ...]:
        """Return the items of the collection in the order of their creation; with `ids` those of
        these ids, also such as were never there, but none that was deleted.

        Raise NotFound where a parent was deleted.
        """
        with self._lock:
            self._check_parents(resource, scope)
            wanted = dict.fromkeys(ids)
            if not wanted:
                own = self._seen(resource, scope)
                # An item of the collection's own path belongs to all of its relatives' scopes.
                related = self._related(resource) if resource.id_parameter else ()
                return (
                    *own.present(),
                    *(item for each in related for item in each.present(only_created=True)),
                )
            found = (self._item(resource, scope, id_) for id_ in wanted)
            return tuple(item for item in found if item is not None)

    def get(self, resource: Resource, scope: Scope, id_: str) -> Item:
        """Return the item; one that was never there is made.

        Raise NotFound where it, or a parent, was deleted, or no item can have that id.
        """
        with self._lock:
            self._check_parents(resource, scope)
            item = self._item(resource, scope, id_)
            if item is None:
                raise NotFound(_called(resource.kind), id_)
            return item

    def read(self, resource: Resource, scope: Scope, id_: str) -> Item:
        """Return the item; some item where none can have that id, as where a document says text in
        the path and integer in the item: by the document the request is valid.

        Raise NotFound where it, or a parent, was deleted.
        """
        with self._lock:
            if self._make.can_have(resource, id_):
                return self.get(resource, scope, id_)
            self._check_parents(resource, scope)
            return self._make.made(resource, scope, id_)

    def create(
        self,
        resource: Resource,
        operation: Operation,
        scope: Scope,
        sent: Any,
        *,
        refuses_taken: bool = True,
    ) -> Item:
        """Return the item that is created from what was sent, with the id that was sent, else a new
        one.

        Raise Conflict where the id is taken and `refuses_taken`, else that item is replaced.
        NotFound where a parent was deleted; StoreFull.
        """
        with self._lock:
            self._check_parents(resource, scope)
            seen = self._seen(resource, scope)
            id_ = self._make.sent_id(resource, sent)
            if id_ is not None and seen.items.get(id_) is not None and refuses_taken:
                raise Conflict(_called(resource.kind), id_)
            if id_ is None:
                held = [seen, *self._relevant(resource)]
                id_ = self._make.new_id(
                    resource,
                    scope,
                    seen.number + 1,
                    max(each.greatest for each in held),
                    lambda id_: any(id_ in each.items for each in held),
                )
            newest = self._newest(resource, seen)
            item = self._make.created(resource, operation, scope, id_, sent, newest)
            id_ = str(item.get(resource.id_property, id_))
            self._put(resource, scope, id_, item, is_created=True)
            return item

    def replace(
        self, resource: Resource, operation: Operation, scope: Scope, id_: str, sent: Any
    ) -> Written:
        """Return the item of that id after it was replaced by what was sent; one that is deleted or
        was never there is created, without an id ("") with a new one.

        Raise NotFound where a parent was deleted, or no item can have that id; StoreFull.
        """
        with self._lock:
            if not id_:
                item = self.create(resource, operation, scope, sent, refuses_taken=False)
                return Written(item, is_new=True)
            self._check_parents(resource, scope)
            if not self._make.can_have(resource, id_):
                raise NotFound(_called(resource.kind), id_)
            seen = self._home(resource, scope, id_)
            old = seen.items.get(id_)
            if old is None:
                newest = self._newest(resource, seen)
                item = self._make.created(resource, operation, scope, id_, sent, newest)
            else:
                item = self._make.replaced(resource, operation, old, sent)
            self._put(resource, scope, id_, item, is_created=old is None)
            return Written(item, is_new=old is None)

    def merge(
        self,
        resource: Resource,
        operation: Operation,
        scope: Scope,
        id_: str,
        sent: Any,
        *,
        strict: bool = False,
        place: tuple[str, ...] = (),
    ) -> Item:
        """Return the item after a merge patch; `strict` and `place` as in `Items.merged`.

        Raise NotFound as `get` does; InvalidRequest as `Items.merged` does; StoreFull.
        """
        return self._update(
            resource,
            scope,
            id_,
            lambda old: self._make.merged(
                resource, operation, old, sent, strict=strict, place=place
            ),
        )

    def patch(self, resource: Resource, scope: Scope, id_: str, operations: Any) -> Item:
        """Return the item after a JSON Patch.

        Raise NotFound as `get` does; PatchFault and InvalidRequest as `Items.patched` does;
        StoreFull.
        """
        return self._update(
            resource, scope, id_, lambda old: self._make.patched(resource, old, operations)
        )

    def delete(self, resource: Resource, scope: Scope, id_: str) -> Item:
        """Delete the item with all that is under its path, and return it. One that was only made
        leaves nothing behind.

        Raise NotFound as `get` does; StoreFull, as that an item is deleted is kept.
        """
        with self._lock:
            item = self.get(resource, scope, id_)
            collection = self._home(resource, scope, id_)
            if id_ not in collection.items:
                return item
            if id_ in collection.found:
                self._drop(collection, id_)
                return item
            self._put(resource, scope, id_, None, is_created=False)
            under, within = f"{resource.name}/{{}}/", (*scope, id_)
            for key in [*self._collections]:
                if key[0].startswith(under) and key[1][: len(within)] == within:
                    collection = self._collections.pop(key)
                    self._account.change(-len(collection.items), -sum(collection.sizes.values()))
            return item

    def _update(
        self, resource: Resource, scope: Scope, id_: str, change: Callable[[Item], Item]
    ) -> Item:
        with self._lock:
            item = change(self.get(resource, scope, id_))
            is_made = id_ not in self._home(resource, scope, id_).items
            self._put(resource, scope, id_, item, is_created=False)
            if is_made:
                self._kept(resource, scope).found[id_] = None
            return item

    def _item(self, resource: Resource, scope: Scope, id_: str) -> Item | None:
        """Return the item, None where it was deleted, or no item can have that id."""
        items = self._home(resource, scope, id_).items
        item = items.get(id_)
        if item is None and id_ not in items and self._make.can_have(resource, id_):
            return self._make.made(resource, scope, id_)
        return item

    def _seen(self, resource: Resource, scope: Scope) -> _Collection:
        """Return the collection to read: the written one, else one that is made."""
        key = (resource.name, scope)
        if key in self._collections:
            return self._collections[key]
        if key not in self._unwritten:
            collection = _Collection()
            seeds = () if self._begins_empty(resource, scope) else self._make.seeds(resource, scope)
            for item in seeds:
                self._note(collection, str(item.get(resource.id_property)), item)
            self._unwritten[key] = collection
            if len(self._unwritten) > _MOST_MADE:
                self._unwritten.popitem(last=False)
        self._unwritten.move_to_end(key)
        return self._unwritten[key]

    def _related(self, resource: Resource) -> Iterator[_Collection]:
        """Yield the written collections of the resource's relatives, of any scope."""
        if resource.relatives:
            for (name, _), collection in self._collections.items():
                if name in resource.relatives:
                    yield collection

    def _relevant(self, resource: Resource) -> Iterator[_Collection]:
        """Yield the resource's written collections of any scope, and those of its relatives, where
        it has any: no two of their items have one id."""
        if resource.relatives:
            for (name, _), collection in self._collections.items():
                if name == resource.name or name in resource.relatives:
                    yield collection

    def _newest(self, resource: Resource, own: _Collection) -> Item | None:
        """Return the item that was created last, there or in what a relative lists beside it."""
        newest = own.newest
        for each in self._relevant(resource):
            newest = self._make.newer(newest, each.newest)
        return newest

    def _note(self, collection: _Collection, id_: str, item: Item) -> None:
        """Put the item into the collection, and note what the next one follows from."""
        collection.items[id_] = item
        collection.newest = self._make.newer(collection.newest, item)
        number = integer(id_)
        if isinstance(number, int):
            collection.greatest = max(collection.greatest, number)

    def _home(self, resource: Resource, scope: Scope, id_: str) -> _Collection:
        """Return the collection that holds the item: that of a relative in which a request has
        created it, else the resource's own."""
        own = self._seen(resource, scope)
        if id_ in own.items or not resource.id_parameter:
            return own
        return next((each for each in self._related(resource) if id_ in each.created), own)

    def _kept(self, resource: Resource, scope: Scope) -> _Collection:
        """Return the collection to write to, which is kept from now on."""
        key = (resource.name, scope)
        if key not in self._collections:
            collection = self._seen(resource, scope)
            sizes = {id_: _size(item) for id_, item in collection.items.items()}
            self._account.change(len(sizes), sum(sizes.values()))
            collection.sizes = sizes
            self._collections[key] = self._unwritten.pop(key)
        return self._collections[key]

    def _put(
        self, resource: Resource, scope: Scope, id_: str, item: Item | None, *, is_created: bool
    ) -> None:
        collection = self._home(resource, scope, id_)
        if collection is self._seen(resource, scope):
            collection = self._kept(resource, scope)
        size = _size(item)
        is_new = id_ not in collection.items
        self._account.change(int(is_new), size - collection.sizes.get(id_, 0))
        if is_created:  # an id that was deleted comes back as the last
            collection.items.pop(id_, None)
            collection.created[id_] = None
            collection.found.pop(id_, None)
            collection.number += 1
        if item is None:
            collection.items[id_] = None
        else:
            self._note(collection, id_, item)
        collection.sizes[id_] = size
        if is_created or item is None:
            self._unwritten.clear()  # what is under it begins otherwise now
        if self._version == 0:
            self._at_first_write(self)
        self._version = next(_versions)

    def _drop(self, collection: _Collection, id_: str) -> None:
        """Forget an item that was made for a request: whoever asks again has it made again."""
        del collection.items[id_], collection.found[id_]
        self._account.change(-1, -collection.sizes.pop(id_))
        self._version = next(_versions)

    def _ancestors(
        self, resource: Resource, scope: Scope
    ) -> Iterator[tuple[_Collection, str, str]]:
        """Yield the written collection of each parent, what a parent is called, and its id."""
        parts = resource.name.split("/{}")
        for depth, id_ in enumerate(scope[: len(parts) - 1]):
            name = "/{}".join(parts[: depth + 1])
            collection = self._collections.get((name, scope[:depth]))
            if collection is not None:
                yield collection, singular(name.rpartition("/")[2]), id_

    def _check_parents(self, resource: Resource, scope: Scope) -> None:
        for collection, kind, id_ in self._ancestors(resource, scope):
            if id_ in collection.items and collection.items[id_] is None:
                raise NotFound(_called(kind), id_)

    def _begins_empty(self, resource: Resource, scope: Scope) -> bool:
        """Return whether a parent was created by a request: then nothing is in it yet."""
        return any(
            id_ in collection.created for collection, _, id_ in self._ancestors(resource, scope)
        )


class Stores:
    """The stores of a sandbox, by what they are kept apart by: document, dataset and tenant.

    A store that was never written to is made anew when it is asked for, so that any number of
    tenants may read.
    """

    def __init__(
        self, pool: Pool, *, most_items: int = MOST_ITEMS, most_bytes: int = MOST_BYTES
    ) -> None:
        """Take the process's pool, and the bounds of each store."""
        self._pool = pool
        self._most_items, self._most_bytes = most_items, most_bytes
        self._written: dict[Hashable, Store] = {}
        self._in_use: weakref.WeakValueDictionary[Hashable, Store] = weakref.WeakValueDictionary()
        self._read: OrderedDict[Hashable, Store] = OrderedDict()  # only to be quick
        self._lock = threading.Lock()

    def of(self, key: Hashable, items: Items) -> Store:
        """Return the store of that key; all that ask at one time get the same. `items` makes what
        it begins with."""
        with self._lock:
            store = self._in_use.get(key)
            if store is None:
                store = Store(
                    items,
                    self._pool,
                    most_items=self._most_items,
                    most_bytes=self._most_bytes,
                    at_first_write=lambda written: self._keep(key, written),
                )
                self._in_use[key] = store
            if key not in self._written:
                self._read[key] = store
                self._read.move_to_end(key)
                if len(self._read) > _MOST_READ:
                    self._read.popitem(last=False)
            return store

    def version(self, key: Hashable) -> int:
        """Return the version of the store of that key, 0 where it was never written to."""
        store = self._written.get(key)
        return store.version if store is not None else 0

    def clear(self) -> None:
        """Forget everything. A request that is under way ends with the store that it has."""
        with self._lock:
            self._written.clear()
            self._read.clear()
            self._in_use = weakref.WeakValueDictionary()

    def _keep(self, key: Hashable, store: Store) -> None:
        with self._lock:
            if self._in_use.get(key) is store:  # else it was cleared since
                self._written[key] = store
                self._read.pop(key, None)


def _called(kind: str) -> str:
    """Return the kind as a sentence has it: lineItem is a line item."""
    return " ".join(words(kind)) or kind


def _size(item: Item | None) -> int:
    return _OVERHEAD + (len(written(item)) if item is not None else 0)
