"""How a parameter's arrays and objects are written in one text (OpenAPI 3.1.0, section 4.8.12.4,
with RFC 6570): commas, spaces, pipes, dots, and semicolons with names.

    style            array                  object             with explode: object
    simple           3,4,5                  R,100,G,200        R=100,G=200
    form             3,4,5                  R,100,G,200        (a parameter for each)
    spaceDelimited   3 4 5                  R 100 G 200        (a parameter for each)
    pipeDelimited    3|4|5                  R|100|G|200        (a parameter for each)
    label            .3.4.5 or .3,4,5       .R.100.G.200       .R=100.G=200
    matrix           ;n=3,4,5               ;n=R,100,G,200     ;R=100;G=200
                     explode: ;n=3;n=4
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

DELIMITERS = {"spaceDelimited": " ", "pipeDelimited": "|"}  # of the others a comma

STYLES = {  # by place, the default first
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}

Decode = Callable[[str], str]


def style_in(place: str, named: str | None) -> str:
    """Return the style of a parameter in that place: the one that it names, if the place has it."""
    known = STYLES[place]
    return named if named in known else known[0]


class Malformed(ValueError):
    """A text is not written in its style; its message is an example of one that is."""


@frozen
class Writing:
    """How one text is taken apart: the parameter's name and style, whether it is exploded, and what
    decodes each piece. A delimiter that stands in the text as it is parts it; where none does, one
    that is encoded may, as most clients send it and most servers take it."""

    name: str
    style: str
    explode: bool
    decode: Decode = str

    def single(self, text: str) -> str:
        """Return the text of a single value. Raise Malformed."""
        return self.decode(self._named(text)) if self.style == "matrix" else self._body(text)

    def items(self, text: str) -> list[str]:
        """Return the texts of an array's items. Raise Malformed."""
        if self.style == "matrix" and self.explode:
            pairs = self._segments(text)
            if any(name != self.name for name, _ in pairs):
                raise Malformed(f";{self.name}=…;{self.name}=…")
            return [self.decode(value) for _, value in pairs]
        if self.style == "matrix":
            return self._pieces(self._named(text))
        if self.style == "label":
            return self._dotted(text)
        items = self._pieces(text)
        return [item.strip() for item in items] if self.style == "simple" else items

    def properties(self, text: str) -> dict[str, str]:
        """Return the texts of an object's properties. Raise Malformed."""
        if self.style == "matrix" and self.explode:
            return {self.decode(name): self.decode(v) for name, v in self._segments(text)}
        pieces = self.items(text) if self.style != "matrix" else self._pieces(self._named(text))
        delimiter = "." if self.style == "label" else DELIMITERS.get(self.style, ",")
        if self.explode:
            if not all("=" in piece for piece in pieces):
                raise Malformed(f"name=value{delimiter}name=value")
            return dict(piece.split("=", 1) for piece in pieces)
        if len(pieces) % 2:
            raise Malformed(delimiter.join(("name", "value", "name", "value")))
        return dict(zip(pieces[::2], pieces[1::2], strict=True))

    def _pieces(self, text: str) -> list[str]:
        delimiter = DELIMITERS.get(self.style, ",")
        if delimiter in text:
            return [self.decode(piece) for piece in text.split(delimiter)]
        return self.decode(text).split(delimiter)

    def _dotted(self, text: str) -> list[str]:
        """Return the pieces behind a label's dot: OpenAPI 3.0 and 3.1.0 part them by dots, 3.1.1
        and RFC 6570 by commas where they are not exploded."""
        body = self._body(text)
        is_comma = "," in body and not self.explode
        return body.split("," if is_comma else ".")

    def _body(self, text: str) -> str:
        """Return a text without what stands before it in its style."""
        text = self.decode(text)
        if self.style != "label":
            return text
        if not text.startswith("."):
            raise Malformed(".value")
        return text[1:]

    def _named(self, text: str) -> str:
        """Return what stands behind `;name=`, still encoded."""
        pairs = self._segments(text)
        if len(pairs) != 1 or pairs[0][0] != self.name:
            raise Malformed(f";{self.name}=…")
        return pairs[0][1]

    def _segments(self, text: str) -> list[tuple[str, str]]:
        if not text.startswith(";"):
            text = self.decode(text)
        if not text.startswith(";"):
            raise Malformed(f";{self.name}=…")
        split = (segment.partition("=") for segment in text[1:].split(";"))
        return [(name, value) for name, _, value in split]
