"""Answers to pages of other origins (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol)."""

from __future__ import annotations

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from understudy.admin import PREFIX


class CrossOrigin(CORSMiddleware):
    """Any origin may call the vendors' paths, as the vendors' own servers allow; none may call what
    is Understudy's own. Credentials are headers here, never cookies, so none are at stake."""

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
        else:
            await super().__call__(scope, receive, send)
