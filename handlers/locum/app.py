"""The whole server on one screen: documents with their providers, middleware, routes.

A request passes the middleware of `build` from top to bottom; then the operation reads and checks
it and calls the provider's handler with the data of its scenario, and checks the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from pathlib import Path

from attrs import evolve
from connexion.exceptions import ProblemException
from connexion.middleware.exceptions import ExceptionMiddleware
from connexion.middleware.server_error import ServerErrorMiddleware
from starlette.exceptions import HTTPException

from locum.exceptions import DocumentError, ProviderError
from locum.generate.asked import ORDINARY, Manner
from locum.http import PREFIX, TIME_LIMIT, admin, errors, exports
from locum.http.admission import Admission
from locum.http.connexion_app import Application, ServedDocument
from locum.http.control import OwnControl, Pages
from locum.http.cors import CrossOrigin
from locum.http.entry import Entry
from locum.http.faults import Unmatched
from locum.http.journal import Entry as Noted
from locum.http.preferences import IN_QUERY
from locum.http.routes import ProviderOfPath, RoutingByEncodedPath, shape
from locum.http.sandboxes import Sandboxes
from locum.http.security import Security, texts_of
from locum.openapi import documents
from locum.openapi.documents import Document, operation_name
from locum.openapi.findings import Finding, raise_found
from locum.provider import Presented, Provider
from locum.provider_code import called, fault_of
from locum.providers import bundled, foreign
from locum.scenarios import Scenarios


def read(
    providers: Sequence[Provider],
    specs: Sequence[Path | str] = (),
    *,
    named: Collection[str] = (),
    strict: bool = False,
) -> tuple[ServedDocument, ...]:
    """Read the documents at the paths, else those of the providers, each with its provider (see
    `_provider`; `named` are those that were named).

    Raises DocumentError for one that is not what it must be, with `strict` and of a bundled
    provider also where something in it would be without effect; and for two that collide;
    ProviderError for a handler that cannot be called for its operation or has none.
    """
    if specs:
        pairs: list[tuple[Document, Provider]] = []
        for spec in specs:
            taken = {*(each.name for each in providers), *(whose.name for _, whose in pairs)}
            pairs.append(_read(Path(spec), providers, named, taken))
    else:
        pairs = [
            (_of_provider(provider, strict=strict), provider)
            for provider in providers
            if provider.documents
        ]
        _check_names(pairs, providers)
    for document, provider in pairs:
        _check_paths(document, provider)
        _check_handlers(document, provider)
        _check_credential(document, provider)
        if strict:
            raise_found([*document.warnings, *_idle(document, provider)])
    own = _own_paths(pairs)
    return tuple(
        ServedDocument(evolve(document, name=name), provider, _aliases(document, provider, own))
        for (document, provider), name in zip(pairs, _names(pairs), strict=True)
    )


def build(
    served: Sequence[ServedDocument],
    scenarios: Scenarios,
    *,
    cors: bool = True,
    control: OwnControl | None = None,
    time_limit: float = TIME_LIMIT,
    admin_token: str = "",
    reloads: admin.Reloads | None = None,
    tell: Callable[[Noted], None] | None = None,
    manner: Manner = ORDINARY,
) -> Application:
    """Put together the ASGI application that answers the documents' operations from the scenarios'
    datasets, each within `time_limit` seconds. `cors` lets pages of other origins ask, and with the
    token set sandboxes. Health tells of `reloads`; each request that is answered is told to
    `tell`. `manner` is how answers are generated."""
    control = control or OwnControl(Sandboxes())
    provider_of = ProviderOfPath(_all_paths(served), served[0].provider)
    export = exports.Page(control, scenarios).route()
    further = [*Pages(control, scenarios, admin_token).routes(), export]
    own_pages = admin.router([each.document for each in served], scenarios, reloads, further)
    pages = Unmatched(own_pages)
    middlewares = [
        partial(
            Entry,
            scenarios=scenarios,
            control=control,
            time_limit=time_limit,
            tell=tell,
            taken=_taken(served),
        ),
        partial(ServerErrorMiddleware, handler=errors.unanswered),
        partial(CrossOrigin, provider_of=provider_of),
        ExceptionMiddleware,
        partial(
            RoutingByEncodedPath,
            pages=pages,
            unmatched=Unmatched,
            tells_empty=manner.is_static,
        ),
        Security,
    ]
    if not cors:
        del middlewares[2]
    application = Application(served, middlewares, pages, control, Admission(time_limit), manner)
    for raised in (Exception, HTTPException, ProblemException):
        application.add_error_handler(
            raised, errors.answerer(provider_of, are_told=tell is not None)
        )
    application.build()
    return application


def warnings(served: Iterable[ServedDocument]) -> list[Finding]:
    """Return what in the documents has no effect."""
    return [
        found
        for each in served
        for found in (*each.document.warnings, *_idle(each.document, each.provider))
    ]


def _idle(document: Document, provider: Provider) -> list[Finding]:
    """Find what a request may send and nothing of the answer depends on."""
    computed = provider.functions.keys() | provider.refused.keys()
    if computed >= _operation_names(document):
        return []
    from locum.generate import resources  # noqa: PLC0415  # see `generate.generator`
    from locum.generate.lists import without_effect  # noqa: PLC0415

    return without_effect(document, resources.found(document), computed)


def _of_provider(provider: Provider, *, strict: bool) -> Document:
    """Read the documents of a provider, as one. That the bundled ones are strict is what tests see
    to, and on demand each start."""
    first, *further = provider.documents
    is_bundled = provider in bundled()
    checked = is_bundled and not strict
    return documents.load(first, further=further, strict=is_bundled, checked=checked)


def _read(
    path: Path,
    providers: Sequence[Provider],
    named: Collection[str],
    taken: Collection[str],
) -> tuple[Document, Provider]:
    """Read a document, with the overlays of its provider where that was named, and return both."""
    document = documents.load(path)
    provider = _provider(document, providers, named) or foreign(document, taken)
    has_handlers = not provider.handlers.keys().isdisjoint(_operation_names(document))
    if provider.name not in named or not has_handlers:
        return document, provider
    like = [each for each in provider.documents if each != document.path]
    return documents.load(path, like=like) if like else document, provider


def _operation_names(document: Document) -> set[str]:
    return {operation_name(*operation) for operation in documents.operations(document)}


def _provider(
    document: Document, providers: Sequence[Provider], named: Collection[str]
) -> Provider | None:
    """Return the provider of those that were named, if any, that has handlers for most of the
    document's operations; else the one that has them for at least half; None where none has."""
    names = _operation_names(document)

    def known(provider: Provider) -> int:
        return len(names & provider.handlers.keys())

    chosen = [each for each in providers if each.name in named] or [
        each for each in providers if 0 < len(names) <= 2 * known(each)
    ]
    return max(chosen, key=known, default=None)


def _check_paths(document: Document, provider: Provider) -> None:
    for path, method, _ in documents.operations(document):
        if f"{path}/".startswith(f"{PREFIX}/"):
            raise DocumentError(
                f"{method.upper()} {path} of {provider.name} is below {PREFIX}, where Locum "
                "has its own pages",
                f"give the operation a path outside of {PREFIX}",
                document.path,
                ("paths", path),
            )


def _check_names(pairs: Iterable[tuple[Document, Provider]], providers: Iterable[Provider]) -> None:
    known: dict[str, set[str]] = {provider.name: set() for provider in providers}
    for document, provider in pairs:
        known[provider.name] |= _operation_names(document)
    for provider in providers:
        for field in ("handlers", "writers", "uncached", "budgeted", "raw", "body_limits"):
            for name in getattr(provider, field):
                if name not in known[provider.name]:
                    raise ProviderError(
                        f"{provider.name} names {name} in {field}, which none of its documents has",
                        "name an operation by its operationId, else by method and path as GET /a",
                    )


def _check_handlers(document: Document, provider: Provider) -> None:
    for path, method, definition in documents.operations(document):
        name = operation_name(path, method, definition)
        if name in provider.functions and name not in provider.refused:
            # It gets a raw body whether one is documented or not.
            taken = {"requestBody": {}} | definition if name in provider.raw else definition
            fault = fault_of(provider.functions[name], taken)
            if fault:
                raise ProviderError(
                    f"the handler of {method.upper()} {path} ({name}) of {provider.name} {fault}",
                    "define it as def handler(data, tenant, /, …), which is called with each "
                    "documented parameter, and body, by name",
                )


def _check_credential(document: Document, provider: Provider) -> None:
    """Call `credential` as the check of each security scheme will at start."""
    schemes = document.effective.get("components", {}).get("securitySchemes", {})
    for name in schemes:
        with called(f"{provider.name} cannot read the credential of {name} in {document.path}"):
            found = provider.credential(texts_of(name, schemes))
            if not isinstance(found, Presented):
                raise TypeError(f"found {found!r:.80}, expected Presented")


def _own_paths(pairs: Iterable[tuple[Document, Provider]]) -> set[tuple[str, str]]:
    """Return method and shape of every path of the documents themselves.

    No operation of two documents may have the same method and path, or the same id where the
    documents are one provider's.
    """
    seen: dict[tuple[str, str, str], str] = {}
    for document, provider in pairs:
        for path, method, definition in documents.operations(document):
            name = operation_name(path, method, definition)
            here = f"{method.upper()} {path} of {document.path}"
            for what in ((provider.name, "operationId", name), ("", method, shape(path))):
                if what in seen:
                    raise DocumentError(
                        f"{here} collides with {seen[what]}: both are {' '.join(what[1:])}",
                        "serve one of the two",
                    )
                seen[what] = here
    return {(method, path) for whose, method, path in seen if not whose}


def _names(pairs: Sequence[tuple[Document, Provider]]) -> list[str]:
    """Return a name for each document that no other has: its own, where no other has that or the
    provider is called so too; else with the provider's name before it, and a number behind."""
    count = Counter(document.name for document, _ in pairs)
    taken = {name for name, times in count.items() if times == 1}
    names = []
    for document, provider in pairs:
        name = document.name
        if count[name] > 1:
            long = f"{provider.name}-{name}"
            first = [name] if name == provider.name else []
            more = (f"{long}-{number}" for number in range(2, len(pairs) + 3))
            name = next(each for each in (*first, long, *more) if each not in taken)
        taken.add(name)
        names.append(name)
    return names


def _aliases(
    document: Document, provider: Provider, own: set[tuple[str, str]]
) -> dict[tuple[str, str], list[str]]:
    """Return the further paths of each path and method of the document; one that a document has
    itself is none."""
    with called(f"{provider.name} cannot tell the aliases of {document.path}"):
        return {
            (path, method): [
                alias
                for alias in dict.fromkeys(
                    [
                        *provider.aliases(path),
                        *(prefix + path for prefix in document.prefixes_of(path, method)),
                    ]
                )
                if (method, shape(alias)) not in own
            ]
            for path, method, _ in documents.operations(document)
        }


def _taken(served: Iterable[ServedDocument]) -> frozenset[str]:
    """Return the names of preferences in a query that are parameters of the documents' own."""
    return frozenset(
        parameter["name"]
        for each in served
        for _, _, definition in documents.operations(each.document)
        for parameter in definition.get("parameters", ())
        if parameter["in"] == "query" and parameter["name"] in IN_QUERY
    )


def _all_paths(served: Iterable[ServedDocument]) -> list[tuple[str, str, Provider]]:
    return [
        (method, path, each.provider)
        for each in served
        for (own, method), aliases in each.aliases.items()
        for path in (own, *aliases)
    ]
