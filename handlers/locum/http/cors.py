"""Answers to pages of other origins (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol)."""

from __future__ import annotations

from functools import partial

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from locum.http.admin import PREFIX
from locum.http.headers import Headers


class CrossOrigin(CORSMiddleware):
    """Any origin may call the vendors' paths, as the vendors' own servers allow; none may call what
    is Locum's own. Credentials are headers here, never cookies, so none are at stake."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            app,
            allow_origins=["*"],
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
            expose_headers=["ETag", "Preference-Applied", "Retry-After"],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers that let the browser hand the answer over, or answer its question."""
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await self.app(scope, receive, send)
        elif scope["type"] == "http" and "origin" not in Headers.of(scope):
            await self.app(scope, receive, partial(_send_varying, send))
        else:
            await super().__call__(scope, receive, send)


async def _send_varying(send: Send, message: Message) -> None:
    """Say that the answer to another origin is another one, as Starlette does it for all."""
    if message["type"] == "http.response.start":
        message = {**message, "headers": [*message.get("headers", ()), (b"vary", b"Origin")]}
    await send(message)
