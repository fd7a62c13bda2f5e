from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve

from locum.exceptions import Conflict, InvalidRequest, NotFound, PatchFault, StoreFull
from locum.generate import resources
from locum.generate.items import SEEDS, Items, later
from locum.generate.lists import Lists
from locum.generate.pool import Pool
from locum.generate.resources import Operation, Resource, Role
from locum.generate.store import Store, Stores
from locum.generate.values import Values
from tests.generate.collections_documents import SHOP, loaded

CUSTOMERS, ORDERS = resources.found(SHOP)
ITEMS = Items(SHOP, Values(SHOP.schemas))


def operation(role: Role, resource: Resource = CUSTOMERS) -> Operation:
    return next(each for each in resource.operations if each.role is role)


CREATE, REPLACE, UPDATE = map(operation, (Role.CREATE, Role.REPLACE, Role.UPDATE))
CREATE_ORDER = operation(Role.CREATE, ORDERS)


@pytest.fixture
def store() -> Store:
    return Store(ITEMS, Pool())


def ids(store: Store, scope: tuple[str, ...] = ()) -> list[Any]:
    resource = ORDERS if scope else CUSTOMERS
    return [item[resource.id_property] for item in store.list(resource, scope)]


def test_collection_begins_with_its_valid_example(store: Store) -> None:
    """The document's other example is invalid, and not among them."""
    first = store.list(CUSTOMERS, ())[0]
    assert (first["id"], first["name"], first["balance"]) == (77, "Ada", 5)
    assert len(set(ids(store))) == SEEDS
    assert 78 not in ids(store)


def test_created_item_reads_back_as_it_was_sent(store: Store) -> None:
    sent = {"name": "Grace", "tags": ["a", "b"], "note": None, "status": "bad", "own": {"x": [1]}}
    made = store.create(CUSTOMERS, CREATE, (), sent)
    assert made.items() >= sent.items()
    assert store.get(CUSTOMERS, (), str(made["id"])) == made
    assert store.list(CUSTOMERS, ())[-1] == made


def test_what_was_not_sent_has_its_default_or_is_absent(store: Store) -> None:
    made = store.create(CUSTOMERS, CREATE, (), {"name": "Grace"})
    assert (made["balance"], made["status"], made["note"]) == (0, "new", None)
    assert "nickname" not in made


def test_only_the_server_sets_what_is_read_only(store: Store) -> None:
    sent = {
        "name": "Grace",
        "rank": 7_000_001,
        "created_at": "1999-01-01T00:00:00Z",
        "password": "x",
    }
    made = store.create(CUSTOMERS, CREATE, (), sent)
    assert made.get("rank") != 7_000_001
    assert made["created_at"] != "1999-01-01T00:00:00Z"
    assert "password" not in made


def test_next_integer_is_the_id(store: Store) -> None:
    """77 is the greatest of the seeds, the example's."""
    assert store.create(CUSTOMERS, CREATE, (), {"name": "a"})["id"] == 78
    assert store.create(CUSTOMERS, CREATE, (), {"name": "b"})["id"] == 79
    store.delete(CUSTOMERS, (), "79")
    assert store.create(CUSTOMERS, CREATE, (), {"name": "c"})["id"] == 80


def test_created_later_is_later(store: Store) -> None:
    first = store.create(CUSTOMERS, CREATE, (), {"name": "a"})
    second = store.create(CUSTOMERS, CREATE, (), {"name": "b"})
    assert first["created_at"] < second["created_at"]
    assert first["created_at"] == first["updated_at"]
    same = store.merge(CUSTOMERS, UPDATE, (), str(first["id"]), {"name": "a"})
    assert same["updated_at"] == first["updated_at"]
    changed = store.merge(CUSTOMERS, UPDATE, (), str(first["id"]), {"name": "c"})
    assert changed["created_at"] == first["created_at"] < changed["updated_at"]


def test_created_is_newer_than_all_that_is_there(store: Store) -> None:
    """Whatever seeds and requests say; a minute after the latest."""
    latest = max(item["created_at"] for item in store.list(CUSTOMERS, ()) if "created_at" in item)
    first = store.create(CUSTOMERS, CREATE, (), {"name": "a"})
    assert first["created_at"] == later(latest, 60)
    patch = [{"op": "replace", "path": "/created_at", "value": "2031-01-01T00:00:00Z"}]
    store.patch(CUSTOMERS, (), "77", patch)
    assert store.create(CUSTOMERS, CREATE, (), {"name": "b"})["created_at"] == (
        "2031-01-01T00:01:00Z"
    )
    store.patch(CUSTOMERS, (), str(first["id"]), [patch[0] | {"value": "2001-01-01T00:00:00Z"}])
    assert store.create(CUSTOMERS, CREATE, (), {"name": "c"})["created_at"] == (
        "2031-01-01T00:02:00Z"
    )
    newest = Lists(SHOP, [CUSTOMERS]).of("/customers")
    assert newest is not None
    listed = newest.selected(store.list(CUSTOMERS, ()), {"sort": "-created_at"})
    assert [item["name"] for item in listed[:3]] == ["c", "b", "Ada"]


def test_id_that_no_item_can_have_is_found_nowhere(store: Store) -> None:
    for id_ in ("ann", "007", "-0", "1.5", "", "1" * 400):
        with pytest.raises(NotFound):
            store.get(CUSTOMERS, (), id_)
        with pytest.raises(NotFound):
            store.merge(CUSTOMERS, UPDATE, (), id_, {"name": "b"})
        with pytest.raises(NotFound):
            store.delete(CUSTOMERS, (), id_)
        assert store.list(CUSTOMERS, (), [id_, "5"]) == (store.get(CUSTOMERS, (), "5"),)
    with pytest.raises(NotFound):
        store.replace(CUSTOMERS, REPLACE, (), "ann", {"name": "b"})
    assert store.version == 0


def test_id_that_no_item_can_have_reads_some_item(store: Store) -> None:
    some = store.read(ORDERS, ("5",), "first")
    assert some == store.read(ORDERS, ("5",), "first")
    assert some["customer_id"] == 5
    assert store.read(ORDERS, ("5",), "6") == store.get(ORDERS, ("5",), "6")
    store.create(CUSTOMERS, CREATE, (), {"id": 5, "name": "a"})
    store.delete(CUSTOMERS, (), "5")
    with pytest.raises(NotFound, match="customer 5"):
        store.read(ORDERS, ("5",), "first")


def test_large_integer_is_the_item_s_id(store: Store) -> None:
    for id_, number in ((str(2**63), 2**63), ("9" * 23, 10**23 - 1), (str(1e23), 1e23)):
        assert store.get(CUSTOMERS, (), id_)["id"] == number
        written = store.replace(CUSTOMERS, REPLACE, (), id_, {"name": "Big"})
        assert store.get(CUSTOMERS, (), id_) == written.item
        assert (written.item["id"], written.item["name"]) == (number, "Big")


def test_put_without_an_id_creates_with_a_new_one(store: Store) -> None:
    written = store.replace(CUSTOMERS, REPLACE, (), "", {"name": "a"})
    assert (written.is_new, written.item["id"]) == (True, 78)
    assert store.get(CUSTOMERS, (), "78") == written.item


def test_what_is_not_found_is_called_alike() -> None:
    things = evolve(CUSTOMERS, name="/lineItems", kind="lineItem")
    orders = evolve(ORDERS, name="/lineItems/{}/orders")
    store = Store(ITEMS, Pool())
    store.create(things, CREATE, (), {"id": 5, "name": "a"})
    store.delete(things, (), "5")
    for ask in (lambda: store.get(things, (), "5"), lambda: store.list(orders, ("5",))):
        with pytest.raises(NotFound) as raised:
            ask()
        assert (raised.value.kind, raised.value.id) == ("line item", "5")


def test_many_items_cost_no_more_than_few(store: Store) -> None:
    """What one more costs does not grow with what is there: nothing goes through all ids."""

    class Counted(dict[str, Any]):
        walked = 0

        def __iter__(self) -> Iterator[str]:
            Counted.walked += 1
            return super().__iter__()

    store.create(CUSTOMERS, CREATE, (), {"name": "a"})
    collection = store._collections["/customers", ()]
    collection.items = Counted(collection.items)
    assert store.create(CUSTOMERS, CREATE, (), {"name": "b"})["id"] == 79
    assert Counted.walked == 0


def test_id_that_is_taken(store: Store) -> None:
    store.create(CUSTOMERS, CREATE, (), {"id": 500, "name": "a"})
    with pytest.raises(Conflict, match="customer 500 exists already"):
        store.create(CUSTOMERS, CREATE, (), {"id": 500, "name": "b"})
    replaced = store.create(CUSTOMERS, CREATE, (), {"id": 500, "name": "b"}, refuses_taken=False)
    assert (replaced["id"], replaced["name"]) == (500, "b")
    assert ids(store).count(500) == 1


def test_put_replaces_and_creates(store: Store) -> None:
    old = store.create(CUSTOMERS, CREATE, (), {"name": "a", "nickname": "x", "tags": ["y"]})
    id_ = str(old["id"])
    written = store.replace(CUSTOMERS, REPLACE, (), id_, {"id": 5, "name": "b"})
    assert written.item["id"] == old["id"]
    assert (written.is_new, written.item["name"]) == (False, "b")
    assert not written.item.keys() & {"nickname", "tags"}
    assert written.item["created_at"] == old["created_at"]
    written = store.replace(CUSTOMERS, REPLACE, (), "900", {"name": "c"})
    assert (written.is_new, written.item["id"]) == (True, 900)
    assert ids(store)[-1] == 900


def test_merge_patch_removes_by_null_what_may_be_absent(store: Store) -> None:
    made = store.create(CUSTOMERS, CREATE, (), {"name": "a", "note": "n", "nickname": "x"})
    id_ = str(made["id"])
    change = {"note": None, "nickname": None, "id": 5}
    merged = store.merge(CUSTOMERS, UPDATE, (), id_, change)
    assert (merged["id"], merged["name"], merged["note"]) == (made["id"], "a", None)
    assert "nickname" not in merged
    merged = store.merge(CUSTOMERS, UPDATE, (), id_, {"note": None}, strict=True)
    assert "note" not in merged
    assert store.get(CUSTOMERS, (), id_) == merged


def test_merge_patch_that_would_make_the_item_invalid_is_refused(store: Store) -> None:
    made = store.create(CUSTOMERS, CREATE, (), {"name": "a", "nickname": "x"})
    id_ = str(made["id"])
    for change, location, words in (
        ({"nickname": "y", "name": None}, ("body", "customer"), '"name" is a required property'),
        ({"status": "worse"}, ("body", "customer", "status"), '"worse" is not one of'),
        ([], ("body", "customer"), '[] is not of type "object"'),
    ):
        with pytest.raises(InvalidRequest) as raised:
            store.merge(CUSTOMERS, UPDATE, (), id_, change, strict=True, place=("customer",))
        (fault,) = raised.value.faults
        assert (fault.location, fault.message[: len(words)]) == (location, words)
    assert store.get(CUSTOMERS, (), id_) == made


def test_json_that_is_merged_keeps_what_the_item_can_have(store: Store) -> None:
    """A value of the item's own type that it cannot have is refused; one of another type stands for
    something else, and what it stands for is not known."""
    made = store.create(CUSTOMERS, CREATE, (), {"name": "a", "tags": ["x"]})
    id_ = str(made["id"])
    with pytest.raises(InvalidRequest) as raised:
        store.merge(CUSTOMERS, UPDATE, (), id_, {"nickname": "y", "status": "worse"})
    assert [fault.location for fault in raised.value.faults] == [("body", "status")]
    assert store.get(CUSTOMERS, (), id_) == made
    change = {"name": None, "tags": [{"id": 1}], "nickname": "y", "more": 1}
    merged = store.merge(CUSTOMERS, UPDATE, (), id_, change)
    assert (merged["name"], merged["tags"], merged["nickname"]) == ("a", ["x"], "y")
    assert merged["more"] == 1
    merged = store.merge(CUSTOMERS, UPDATE, (), id_, {"name": None, "nickname": None})
    assert (merged["name"], "nickname" in merged) == ("a", False)


def test_json_patch(store: Store) -> None:
    made = store.create(CUSTOMERS, CREATE, (), {"name": "a", "tags": ["x"]})
    id_ = str(made["id"])
    patched = store.patch(CUSTOMERS, (), id_, [{"op": "add", "path": "/tags/0", "value": "w"}])
    assert patched["tags"] == ["w", "x"]
    with pytest.raises(PatchFault):
        store.patch(CUSTOMERS, (), id_, [{"op": "remove", "path": "/none"}])
    with pytest.raises(InvalidRequest) as raised:
        store.patch(CUSTOMERS, (), id_, [{"op": "replace", "path": "/name", "value": 5}])
    assert raised.value.faults[0].location == ("body", "name")
    assert store.get(CUSTOMERS, (), id_) == patched


def test_deleted_item_is_gone(store: Store) -> None:
    store.delete(CUSTOMERS, (), "77")
    assert 77 not in ids(store)
    for ask in (store.get, store.delete):
        with pytest.raises(NotFound, match="customer 77 not found"):
            ask(CUSTOMERS, (), "77")
    with pytest.raises(NotFound):
        store.merge(CUSTOMERS, UPDATE, (), "77", {"name": "a"})
    assert store.replace(CUSTOMERS, REPLACE, (), "77", {"name": "a"}).is_new
    assert ids(store)[-1] == 77  # as the last one that was created


def test_item_that_was_never_there_is_made_the_same_every_time(store: Store) -> None:
    made = store.get(CUSTOMERS, (), "123")
    assert made["id"] == 123
    assert store.get(CUSTOMERS, (), "123") == made
    assert 123 not in ids(store)
    assert store.merge(CUSTOMERS, UPDATE, (), "123", {"name": "a"}) == (
        made | {"name": "a"} | ({"updated_at": store.get(CUSTOMERS, (), "123")["updated_at"]})
    )
    assert 123 in ids(store)


def test_items_of_some_ids(store: Store) -> None:
    store.delete(CUSTOMERS, (), "2")
    wanted = store.list(CUSTOMERS, (), ["123", "2", "77", "123"])
    assert [item["id"] for item in wanted] == [123, 77]
    assert wanted[0] == store.get(CUSTOMERS, (), "123")


def test_orders_are_those_of_their_customer(store: Store) -> None:
    order = store.create(ORDERS, CREATE_ORDER, ("77",), {"customer_id": 5, "lines": []})
    assert order["customer_id"] == 77
    assert order["order_no"] in ids(store, ("77",))
    assert all(each["customer_id"] == 6 for each in store.list(ORDERS, ("6",)))
    assert len(ids(store, ("6",))) == SEEDS


def test_deleted_parent_takes_its_children(store: Store) -> None:
    store.create(ORDERS, CREATE_ORDER, ("77",), {"lines": []})
    store.delete(CUSTOMERS, (), "77")
    with pytest.raises(NotFound, match="77"):
        store.list(ORDERS, ("77",))
    with pytest.raises(NotFound, match="77"):
        store.create(ORDERS, CREATE_ORDER, ("77",), {"lines": []})
    store.replace(CUSTOMERS, REPLACE, (), "77", {"name": "back"})
    assert ids(store, ("77",)) == []


def test_children_of_a_deleted_parent_make_room() -> None:
    pool = Pool()
    store = Store(ITEMS, pool)
    store.merge(CUSTOMERS, UPDATE, (), "77", {"nickname": "x"})
    before = pool.used
    store.create(ORDERS, CREATE_ORDER, ("77",), {"lines": [{"article": "x" * 10_000}]})
    assert pool.used > before + 10_000
    store.delete(CUSTOMERS, (), "77")
    assert pool.used < before


def test_parent_that_was_asked_about_before_it_was_created(store: Store) -> None:
    assert len(ids(store, ("900",))) == SEEDS
    store.replace(CUSTOMERS, REPLACE, (), "900", {"name": "a"})
    assert ids(store, ("900",)) == []


def test_collections_that_are_only_read_are_not_kept(store: Store) -> None:
    for number in range(50):
        store.list(ORDERS, (str(number),))
    assert len(store._unwritten) < 20
    assert not store._collections


def test_created_parent_has_no_children_yet(store: Store) -> None:
    id_ = str(store.create(CUSTOMERS, CREATE, (), {"name": "a"})["id"])
    assert ids(store, (id_,)) == []
    assert store.get(ORDERS, (id_,), "7")["order_no"] == 7  # any id of a valid form answers
    order = store.create(ORDERS, CREATE_ORDER, (id_,), {"lines": []})
    assert ids(store, (id_,)) == [order["order_no"]] == [1]


def test_what_came_out_stays_as_it_was(store: Store) -> None:
    listed = store.list(CUSTOMERS, ())
    before = [dict(item) for item in listed]
    store.merge(CUSTOMERS, UPDATE, (), "77", {"name": "other", "tags": ["z"]})
    store.patch(CUSTOMERS, (), "77", [{"op": "add", "path": "/tags/0", "value": "y"}])
    store.delete(CUSTOMERS, (), "77")
    assert [*listed] == before


def test_sent_value_may_be_changed_afterwards(store: Store) -> None:
    sent = {"name": "a", "tags": ["x"]}
    made = store.create(CUSTOMERS, CREATE, (), sent)
    sent["tags"].append("y")  # type: ignore[attr-defined]  # a list
    assert store.get(CUSTOMERS, (), str(made["id"]))["tags"] == ["x"]


def test_version_is_new_with_every_write_and_with_no_read() -> None:
    one, other = Store(ITEMS, Pool()), Store(ITEMS, Pool())
    one.list(CUSTOMERS, ())
    assert (one.version, other.version) == (0, 0)
    versions = []
    for each in (one, other, one):
        each.create(CUSTOMERS, CREATE, (), {"name": "a"})
        each.get(CUSTOMERS, (), "1")
        versions.append(each.version)
    assert len({0, *versions}) == 4


def test_items_are_bounded() -> None:
    """The first write keeps the seeds too."""
    store = Store(ITEMS, Pool(), most_items=SEEDS + 2)
    for name in "ab":
        store.create(CUSTOMERS, CREATE, (), {"name": name})
    before, version = store.list(CUSTOMERS, ()), store.version
    with pytest.raises(StoreFull, match=f"it holds {SEEDS + 2} items"):
        store.create(CUSTOMERS, CREATE, (), {"name": "c"})
    assert (store.list(CUSTOMERS, ()), store.version) == (before, version)
    store.merge(CUSTOMERS, UPDATE, (), "77", {"name": "still"})


def test_bytes_are_bounded_and_given_back() -> None:
    pool = Pool(3 * 2**20)
    stores = Stores(pool, most_bytes=2 * 2**20)
    store = stores.of("a", ITEMS)
    big = {"name": "x" * 2**20}
    id_ = str(store.create(CUSTOMERS, CREATE, (), big)["id"])
    with pytest.raises(StoreFull, match="2 MiB"):
        store.create(CUSTOMERS, CREATE, (), big)
    store.delete(CUSTOMERS, (), id_)
    store.create(CUSTOMERS, CREATE, (), big)
    stores.of("b", ITEMS).create(CUSTOMERS, CREATE, (), big)
    with pytest.raises(StoreFull, match="3 MiB in all stores together"):
        stores.of("c", ITEMS).create(CUSTOMERS, CREATE, (), big)
    assert 2 * 2**20 < pool.used < 3 * 2**20
    stores.clear()
    del store
    assert pool.used == 0


def test_stores_are_apart_and_as_at_first_after_clear() -> None:
    stores = Stores(Pool())
    first = stores.of(("shop", "a"), ITEMS).list(CUSTOMERS, ())
    stores.of(("shop", "a"), ITEMS).create(CUSTOMERS, CREATE, (), {"name": "mine"})
    assert len(stores.of(("shop", "a"), ITEMS).list(CUSTOMERS, ())) == SEEDS + 1
    assert stores.version(("shop", "a")) > 0
    assert stores.of(("shop", "b"), ITEMS).list(CUSTOMERS, ()) == first
    assert stores.version(("shop", "b")) == 0
    under_way = stores.of(("shop", "b"), ITEMS)
    stores.clear()
    under_way.create(CUSTOMERS, CREATE, (), {"name": "late"})
    assert stores.version(("shop", "b")) == 0
    assert stores.of(("shop", "b"), ITEMS).list(CUSTOMERS, ()) == first
    assert stores.of(("shop", "a"), ITEMS).list(CUSTOMERS, ()) == first
    assert stores.version(("shop", "a")) == 0


def test_same_requests_make_the_same_items() -> None:
    def history() -> tuple[Any, ...]:
        store = Store(Items(SHOP, Values(SHOP.schemas)), Pool())
        store.create(CUSTOMERS, CREATE, (), {"name": "a"})
        store.delete(CUSTOMERS, (), "77")
        store.create(ORDERS, CREATE_ORDER, ("5",), {"lines": [{"article": "b"}]})
        return store.list(CUSTOMERS, ()), store.list(ORDERS, ("5",))

    assert history() == history()


def test_threads_lose_no_write(store: Store) -> None:
    def create() -> None:
        for _ in range(20):
            store.create(CUSTOMERS, CREATE, (), {"name": "a"})

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ids(store))[-80:] == [*range(78, 158)]


def test_item_that_was_only_made_is_made_again_after_it_was_deleted(store: Store) -> None:
    """Else whoever asks a document's operations one after the other with one id would find nothing
    from the first DELETE on."""
    made = store.get(CUSTOMERS, (), "5000")
    assert store.delete(CUSTOMERS, (), "5000") == made
    assert store.version == 0
    store.merge(CUSTOMERS, UPDATE, (), "5000", {"name": "Joan"})
    assert 5000 in ids(store)
    assert store.delete(CUSTOMERS, (), "5000")["name"] == "Joan"
    assert store.get(CUSTOMERS, (), "5000") == made
    assert 5000 not in ids(store)


def test_item_that_put_has_created_is_gone_once_it_is_deleted(store: Store) -> None:
    store.merge(CUSTOMERS, UPDATE, (), "5000", {"name": "Joan"})
    store.delete(CUSTOMERS, (), "5000")
    store.replace(CUSTOMERS, REPLACE, (), "5000", {"name": "Ida"})
    store.delete(CUSTOMERS, (), "5000")
    with pytest.raises(NotFound):
        store.get(CUSTOMERS, (), "5000")


INVOICE = (
    """{type: object, required: [id], properties: {id: {type: integer}, sum: {type: integer}}}"""
)
INVOICES_TEXT = f"""
openapi: 3.1.0
paths:
  /clients/{{id}}/invoices:
    parameters: [{{name: id, in: path, required: true, schema: {{type: integer}}}}]
    get:
      responses:
        '200':
          content: {{application/json: {{schema: {{type: array, items: {INVOICE}}}}}}}
    post:
      requestBody: {{content: {{application/json: {{schema: {INVOICE}}}}}}}
      responses: {{'201': {{content: {{application/json: {{schema: {INVOICE}}}}}}}}}
  /invoices/{{id}}:
    parameters: [{{name: id, in: path, required: true, schema: {{type: integer}}}}]
    get: {{responses: {{'200': {{content: {{application/json: {{schema: {INVOICE}}}}}}}}}}}
    patch:
      requestBody: {{content: {{application/json: {{schema: {INVOICE}}}}}}}
      responses: {{'200': {{content: {{application/json: {{schema: {INVOICE}}}}}}}}}
    delete: {{responses: {{'204': {{description: ''}}}}}}
"""
INVOICES = loaded(INVOICES_TEXT)
STAMPED = "sum: {type: integer}, created_at: {type: string, format: date-time}"


def test_created_is_newer_than_what_relatives_hold() -> None:
    document = loaded(INVOICES_TEXT.replace("sum: {type: integer}", STAMPED))
    nested, flat = resources.found(document)
    store = Store(Items(document, Values(document.schemas)), Pool())
    create = operation(Role.CREATE, nested)
    sent = {"sum": 1, "created_at": "2031-01-01T00:00:00Z"}
    assert store.create(nested, create, ("7",), sent)["created_at"] == "2031-01-01T00:00:00Z"
    later_one = store.create(nested, create, ("8",), {"sum": 2})
    assert later_one["created_at"] > "2031-01-01T00:00:00Z"
    assert later_one in store.list(flat, ())


def test_what_is_created_under_a_parent_is_read_by_its_own_path() -> None:
    nested, flat = resources.found(INVOICES)
    assert (nested.relatives, flat.relatives) == (("/invoices",), ("/clients/{}/invoices",))
    store = Store(Items(INVOICES, Values(INVOICES.schemas)), Pool())
    create, update = operation(Role.CREATE, nested), operation(Role.UPDATE, flat)
    made = [store.create(nested, create, (client,), {"sum": 7_000_001}) for client in "789"]
    assert len({each["id"] for each in made}) == 3  # in all clients' invoices together
    id_ = str(made[0]["id"])
    assert store.get(flat, (), id_) == made[0]
    assert store.merge(flat, update, (), id_, {"sum": 7_000_002})["sum"] == 7_000_002
    assert {"id": made[0]["id"], "sum": 7_000_002} in store.list(nested, ("7",))
    assert made[1] in store.list(flat, ())
    store.delete(flat, (), id_)
    with pytest.raises(NotFound):
        store.get(flat, (), id_)
    assert made[0]["id"] not in [each["id"] for each in store.list(nested, ("7",))]
