"""openapi-core, which shares no code with Locum's checks, as a judge of recorded exchanges."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from attrs import frozen
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse
from werkzeug.datastructures import ImmutableMultiDict

from tests.contract.contract import Exchange


@frozen
class Opinion:
    """Why the request, and the response, break the document; None where they do not."""

    request: str | None
    response: str | None


class Judge:
    """An effective document, as openapi-core reads it."""

    def __init__(self, document: dict[str, Any]) -> None:
        # Its own check of the document refuses the three names with blanks.
        here = document | {"servers": [{"url": "/"}]}
        self._openapi = OpenAPI.from_dict(here, config=Config(spec_validator_cls=None))

    def of(self, exchange: Exchange) -> Opinion:
        """What openapi-core thinks of the exchange."""
        url = urlsplit(exchange.url)
        request = MockRequest(
            f"{url.scheme}://{url.netloc}",
            exchange.method,
            url.path,
            headers=exchange.request_headers,
            data=exchange.request_body,
            content_type=exchange.request_headers.get("content-type", "application/json"),
        )
        query = parse_qsl(url.query, keep_blank_values=True)
        request.parameters.query = ImmutableMultiDict(query)
        response = MockResponse(
            exchange.response_body,
            exchange.status,
            headers=exchange.response_headers,
            content_type=exchange.response_headers.get("content-type", ""),
        )
        return Opinion(
            _refusal(lambda: self._openapi.validate_request(request)),
            _refusal(lambda: self._openapi.validate_response(request, response)),
        )


def _refusal(check: Any) -> str | None:
    try:
        check()
    except OpenAPIError as error:
        cause = error.__cause__
        details = "; ".join(str(e.message) for e in getattr(cause, "schema_errors", ()))
        return f"{error!r} {cause!r} {details}"
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        return repr(error)
    return None
