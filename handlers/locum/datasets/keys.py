"""The keys of a dataset: who has which, whose data they open, and whether they may write."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping

from attrs import frozen

from locum.exceptions import Forbidden, Unauthenticated

AUTO, STRICT, ANY, OFF = MODES = ("auto", "strict", "any", "off")
READ, WRITE = "read", "write"


@frozen
class Credential:
    """What a request may do: the `key` that it gave ('' where it gave none), the `tenant` whose
    data it is about (None where the dataset has no tenant), and its `access`, READ or WRITE."""

    key: str
    tenant: str | None
    access: str = WRITE


@frozen
class KeyEntry:
    """A row of the table `keys`, the key itself replaced by its digest."""

    digest: bytes
    tenant: str
    access: str


@frozen
class Keyring:
    """The keys of one provider, in the dataset's order.

    Mode STRICT knows these keys only, and so does AUTO; but where there are none, STRICT lets
    nobody in, and AUTO everybody who presents a credential, save one with the word "invalid" in it,
    by which a client tries what a wrong one leads to. ANY takes every credential, and gives one
    that nobody has the first tenant; OFF asks for none.

    Where there are no keys, each credential `has_world`s of its own if the data are nobody's: its
    tenant is its digest, that of no credential ''. Else the tenant is the `owner`, who may be None.
    """

    entries: tuple[KeyEntry, ...]
    mode: str = AUTO
    has_worlds: bool = False
    owner: str | None = None

    @classmethod
    def of(
        cls,
        rows: Iterable[tuple[str, str, str]],
        mode: str = AUTO,
        *,
        has_worlds: bool = False,
        owner: str | None = None,
    ) -> Keyring:
        """The keyring of rows of (key, tenant id, access: "rw" or "r")."""
        return cls(
            tuple(
                KeyEntry(digest(key), tenant, READ if access == "r" else WRITE)
                for key, tenant, access in rows
            ),
            mode,
            has_worlds,
            owner,
        )

    @property
    def tenants(self) -> tuple[str, ...]:
        """Every tenant once, in the dataset's order."""
        return tuple(dict.fromkeys(entry.tenant for entry in self.entries))

    @property
    def is_open(self) -> bool:
        """Whether a credential is good because it is well-formed: no keys say which one is."""
        return self.mode == AUTO and not self.entries

    @property
    def takes_any(self) -> bool:
        """Whether every non-empty key is a good one."""
        return self.mode in (ANY, OFF) or self.is_open

    def takes(self, key: str) -> bool:
        """Whether the key is a good one although nobody has it."""
        return self.takes_any and not (self.is_open and "invalid" in key.lower())

    def opens(self, key: str) -> dict[str, str]:
        """The access that the key gives, by tenant; {} if nobody has it.

        Digests of equal length are compared, and all of them: the time taken tells nothing about
        a near miss.
        """
        presented = digest(key)
        found: dict[str, str] = {}
        for entry in self.entries:
            if hmac.compare_digest(entry.digest, presented):
                found.setdefault(entry.tenant, entry.access)
        if not found and self.takes_any:
            return dict.fromkeys(self.tenants, WRITE)
        return found

    def credential(self, key: str, tenant: str, opened: Mapping[str, str]) -> Credential:
        """Return what a request with this key ('' for none), which opens these tenants (see
        `opens`), and this choice of a tenant ('' for none, in any letter case) may do.

        The tenant must be one of the key's; without a good key it stands for itself. Raises
        Unauthenticated where nobody has the credential, Forbidden where a good key names another's
        tenant.
        """
        chosen = tenant.strip().lower()
        if self.is_open and not self.takes(key):
            raise Unauthenticated("unknown")
        if self.takes_any and not self.entries:
            return Credential(key, self.world(key, chosen) if self.has_worlds else self.owner)
        if self.takes_any:
            first = next(iter(opened or self.tenants), None)
            whose = chosen if chosen in self.tenants else first
            return Credential(key, whose, opened.get(whose or "", WRITE))
        if opened and not chosen:
            whose, access = next(iter(opened.items()))
            return Credential(key, whose, access)
        if chosen in (opened or self.tenants):
            return Credential(key, chosen, opened.get(chosen, WRITE))
        raise Forbidden if opened else Unauthenticated("unknown" if key else "unknown tenant")

    def world(self, key: str, tenant: str = "") -> str:
        """Return whose generated data a request sees that presents this key and this tenant ('' for
        none), where nothing has to be presented: the tenant as `credential` finds it, else the
        digest of what is presented, '' for nothing."""
        chosen = tenant.strip().lower()
        opened = self.opens(key) if self.entries and (key or self.mode == OFF) else {}
        if chosen in (opened or self.tenants):
            return chosen
        if opened:
            return next(iter(opened))
        return digest(key or chosen).hex() if key or chosen else ""


def digest(text: str) -> bytes:
    """What a credential is compared, counted and told apart by: never the credential itself."""
    return hashlib.sha256(text.encode()).digest()
