"""Credentials: read from where the document's security schemes say, and decided once.

Connexion combines the schemes of an operation (any one of the alternatives, all schemes of an
alternative); here each scheme says whether the request satisfies it. Then the provider finds key
and tenant among the texts that the request presents, and the keyring decides what they open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connexion.middleware.security import SecurityAPI, SecurityMiddleware, SecurityOperation
from connexion.security import NO_VALUE, AbstractSecurityHandler
from starlette.requests import cookie_parser
from starlette.types import Receive, Scope, Send

from locum.datasets.keys import OFF, Credential, Keyring, digest
from locum.exceptions import Unauthenticated
from locum.generate.failures import Failures
from locum.http.context import Headers, RequestContext
from locum.http.control import OwnControl
from locum.http.faults import Documented, act
from locum.http.parameters import query_of
from locum.http.routes import FlatMiddleware
from locum.openapi.responses import Responses
from locum.provider import Presented, Provider

Schemes = Mapping[str, Mapping[str, Any]]  # a document's securitySchemes


Reader = Callable[[Scope, Headers], str]  # what a request presents for a scheme, '' for nothing


def reader(scheme: Mapping[str, Any]) -> Reader:
    """Return what reads a scheme's credential from where the document says: an apiKey from a
    header, the query or a cookie, all others from Authorization."""
    place, name = scheme.get("in", "header"), scheme.get("name", "Authorization")
    header = name.lower()
    if place == "query":
        return lambda scope, _: next(iter(query_of(scope).get(name, ())), "").strip()
    if place == "cookie":
        return lambda _, headers: _cookie(headers, name)
    if header == "authorization":
        return lambda _, headers: bearer_token(headers.get(header).strip())
    return lambda _, headers: headers.get(header).strip()


def _nothing(_scope: Scope, _headers: Headers) -> str:
    """Read the credential of a scheme that the operation does not name."""
    return ""


def _cookie(headers: Headers, name: str) -> str:
    cookies = cookie_parser("; ".join(headers.getlist("cookie")))
    return cookies.get(name, "").strip()


class PresentedTexts:
    """The texts that a request presents for a document's schemes, by their names. It stands for the
    request before Connexion, whose own takes longer to make than all checks."""

    def __init__(self, texts: dict[str, str], keyring: Keyring) -> None:
        self.texts, self.keyring = texts, keyring
        self.context: dict[str, Any] = {}  # where Connexion notes what it found
        self._opened: dict[str, dict[str, str]] = {}

    def opened_by(self, key: str) -> dict[str, str]:
        """Return the access that a key gives, by tenant; it is looked up once."""
        if key not in self._opened:
            self._opened[key] = self.keyring.opens(key)
        return self._opened[key]

    def credential(self, presented: Presented) -> Credential:
        """Return what the request may do. Raises Unauthenticated and Forbidden."""
        opened = self.opened_by(presented.key) if presented.key else {}
        return self.keyring.credential(presented.key, presented.tenant, opened)


def texts_of(name: str, schemes: Schemes) -> dict[str, str]:
    """Return the texts of a request that presents something for the scheme of that name alone."""
    return {other: "text" if other == name else "" for other in schemes}


def bearer_token(header: str) -> str:
    """Return what stands behind `Bearer`, or the whole: a bare key works as well."""
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else header


class SchemeCheck(AbstractSecurityHandler):  # type: ignore[misc]  # Connexion ships no types
    """Connexion's check of one scheme: the request presents a text for it, and one that is a key is
    a key that somebody has."""

    def __init__(self, provider: Provider, schemes: Schemes) -> None:
        self.provider, self.schemes = provider, schemes

    def get_fn(
        self, security_scheme: dict[str, Any], required_scopes: list[str]
    ) -> Callable[[PresentedTexts], Any]:
        """Return the check; no scheme has scopes (`openapi.checks` sees to it)."""
        del required_scopes
        name = next(name for name, scheme in self.schemes.items() if scheme == security_scheme)
        is_key = bool(self.provider.credential(texts_of(name, self.schemes)).key)

        def check(request: PresentedTexts) -> Any:
            text = request.texts[name]
            if not text:
                return NO_VALUE
            if is_key and not (request.opened_by(text) or request.keyring.takes_any):
                raise Unauthenticated("unknown")
            return {}

        return check


def security_map(
    provider: Provider, schemes: Schemes
) -> dict[str, Callable[[], AbstractSecurityHandler]]:
    """Return what Connexion asks for: a check for each kind of scheme."""
    return dict.fromkeys(("apiKey", "bearer"), lambda: SchemeCheck(provider, schemes))


def caller(found: Presented, scope: Scope) -> bytes:
    """Return who asks, without telling the credential: a digest of the key, else of the tenant,
    else of the client's address."""
    return digest(found.key or found.tenant or str((scope.get("client") or [""])[0]))


class SecuredOperation(SecurityOperation):  # type: ignore[misc]
    """Decides the credential of a request for the operation, and counts its caller."""

    provider: Provider
    readers: list[tuple[str, Reader]]  # one for each scheme of the document
    documented: Documented
    failures: Failures
    control: OwnControl

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises Unauthenticated, Forbidden and RateLimited, and what `faults.act` does."""
        context = RequestContext.of(scope)
        assert context.scenario is not None  # noqa: S101 - the entry has chosen it
        state, context.provider = context.state, self.provider
        context.operation, context.failures = self.documented.name, self.failures
        if state.acts:
            going_on = await act(self.documented, context, scope, receive, send)
            if going_on is None:
                return
            receive, send = going_on
        keyring = context.scenario.keyrings[self.provider.name]
        texts = {name: read(scope, context.headers) for name, read in self.readers}
        presented = context.presented = self.provider.credential(texts)
        if self.security:
            request = PresentedTexts(texts, keyring)
            if keyring.mode != OFF:
                await self.verification_fn(request)
            # The alternative {} asks for nothing; whoever presents nothing is nobody.
            if {} not in self.security or any(texts.values()) or keyring.mode == OFF:
                context.credential = request.credential(presented)
        if state.sandbox.rate_limit is not None:
            await self.control.count(state.sandbox.name, caller(presented, scope).hex())
        await self.next_app(scope, receive, send)


class _SecurityAPI(SecurityAPI):  # type: ignore[misc]
    def __init__(self, specification: Any, **options: Any) -> None:
        self.control = options.pop("control")
        super().__init__(specification, **options)

    def make_operation(self, operation: Any) -> SecuredOperation:
        made: SecuredOperation = SecuredOperation.from_operation(
            operation,
            next_app=self.next_app,
            security_handler_factory=self.security_handler_factory,
        )
        made.provider = self.specification.served.provider
        schemes = made.security_schemes
        # Whoever calls a public operation is counted by what opens others.
        named = set().union(*made.security) if made.security else set(schemes)
        made.readers = [
            (name, reader(scheme) if name in named else _nothing)
            for name, scheme in schemes.items()
        ]
        definition = self.specification.get_operation(operation.path, operation.method)
        path, method = operation.path, operation.method
        made.documented = Documented.of(path, method, definition)
        made.failures = Failures(
            Responses(self.specification.schemas, path, method, definition),
            self.specification.service.generator,
        )
        made.control = self.control
        return made


class Security(FlatMiddleware, SecurityMiddleware):  # type: ignore[misc]
    """Connexion's, with our operations."""

    api_cls = _SecurityAPI
