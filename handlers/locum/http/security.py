"""The security schemes of a document, checked: credentials against the keys of the dataset.

Connexion combines the schemes of an operation (any one of the alternatives, all schemes of an
alternative); the checks here look at one scheme each. The bundled documents know three kinds: a key
in a header, a bearer token (which is a key too), and the tenant header.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connexion.security import NO_VALUE, AbstractSecurityHandler
from starlette.types import Scope

from locum.exceptions import Unauthenticated
from locum.http.headers import Headers
from locum.http.keys import KEYRINGS, OPENED, TENANT_HEADER, token


class Asked:
    """What the checks, and Connexion around them, need of a request: to make Connexion's own takes
    longer than all checks."""

    def __init__(self, scope: Scope) -> None:
        self.scope, self.headers = scope, Headers.of(scope)
        self.context: dict[str, Any] = {}  # where Connexion notes who asks


class _Scheme(AbstractSecurityHandler):  # type: ignore[misc]  # Connexion ships no types
    """The check of one scheme: its header holds something, and a key is one that somebody has.

    Whether key and tenant belong together is `Keyring.tenant`'s question, asked once per request.
    """

    def __init__(self, provider: str) -> None:
        self.provider = provider

    def get_fn(
        self, security_scheme: dict[str, Any], required_scopes: list[str]
    ) -> Callable[[Asked], Any]:
        """The check for this scheme of the document; none has scopes (`documents` sees to it)."""
        del required_scopes
        header = security_scheme.get("name", "Authorization").lower()

        def check(request: Asked) -> Any:
            value = token(request.headers.get(header))
            if not value:
                return NO_VALUE
            if header != TENANT_HEADER:
                opened = request.scope[KEYRINGS][self.provider].tenants_of(value)
                if not opened:
                    raise Unauthenticated("unknown")
                request.scope[OPENED] = (value, opened)
            return {}

        return check


def security_map(provider: str) -> dict[str, Callable[[], AbstractSecurityHandler]]:
    """What Connexion asks for: a check for each kind of scheme."""
    return {"apiKey": lambda: _Scheme(provider), "bearer": lambda: _Scheme(provider)}
