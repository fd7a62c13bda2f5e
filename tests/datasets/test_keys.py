"""Keyrings: whose data a key opens, and whether it may write."""

from __future__ import annotations

import pytest

from locum.datasets.keys import ANY, OFF, READ, STRICT, WRITE, Credential, Keyring, digest
from locum.exceptions import Forbidden, Unauthenticated

# Ann writes for both tenants, Ben reads one's data; who comes first in the dataset is tenant t1.
ROWS = (("ann", "t1", "rw"), ("ben", "t1", "r"), ("ann", "t2", "rw"), ("ben", "t1", "rw"))


def ask(mode: str, key: str, tenant: str = "") -> Credential:
    ring = Keyring.of(ROWS, mode)
    return ring.credential(key, tenant, ring.opens(key) if key else {})


def test_tenants_are_told_once_in_the_datasets_order() -> None:
    assert Keyring.of(ROWS).tenants == ("t1", "t2")


def test_a_key_opens_its_tenants_and_the_first_row_says_how() -> None:
    ring = Keyring.of(ROWS)
    assert ring.opens("ann") == {"t1": WRITE, "t2": WRITE}
    assert ring.opens("ben") == {"t1": READ}
    assert ring.opens("eve") == {}


@pytest.mark.parametrize("access", ["rw", "w", "", "R"])
def test_all_but_r_may_write(access: str) -> None:
    """`r` alone is a word of the data dictionary for reading; the other one is `rw`."""
    assert Keyring.of([("ann", "t1", access)]).opens("ann") == {"t1": WRITE}


def test_any_key_opens_every_tenant_where_any_is_taken() -> None:
    ring = Keyring.of(ROWS, ANY)
    assert ring.opens("eve") == {"t1": WRITE, "t2": WRITE}
    assert ring.opens("ben") == {"t1": READ}


@pytest.mark.parametrize(
    ("mode", "key", "tenant", "expected"),
    [
        (STRICT, "ann", "", Credential("ann", "t1", WRITE)),
        (STRICT, "ann", "t2", Credential("ann", "t2", WRITE)),
        (STRICT, "ann", " T2 ", Credential("ann", "t2", WRITE)),
        (STRICT, "ben", "", Credential("ben", "t1", READ)),
        (STRICT, "ben", "t1", Credential("ben", "t1", READ)),
        (STRICT, "", "t2", Credential("", "t2", WRITE)),
        (ANY, "eve", "", Credential("eve", "t1", WRITE)),
        (ANY, "eve", "t2", Credential("eve", "t2", WRITE)),
        (ANY, "ben", "", Credential("ben", "t1", READ)),
        (OFF, "", "", Credential("", "t1", WRITE)),
        (OFF, "", "t2", Credential("", "t2", WRITE)),
        (OFF, "", "t9", Credential("", "t1", WRITE)),
    ],
)
def test_what_a_request_may_do(mode: str, key: str, tenant: str, expected: Credential) -> None:
    assert ask(mode, key, tenant) == expected


def test_a_dataset_without_keys_has_no_tenant() -> None:
    assert Keyring.of([], OFF).credential("", "", {}) == Credential("", None, WRITE)


def test_a_key_that_nobody_has_is_unknown() -> None:
    with pytest.raises(Unauthenticated):
        ask(STRICT, "eve")
    with pytest.raises(Unauthenticated):
        ask(STRICT, "", "t9")


def test_a_good_key_opens_no_other_tenant() -> None:
    with pytest.raises(Forbidden):
        ask(STRICT, "ben", "t2")


def test_no_key_is_kept_as_it_is() -> None:
    """SHA-256 of `ann`, computed with sha256sum."""
    expected = "49915e0d7d4b402e3017d010bc1c0e83cac6c797d6c16e66340fe3268693a6a1"
    assert "ann" not in repr(Keyring.of([("ann", "t1", "rw")]))
    assert digest("ann").hex() == expected
