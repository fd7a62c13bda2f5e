"""Keyrings: whose data a key opens, and whether it may write."""

from __future__ import annotations

import pytest

from locum.datasets.keys import ANY, AUTO, OFF, READ, STRICT, WRITE, Credential, Keyring, digest
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


@pytest.mark.parametrize("mode", [AUTO, ANY, OFF])
def test_a_dataset_without_keys_has_no_tenant(mode: str) -> None:
    assert Keyring.of([], mode).credential("eve", "t1", {}) == Credential("eve", None, WRITE)


@pytest.mark.parametrize("mode", [AUTO, ANY, OFF])
def test_without_keys_every_credential_is_the_owners(mode: str) -> None:
    ring = Keyring.of([], mode, owner="t9")
    assert ring.credential("eve", "", {}) == Credential("eve", "t9", WRITE)
    assert ring.credential("", "t1", {}) == Credential("", "t9", WRITE)


EVE, TENANT = (  # SHA-256 of `eve` and of `t1`, computed with sha256sum
    "85262adf74518bbb70c7cb94cd6159d91669e5a81edf1efebd543eadbda9fa2b",
    "628b49d96dcde97a430dd4f597705899e09a968f793491e4b704cae33a40dc02",
)


@pytest.mark.parametrize("mode", [AUTO, ANY, OFF])
@pytest.mark.parametrize(
    ("key", "tenant", "expected"),
    [("eve", "", EVE), ("eve", "t1", EVE), ("", "T1 ", TENANT), ("", "", "")],
)
def test_without_keys_each_credential_may_have_a_world(
    mode: str, key: str, tenant: str, expected: str
) -> None:
    ring = Keyring.of([], mode, has_worlds=True)
    assert ring.credential(key, tenant, {}) == Credential(key, expected, WRITE)
    assert ring.world(key, tenant) == expected


def test_without_keys_only_auto_any_and_off_let_somebody_in() -> None:
    for mode, is_open, takes_any in (
        (AUTO, True, True),
        (ANY, False, True),
        (OFF, False, True),
        (STRICT, False, False),
    ):
        ring = Keyring.of([], mode, has_worlds=True)
        assert (ring.is_open, ring.takes_any) == (is_open, takes_any)
    with pytest.raises(Unauthenticated):
        Keyring.of([], STRICT, has_worlds=True).credential("eve", "", {})


def test_with_keys_auto_is_strict() -> None:
    ring = Keyring.of(ROWS, AUTO, has_worlds=True)
    assert not ring.takes_any
    assert not ring.is_open
    assert ring.credential("ann", "", ring.opens("ann")) == Credential("ann", "t1", WRITE)
    with pytest.raises(Unauthenticated):
        ring.credential("eve", "", ring.opens("eve"))


@pytest.mark.parametrize(
    ("mode", "key", "tenant", "expected"),
    [
        (AUTO, "ann", "", "t1"),
        (AUTO, "ann", "T2", "t2"),
        (AUTO, "eve", "", EVE),
        (AUTO, "", "t2", "t2"),
        (AUTO, "", "", ""),
        (ANY, "eve", "", "t1"),
        (ANY, "", "", ""),
        (OFF, "", "", "t1"),
    ],
)
def test_the_world_of_a_public_operation(mode: str, key: str, tenant: str, expected: str) -> None:
    """It is that of the operations that ask for a credential."""
    assert Keyring.of(ROWS, mode).world(key, tenant) == expected


def test_a_key_that_nobody_has_is_unknown() -> None:
    """And told from a tenant alone that nobody has."""
    for key, tenant, reason in (("eve", "", "unknown"), ("", "t9", "unknown tenant")):
        with pytest.raises(Unauthenticated) as error:
            ask(STRICT, key, tenant)
        assert error.value.reason == reason


def test_a_good_key_opens_no_other_tenant() -> None:
    with pytest.raises(Forbidden):
        ask(STRICT, "ben", "t2")


def test_no_key_is_kept_as_it_is() -> None:
    """SHA-256 of `ann`, computed with sha256sum."""
    expected = "49915e0d7d4b402e3017d010bc1c0e83cac6c797d6c16e66340fe3268693a6a1"
    assert "ann" not in repr(Keyring.of([("ann", "t1", "rw")]))
    assert digest("ann").hex() == expected


def test_a_credential_that_says_so_is_invalid_where_others_are_taken_as_they_come() -> None:
    """Whoever tries what a wrong credential leads to can see it."""
    opened = Keyring.of([], has_worlds=True)
    assert [opened.takes(key) for key in ("k", "Invalid-key", "ann:invalid")] == [
        True,
        False,
        False,
    ]
    with pytest.raises(Unauthenticated):
        opened.credential("invalid", "", {})
    assert Keyring.of([], "any").takes("invalid")
