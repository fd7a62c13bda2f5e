"""Credentials: read from where the document's security schemes say, and decided once.

Connexion combines the schemes of an operation (any one of the alternatives, all schemes of an
alternative); here each scheme says whether the request satisfies it. Then the provider finds key
and tenant among the texts that the request presents, and the keyring decides what they open.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from connexion.middleware.security import SecurityAPI, SecurityMiddleware, SecurityOperation
from connexion.security import NO_VALUE, AbstractSecurityHandler
from starlette.types import Receive, Scope, Send

from locum.datasets.keys import OFF, Credential, Keyring, digest
from locum.exceptions import Unauthenticated
from locum.generate.failures import Failures
from locum.http.context import Headers, RequestContext
from locum.http.control import OwnControl
from locum.http.faults import Documented, act
from locum.http.parameters import cookies_of, query_of
from locum.http.routes import FlatMiddleware
from locum.openapi.responses import Responses
from locum.provider import Presented, Provider, first_text

Schemes = Mapping[str, Mapping[str, Any]]  # a document's securitySchemes
Reader = Callable[[Scope, Headers], str]  # what a request presents for a scheme, '' for nothing

BASIC, BEARER, DIGEST = "basic", "bearer", "digest"


def http_scheme(scheme: Mapping[str, Any]) -> str | None:
    """Return the word before the credential in Authorization, in lower case; None where a scheme
    has no such word, as an API key."""
    kind = scheme.get("type")
    if kind in ("oauth2", "openIdConnect"):
        return BEARER
    return str(scheme.get("scheme", BEARER)).lower() if kind == "http" else None


def can_be_presented(scheme: Mapping[str, Any]) -> bool:
    """Whether a request can carry a credential for the scheme. A client's certificate is none that
    plain HTTP shows, and a kind that nobody knows has no place: both are taken for there."""
    return scheme.get("type") == "apiKey" or http_scheme(scheme) is not None


def reader(scheme: Mapping[str, Any], *, is_exact: bool = False) -> Reader:
    """Return what reads a scheme's credential from where the document says: an apiKey from a
    header, the query or a cookie, all others from Authorization.

    Of Basic it is `user:password`, of Digest the user, of others what stands behind the scheme's
    word. A bearer token may stand without that, unless it `is_exact`.
    """
    place, name = scheme.get("in", "header"), scheme.get("name", "Authorization")
    word, header = http_scheme(scheme), name.lower()
    if not can_be_presented(scheme):
        return _nothing
    if word is not None and (is_exact or word != BEARER):
        read = _CREDENTIALS.get(word, str)
        return lambda _, headers: read(_behind(word, headers.get("authorization")))
    if word is not None:
        return lambda _, headers: bearer_token(headers.get("authorization").strip())
    if place == "query":
        return lambda scope, _: next(iter(query_of(scope).get(name, ())), "").strip()
    if place == "cookie":
        return lambda _, headers: next(iter(cookies_of(headers).get(name, ())), "").strip()
    if header == "authorization":
        return lambda _, headers: bearer_token(headers.get(header).strip())
    return lambda _, headers: headers.get(header).strip()


def _nothing(_scope: Scope, _headers: Headers) -> str:
    """Read the credential of a scheme that the operation does not name."""
    return ""


def _behind(word: str, header: str) -> str:
    """Return what stands in Authorization behind the scheme's word, '' where another one does."""
    scheme, _, rest = header.strip().partition(" ")
    return rest.strip() if scheme.lower() == word else ""


def _user_and_password(text: str) -> str:
    """Return what a Basic credential says (RFC 7617, section 2), '' where it is none."""
    try:
        decoded = b64decode(text, validate=True)
    except ValueError:
        return ""
    if b":" not in decoded:
        return ""
    try:
        return decoded.decode()
    except UnicodeDecodeError:
        return decoded.decode("latin-1")


_DIGEST = re.compile(r'(?:\A|[\s,])(username|realm|nonce|uri|response)="((?:[^"\\]|\\.)*)"')
_OF_DIGEST = {"username", "realm", "nonce", "uri", "response"}
_NOBODY = '""'  # the user of a Digest credential that names none


def _digest_user(text: str) -> str:
    """Return the user of a Digest credential, '' where it is none: it has five parameters (RFC
    7616, section 3.4, and Prism ask for them), of any value. All else of it differs from request to
    request."""
    found = dict(_DIGEST.findall(text))
    return (found["username"] or _NOBODY) if found.keys() == _OF_DIGEST else ""


def _token(text: str) -> str:
    """Return a bearer token (RFC 6750, section 2.1), which is one word."""
    return "" if " " in text else text


_CREDENTIALS: dict[str, Callable[[str], str]] = {
    BASIC: _user_and_password,
    BEARER: _token,
    DIGEST: _digest_user,
}


def challenge(security: Sequence[Mapping[str, Any]] | None, schemes: Schemes) -> str:
    """Return the WWW-Authenticate header for an operation with that security: a challenge for each
    of its schemes that has one (RFC 9110, section 11.6.1), of a public operation for each of the
    document's. They are written as Prism writes them.

    API keys have none that is registered: where nothing else opens the operation, `ApiKey` says
    where the key belongs.
    """
    named = [name for alternative in security or () for name in alternative] or [*schemes]
    its = [schemes[name] for name in dict.fromkeys(named) if name in schemes]
    known = [_challenge_of(each) for each in its if http_scheme(each) is not None]
    # Whose name says that the key is a token.
    known += ["Bearer" for each in its if str(each.get("name")).lower() == "authorization"]
    if not known:
        places = [(each["in"], each["name"]) for each in its if each.get("type") == "apiKey"]
        known = [
            f'ApiKey realm="*", in={_quoted(place)}, name={_quoted(name)}' for place, name in places
        ]
    return ",".join(dict.fromkeys(known)) or "Bearer"


_CHALLENGES = {
    BASIC: 'Basic realm="*"',
    BEARER: "Bearer",
    DIGEST: 'Digest realm="*", nonce="abc123"',  # no secret: who answers it is not checked
    "oauth2": "OAuth2",
    "openIdConnect": "OpenID",
}


def _challenge_of(scheme: Mapping[str, Any]) -> str:
    word = http_scheme(scheme) or ""
    known = _CHALLENGES.get(str(scheme.get("type"))) or _CHALLENGES.get(word)
    if known is not None:
        return known
    name = "".join(re.findall(r"[\w!#$%&'*+.^`|~-]", word, re.ASCII)).capitalize()
    return f'{name} realm="*"' if name else "Bearer"


def _quoted(text: str) -> str:
    printable = "".join(c if c.isprintable() and c.isascii() else "?" for c in text)
    return '"' + printable.replace("\\", r"\\").replace('"', r"\"") + '"'


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
        """Return the check of the scheme of that name. Scopes are not looked at."""
        del required_scopes
        name = security_scheme["name"]
        if not can_be_presented(self.schemes.get(name, {})):
            return lambda _: {}
        is_key = bool(self.provider.credential(texts_of(name, self.schemes)).key)

        def check(request: PresentedTexts) -> Any:
            text = request.texts[name]
            if not text:
                return NO_VALUE
            if is_key and not (request.opened_by(text) or request.keyring.takes(text)):
                raise Unauthenticated("unknown")
            return {}

        return check


def security_map(
    provider: Provider, schemes: Schemes
) -> dict[str, Callable[[], AbstractSecurityHandler]]:
    """Return what Connexion asks for: the check of each kind of scheme. To Connexion all schemes
    are of one kind (`stand_ins`), since it leaves out an alternative with one that it does not
    know."""
    return {"apiKey": lambda: SchemeCheck(provider, schemes)}


def stand_ins(security: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a scheme for each name in the security of an operation, which tells that name."""
    return {name: {"type": "apiKey", "name": name} for each in security for name in each}


def world_of(context: RequestContext) -> str:
    """Return whose generated data a request sees: its tenant's, else those of what it presents, of
    a public operation too; '' is nobody's."""
    credential, presented = context.credential, context.presented
    if credential is not None and credential.tenant is not None:
        return credential.tenant
    assert context.scenario is not None  # noqa: S101 - the entry has chosen it
    assert context.provider is not None  # noqa: S101 - that of the operation
    keyring = context.scenario.keyrings[context.provider.name]
    return keyring.world(presented.key, presented.tenant)


def caller(found: Presented, scope: Scope) -> bytes:
    """Return who asks, without telling the credential: a digest of the key, else of the tenant,
    else of the client's address."""
    return digest(found.key or found.tenant or str((scope.get("client") or [""])[0]))


class SecuredOperation(SecurityOperation):  # type: ignore[misc]
    """Decides the credential of a request for the operation, and counts its caller."""

    provider: Provider
    readers: list[tuple[str, Reader]]  # one for each scheme of the document
    exact_readers: list[tuple[str, Reader]]  # where no keys tell which credential is one
    is_optional: bool  # whether a request may present nothing
    challenge: str
    documented: Documented
    failures: Failures
    control: OwnControl

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises Unauthenticated, Forbidden and RateLimited, and what `faults.act` does."""
        context = RequestContext.of(scope)
        assert context.scenario is not None  # noqa: S101 - the entry has chosen it
        state, context.provider = context.state, self.provider
        context.operation, context.challenge = self.documented.name, self.challenge
        context.failures = self.failures
        if state.acts:
            going_on = await act(self.documented, context, scope, receive, send)
            if going_on is None:
                return
            receive, send = going_on
        keyring = context.scenario.keyrings[self.provider.name]
        readers = self.exact_readers if keyring.is_open else self.readers
        texts = {name: read(scope, context.headers) for name, read in readers}
        presented = context.presented = self.provider.credential(texts)
        if self.security:
            request = PresentedTexts(texts, keyring)
            if keyring.mode != OFF:
                if presented.fault:
                    raise Unauthenticated(presented.fault)
                await self.verification_fn(request)
            # Whoever presents nothing, where nothing is asked for, is nobody.
            if not self.is_optional or any(texts.values()) or keyring.mode == OFF:
                context.credential = request.credential(presented)
        if state.sandbox.rate_limit is not None:
            await self.control.count(state.sandbox.name, caller(presented, scope).hex())
        await self.next_app(scope, receive, send)


class _SecurityAPI(SecurityAPI):  # type: ignore[misc]
    def __init__(self, specification: Any, **options: Any) -> None:
        self.control = options.pop("control")
        super().__init__(specification, **options)

    def make_operation(self, operation: Any) -> SecuredOperation:
        security = operation.security or []
        made = SecuredOperation(
            self.next_app,
            security_handler_factory=self.security_handler_factory,
            security=security,
            security_schemes=stand_ins(security),
        )
        made.provider = provider = self.specification.served.provider
        schemes = operation.security_schemes
        # Whoever calls a public operation is counted by what opens others.
        named = set().union(*security) if security else set(schemes)
        its = {name: scheme if name in named else {} for name, scheme in schemes.items()}
        # One word in Authorization tells another scheme from a token without its own.
        has_words = {http_scheme(scheme) for scheme in its.values()} - {None, BEARER}
        made.readers = [(n, reader(s, is_exact=bool(has_words))) for n, s in its.items()]
        made.exact_readers = made.readers
        if provider.credential is first_text:  # no manners of its own
            made.exact_readers = [(n, reader(s, is_exact=True)) for n, s in its.items()]
        made.is_optional = any(
            not any(can_be_presented(schemes.get(name, {})) for name in alternative)
            for alternative in security
        )
        made.challenge = challenge(security, schemes)
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
