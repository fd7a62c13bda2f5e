"""Answers to pages of other origins (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from locum.http import PREFIX
from locum.http.context import RequestContext
from locum.http.routes import encoded_path
from locum.provider import CORS, Provider


class CrossOrigin:
    """The ASGI middleware that lets pages of other origins call a provider's paths by the
    provider's rule; none may call what is Locum's own."""

    def __init__(self, app: ASGIApp, provider_of: Callable[[str, str], Provider]) -> None:
        self.app, self.provider_of = app, provider_of
        self._by_rule: dict[CORS, CORSMiddleware] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers that let the browser hand the answer over, or answer its question."""
        if scope["type"] != "http" or scope["path"].startswith(PREFIX):
            await self.app(scope, receive, send)
            return
        headers = RequestContext.of(scope).headers
        if "origin" not in headers:
            await self.app(scope, receive, partial(_send_varying, send))
            return
        method = scope["method"]
        if method == "OPTIONS":  # the browser's question about a request of another method
            method = headers.get("access-control-request-method", method)
        provider = self.provider_of(encoded_path(scope), method)
        await self._middleware(provider.cors)(scope, receive, send)

    def _middleware(self, rule: CORS) -> CORSMiddleware:
        if rule not in self._by_rule:
            self._by_rule[rule] = CORSMiddleware(
                self.app,
                allow_origins=rule.origins,
                allow_methods=rule.methods,
                allow_headers=rule.headers,
                expose_headers=rule.exposed,
                allow_credentials=rule.credentials,
            )
        return self._by_rule[rule]


async def _send_varying(send: Send, message: Message) -> None:
    """Say that the answer to another origin is another one, as Starlette does it for all."""
    if message["type"] == "http.response.start":
        message = {**message, "headers": [*message.get("headers", ()), (b"vary", b"Origin")]}
    await send(message)
