"""What the Helicone-* headers of a log say.

Those of the HTTP request count over those that the log carries along (`providerRequest.meta`), in
any letter case (worker/src/lib/models/HeliconeHeaders.ts).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from locum.helicone import javascript
from locum.helicone.tables import SESSION_ID, SESSION_NAME, SESSION_PATH

_PROPERTY = "helicone-property-"
# Kept as properties under these very names, save those that are empty.
_NAMED = (
    "Helicone-Prompt-Id",
    SESSION_NAME,
    SESSION_ID,
    SESSION_PATH,
    "Helicone-Experiment-Id",
    "Helicone-Cache-Control",
)
_COUNTED = ("Helicone-Cache-Seed", "Helicone-Cache-Bucket-Max-Size")  # which are whole numbers
_CACHE = "Helicone-Cache-Enabled"
_CUSTOMER = "stripe_customer_id"
_CUSTOMERS = ("x-stripe-customer-id", "stripe-customer-id", "helicone-stripe-customer-id")

# Of versions 1 to 5, and of the variant of RFC 9562.
_UUID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII
)
_LEADING = re.compile(r"\s*([+-]?[0-9]+)", re.ASCII)  # what parseInt reads


@frozen
class LogHeaders:
    """The headers of a log, their names in lower case."""

    texts: Mapping[str, str]

    @classmethod
    def of(cls, sent: Mapping[str, str], meta: Any) -> LogHeaders:
        """Return the headers of the HTTP request, and besides what `meta` carries of others."""
        carried = meta.items() if isinstance(meta, dict) else ()
        texts = {name.lower(): _text(value) for name, value in carried}
        return cls(texts | {name.lower(): _text(value) for name, value in sent.items()})

    def get(self, name: str) -> str:
        """Return the header of that name, '' where there is none."""
        return self.texts.get(name.lower(), "")

    def is_on(self, name: str) -> bool:
        """Return whether the header says "true"."""
        return self.get(name) == "true"

    def request_id(self, new_id: Callable[[], str]) -> str:
        """Return the id that is asked for, in lower case; a new one where none is, or none of the
        kinds that are taken."""
        asked = self.get("Helicone-Request-Id").lower()
        return asked if _UUID.fullmatch(asked) else new_id()

    @property
    def user_id(self) -> str:
        """Who asked, '' for nobody."""
        return self.get("Helicone-User-Id")

    @property
    def model(self) -> str:
        """The model that is put in place of the one that answered, '' for none."""
        return self.get("Helicone-Model-Override")

    @property
    def cache_enabled(self) -> bool:
        """Whether the cache was asked."""
        return self.is_on(_CACHE)

    def properties(self) -> dict[str, str]:
        """Return the request's properties: those of Helicone-Property-*, whose names both servers
        lower, then those of headers that have a meaning of their own."""
        found = {
            name.removeprefix(_PROPERTY): value
            for name, value in self.texts.items()
            if name.startswith(_PROPERTY) and name != _PROPERTY
        }
        if self.get("Helicone-Posthog-Key"):
            found["Helicone-Sent-To-Posthog"] = "true"
        found |= {name: value for name in _NAMED if (value := self.get(name))}
        if self.cache_enabled:
            found[_CACHE] = "true"
        found |= {name: value for name in _COUNTED if (value := _whole(self.get(name)))}
        customers = (self.get(name) for name in _CUSTOMERS)
        if customer := next(filter(None, customers), ""):
            found[_CUSTOMER] = customer
        return found


def _text(value: Any) -> str:
    """A header's text. NUL, which no database holds in a text, is left out."""
    return javascript.string(value).replace("\0", "").strip(" \t\r\n")


def _whole(text: str) -> str:
    """The number that the text begins with, '' for none and for 0."""
    leading = _LEADING.match(text)
    number = int(leading[1][:100]) if leading else 0
    return str(number) if number else ""
