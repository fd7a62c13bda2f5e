"""The keys of a dataset: who has which, and whose data a request may see."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

from locum.exceptions import Forbidden, Unauthenticated
from locum.http.headers import Headers

TENANT_HEADER = "x-tenant-id"
KEYRINGS = "locum.keyrings"  # where a request's ASGI scope has its keyrings, by provider
OPENED = "locum.opened"  # and a key of its own with the tenants that this opens
STRICT, ANY, OFF = MODES = ("strict", "any", "off")


@frozen
class Keyring:
    """The keys of one provider: `entries` are (digest of a key, tenant id), in the dataset's order.

    Mode strict knows these keys only; any takes every non-empty credential, and gives one that
    nobody has the first tenant; off asks for none.
    """

    entries: tuple[tuple[bytes, str], ...]
    mode: str = STRICT

    @classmethod
    def of(cls, provider: str, rows: Iterable[tuple[str, str, str]], mode: str) -> Keyring:
        """The provider's part of rows of (key, provider, tenant id)."""
        return cls(tuple((_digest(key), t) for key, owner, t in rows if owner == provider), mode)

    @property
    def tenants(self) -> tuple[str, ...]:
        """Every tenant once, in the dataset's order."""
        return tuple(dict.fromkeys(tenant for _, tenant in self.entries))

    def tenants_of(self, key: str) -> tuple[str, ...]:
        """The tenants that the key opens, none if nobody has it.

        Digests of equal length are compared, and all of them: the time taken tells nothing about
        a near miss.
        """
        asked = _digest(key)
        found = tuple(t for known, t in self.entries if hmac.compare_digest(known, asked))
        return found or (self.tenants if self.mode == ANY else ())

    def tenant(self, headers: Headers, known: tuple[str, tuple[str, ...]] = ("", ())) -> str | None:
        """The tenant whose data a request may see; None if the dataset has no tenant. `known` is
        a key whose tenants were looked up already, and these.

        A tenant header chooses among the key's tenants; without a good key it stands for itself.
        Raises Unauthenticated where nobody has the credential, Forbidden where a good key asks
        for another's tenant.
        """
        key, chosen = _key(headers), headers.get(TENANT_HEADER).strip().lower()
        opened = known[1]
        if key != known[0]:
            opened = self.tenants_of(key) if key else ()
        if self.mode != STRICT:
            first = next(iter(opened or self.tenants), None)
            return chosen if chosen in self.tenants else first
        if opened and not chosen:
            return opened[0]
        if chosen in (opened or self.tenants):
            return chosen
        raise Forbidden if opened else Unauthenticated("unknown")


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _key(headers: Headers) -> str:
    """The API key or bearer token of a request, '' without one."""
    return headers.get("x-api-key").strip() or token(headers.get("authorization"))


def caller(headers: Headers, scope: Mapping[str, Any]) -> bytes:
    """Who asks, without telling the credential: a digest of it, else of the tenant, else of the
    client's address."""
    who = _key(headers) or headers.get(TENANT_HEADER) or str((scope.get("client") or [""])[0])
    return _digest(who)


def token(header: str) -> str:
    """What stands behind `Bearer`, or the whole: a bare key works as well."""
    scheme, _, token = header.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else header.strip()
