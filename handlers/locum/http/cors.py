"""Answers to pages of other origins (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol)."""

from __future__ import annotations

import re
from functools import partial
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from locum.http import PREFIX
from locum.http.context import RequestContext
from locum.http.routes import ProviderOfPath, encoded_path
from locum.provider import CORS

# Of Locum's own paths: what tells and changes nothing, and what checks by itself who may call it.
_READABLE = re.compile(rf"{PREFIX}/(health|ready|datasets|journal|openapi/[^/]+)")
_GUARDED = re.compile(rf"{PREFIX}/(sandboxes(/.*)?|reset)")
_READING, _CHANGING = ("GET", "HEAD"), ("GET", "HEAD", "POST", "PUT", "DELETE")


class CrossOrigin:
    """The ASGI middleware that lets pages of other origins call a provider's paths by the
    provider's rule. Of what is Locum's own they may read what tells of it, ask what checks by
    itself who asks, and call nothing else."""

    def __init__(self, app: ASGIApp, provider_of: ProviderOfPath) -> None:
        self.app, self.provider_of = app, provider_of
        self._readable = _middleware(app, CORS(), _READING)
        self._guarded = _middleware(app, CORS(), _CHANGING)
        self._of = {
            provider: _middleware(app, provider.cors, methods)
            for provider, methods in provider_of.methods.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers that let the browser hand the answer over, or answer its question."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = RequestContext.of(scope).headers
        is_own = scope["path"].startswith(PREFIX)
        if "origin" not in headers:
            await self.app(scope, receive, send if is_own else partial(_send_varying, send))
            return
        method = scope["method"]
        if method == "OPTIONS":  # the browser's question about a request of another method
            method = headers.get("access-control-request-method", method)
        if not is_own:
            answer: ASGIApp = self._of[self.provider_of(encoded_path(scope), method)]
        elif method in _READING and _READABLE.fullmatch(scope["path"]):
            answer = self._readable
        elif _GUARDED.fullmatch(scope["path"]):
            answer = self._guarded
        else:
            answer = self.app
        await answer(scope, receive, send)


class _Middleware(CORSMiddleware):
    """Starlette's, which answers what it allows before a request with a text that nobody reads."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """Return the answer to the browser's question: 204 where the request is allowed."""
        answer = super().preflight_response(request_headers)
        if answer.status_code != HTTPStatus.OK:
            return answer
        headers = {n: v for n, v in answer.headers.items() if not n.startswith("content-")}
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)


def _middleware(app: ASGIApp, rule: CORS, methods: tuple[str, ...]) -> CORSMiddleware:
    """Return what keeps to the rule, with these methods where it names none. Browsers want the
    origin itself with credentials, and not `*`."""
    is_echoing = rule.credentials and "*" in rule.origins
    return _Middleware(
        app,
        allow_origins=() if is_echoing else rule.origins,
        allow_origin_regex=".*" if is_echoing else None,
        allow_methods=rule.methods or methods,
        allow_headers=rule.headers,
        expose_headers=rule.exposed,
        allow_credentials=rule.credentials,
    )


async def _send_varying(send: Send, message: Message) -> None:
    """Say that the answer to another origin is another one, as Starlette does it for all."""
    if message["type"] == "http.response.start":
        message = {**message, "headers": [*message.get("headers", ()), (b"vary", b"Origin")]}
    await send(message)
