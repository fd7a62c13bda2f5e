"""What the answers of a document are made by. Its parts are imported and made when they are first
needed: a server whose operations are all computed never does so.
"""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any

from locum.generate.asked import ORDINARY, Manner
from locum.openapi.documents import Document
from locum.openapi.media_types import is_xml
from locum.openapi.responses import Response

if TYPE_CHECKING:
    from locum.generate.items import Items
    from locum.generate.lists import Lists
    from locum.generate.resources import Resource
    from locum.generate.values import Values
    from locum.generate.xml_texts import XmlTexts

_MOST_SEEDS = 8  # of requests, for which what makes items is kept


class Generator:
    """What the answers of a document's operations are made by. Any number of threads may ask."""

    def __init__(self, document: Document, manner: Manner = ORDINARY) -> None:
        self.document, self.manner = document, manner
        self._items: dict[str, Items] = {}
        self.lock = threading.RLock()  # one at a time makes values: they share a source of texts

    @cached_property
    def values(self) -> Values:
        """The values of the document's schemas."""
        from locum.generate.values import Values  # noqa: PLC0415  # see above

        return Values(self.document.schemas, self.document.warnings)

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """The resources that are stored."""
        from locum.generate import resources  # noqa: PLC0415  # see above

        has_store = not (self.manner.is_stateless or self.manner.is_static)
        return resources.found(self.document) if has_store else ()

    def items(self, seed: str) -> Items:
        """Return what makes the items with which stores begin."""
        from locum.generate.items import Items  # noqa: PLC0415  # see above

        if seed not in self._items:
            if len(self._items) >= _MOST_SEEDS:
                self._items.clear()
            self._items[seed] = Items(self.document, self.values, seed.encode())
        return self._items[seed]

    def written(
        self, value: Any, response: Response, media_type: str, sent_as: str
    ) -> tuple[Any, str]:
        """Return the body for a JSON value, which the documented media type of the response
        describes, and its media type. A text that is an example of XML is so already."""
        from locum.generate import examples  # noqa: PLC0415  # see above
        from locum.generate.writing import body_of  # noqa: PLC0415

        if not is_xml(sent_as):
            return body_of(value, sent_as)
        if isinstance(value, str):
            is_example = value in examples.named(response, media_type).values()
            if is_example or value.lstrip().startswith("<"):
                return body_of(value, sent_as)
        place, is_static = response.place(media_type), self.manner.is_static
        unnamed = "xml" if is_static else ""  # as Prism calls every root
        return self._xml.text(value, place, unnamed, declares=not is_static), sent_as

    @cached_property
    def _xml(self) -> XmlTexts:
        from locum.generate.xml_texts import XmlTexts  # noqa: PLC0415  # see above

        return XmlTexts(self.document.schemas)

    @cached_property
    def lists(self) -> Lists:
        """The operations that answer with lists."""
        from locum.generate.lists import Lists  # noqa: PLC0415  # see above

        return Lists(self.document, self.resources)
