"""Parts of lists: which parameters ask for one, and what an answer says about it.

Names and types tell, as they are widely used (our choice, in the tables below).

    Paging   the parameters of an operation that choose a part of its list
    Page     the part that was chosen
    Facts    what the members of an answer say about the page
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from attrs import frozen

from locum.generate.names import plain
from locum.generate.shapes import Shapes

# Plain names of parameters.
# fmt: off
_SIZES = frozenset([
    "count", "first", "itemsperpage", "limit", "max", "maxitems", "maxpagesize", "maxresults",
    "numresults", "pagelimit", "pagesize", "perpage", "resultsperpage", "rows", "size", "take",
    "top",
])
_OFFSETS = frozenset(["offset", "pageoffset", "skip", "start", "startat", "startindex"])
_PAGES = frozenset(["currentpage", "page", "pageindex", "pageno", "pagenum", "pagenumber"])
_AFTER = frozenset([
    "after", "aftercursor", "afterid", "continuationtoken", "cursor", "marker", "nextcursor",
    "nextpagetoken", "nexttoken", "pageafter", "pagecursor", "pagetoken", "paginationtoken",
    "startcursor", "startingafter",
])
_BEFORE = frozenset(["before", "beforecursor", "beforeid", "endingbefore", "pagebefore"])

# Plain names of what an answer says about its list.
TOTALS = frozenset([
    "numfound", "resultcount", "total", "totalcount", "totalelements", "totalentries", "totalhits",
    "totalitems", "totalnumber", "totalrecords", "totalresults", "totalrows", "totalsize",
])
_COUNTS = frozenset(["count", "itemcount", "numberofelements", "numitems", "returned"])
_PAGE_COUNTS = frozenset(["lastpage", "numpages", "pagecount", "pages", "pagestotal", "totalpages"])
_SIZES_SAID = _SIZES - {"count", "first", "max", "rows", "top", "take", "numresults"}
_MORE = frozenset(["hasmore", "hasnext", "hasnextpage", "more", "morepages", "moreavailable"])
_LESS = frozenset(["hasprev", "hasprevious", "hasprevpage", "haspreviouspage"])
_NEXT_CURSORS = frozenset([
    "after", "continuationtoken", "cursor", "endcursor", "nextcursor", "nextmarker",
    "nextpagecursor", "nextpagetoken", "nexttoken",
])
_NEXT = frozenset(["next", "nextlink", "nextoffset", "nextpage", "nextpageurl", "nexturl"])
_PREVIOUS = frozenset([
    "before", "prev", "prevcursor", "previous", "previouscursor", "previouslink", "previouspage",
    "previousurl", "prevlink", "prevpage", "prevpageurl", "prevurl",
])
# Objects that tell about the list beside them.
ABOUT = frozenset([
    "cursors", "info", "links", "meta", "metadata", "page", "pageinfo", "pagination", "paging",
    "paginationinfo", "paginationmeta", "responsemetadata",
])
# fmt: on
_MARK = "after:"  # what our own cursor begins with, before it is encoded
_PAGE_SIZE = 10  # items, where pages are counted and no default says how many one has
_LONGEST_NUMBER = 18  # digits


@frozen
class Page:
    """A part of a list: `items` from the number `start` on, of `total` that there are; `size` is
    how many a page has, None where all were asked for."""

    items: tuple[Any, ...]
    start: int
    total: int
    size: int | None

    @property
    def has_more(self) -> bool:
        """Whether a page follows that has items: none does where a page has none."""
        return self.size != 0 and self.start + len(self.items) < self.total

    @property
    def has_less(self) -> bool:
        """Whether a page is before it that has items."""
        return self.size != 0 and self.start > 0


@frozen
class Paging:
    """The names of the parameters that page, None where there is none; `default` and `most` are how
    many items a page has, `first_page` the number of the first one."""

    size: str | None = None
    default: int | None = None
    most: int | None = None
    offset: str | None = None
    page: str | None = None
    first_page: int = 1
    after: str | None = None
    before: str | None = None

    @property
    def names(self) -> frozenset[str]:
        """The names of all parameters that page."""
        every = (self.size, self.offset, self.page, self.after, self.before)
        return frozenset(name for name in every if name is not None)

    def part(self, items: Sequence[Any], query: Mapping[str, Any], id_property: str | None) -> Page:
        """Return the part of the items that the query asks for.

        Behind the last page is nothing. A size of 0 is a page without items, and no page follows
        it; a negative one counts as none (our choice). So does a cursor that is nobody's, as of an
        item that was deleted since: the first page.
        """
        size = self._size(query)
        total, start = len(items), 0
        if self.offset and query.get(self.offset) is not None:
            start = max(0, _number(query[self.offset]) or 0)
        elif self.page and query.get(self.page) is not None:
            number = _number(query[self.page])
            number = self.first_page if number is None else number
            start = max(0, number - self.first_page) * (total if size is None else size)
        elif self.after and query.get(self.after):
            start = _behind(items, query[self.after], id_property) or 0
        elif self.before and query.get(self.before):
            behind = _behind(items, query[self.before], id_property)
            if behind is not None:
                end = max(0, behind - 1)
                start = 0 if size is None else max(0, end - size)
                return Page(tuple(items[start:end]), start, total, size)
        end = total if size is None else start + size
        return Page(tuple(items[start:end]), start, total, size)

    def _size(self, query: Mapping[str, Any]) -> int | None:
        asked = _number(query.get(self.size)) if self.size else None
        size = self.default if asked is None or asked < 0 else asked
        if size is not None and self.most is not None:
            size = min(size, self.most)
        return size if size is None or size >= 0 else None


def paging(shapes: Shapes, parameters: Mapping[str, Any]) -> Paging:
    """Return the paging of an operation with these query parameters and their schemas."""
    found: dict[str, str] = {}
    tables = {"size": _SIZES, "offset": _OFFSETS, "page": _PAGES}
    for name, schema in parameters.items():
        types = shapes.types(schema)
        for kind, table in tables.items():
            if plain(name) in table and types & {"integer", "number"}:
                found.setdefault(kind, name)
        for kind, table in (("after", _AFTER), ("before", _BEFORE)):
            is_token = kind == "after" and plain(name) in _PAGES and types <= {"string", "null"}
            if (plain(name) in table or is_token) and types & {"string", "integer"}:
                is_time = str(shapes.keyword(schema, "format")).startswith("date")
                if not is_time:
                    found.setdefault(kind, name)
    size = parameters.get(found.get("size", ""))
    page = parameters.get(found.get("page", ""))
    first = [shapes.keyword(page, name) for name in ("default", "minimum")]
    default = _number(shapes.keyword(size, "default"))
    if default is None and found.keys() & {"page", "after", "before"}:
        default = _PAGE_SIZE
    return Paging(
        found.get("size"),
        default,
        _number(shapes.keyword(size, "maximum")),
        found.get("offset"),
        found.get("page"),
        0 if 0 in [each for each in first if not isinstance(each, bool)] else 1,
        found.get("after"),
        found.get("before"),
    )


def _behind(items: Sequence[Any], cursor: Any, id_property: str | None) -> int | None:
    """Return the number of the item behind the one that the cursor names: by its id, as our own
    cursor, or by its number. None where it names none."""
    for each in (str(cursor), _decoded(str(cursor))):
        if each is None:
            continue
        for index, item in enumerate(items):
            if _id(item, id_property) == each:
                return index + 1
        number = _number(each[1:]) if each.startswith("#") else None
        if number is not None:
            return number
    number = _number(cursor)
    return None if number is None or number < 0 else number


def _id(item: Any, id_property: str | None) -> str | None:
    value = item.get(id_property) if isinstance(item, dict) and id_property is not None else None
    return None if value is None else str(value)


def _cursors(page: Page, id_property: str | None) -> list[Any]:
    """Return cursors behind the page, of which an answer's schema admits one or another; none where
    nothing is there."""
    if not page.has_more or not page.items:
        return []
    number, id_ = page.start + len(page.items), _id(page.items[-1], id_property)
    mark = f"#{number}" if id_ is None else id_
    own = urlsafe_b64encode(f"{_MARK}{mark}".encode()).decode().rstrip("=")
    # A number is an id first: a position only where ids are none.
    own_id = None if id_ is None else page.items[-1].get(id_property)
    return [own, *([] if id_ is None else [id_]), own_id if isinstance(own_id, int) else number]


def _decoded(cursor: str) -> str | None:
    """Return what our own cursor names, None for another's."""
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        return None
    return text.removeprefix(_MARK) if text.startswith(_MARK) else None


def _number(value: Any) -> int | None:
    """Return the whole number that the value is or writes, None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    text = value if isinstance(value, str) else ""
    is_number = text.isascii() and text.removeprefix("-").isdecimal()
    return int(text) if is_number and len(text) <= _LONGEST_NUMBER else None


@frozen
class Facts:
    """What an answer may say about the page of a list.

    `has_total` is whether it has another member for the total, so that `count` counts the page.
    `url` is the path that was asked for, and `origin` the scheme and host before it, "" for none.
    """

    page: Page
    paging: Paging
    id_property: str | None
    query: Mapping[str, Any]
    url: str
    origin: str = ""
    has_total: bool = False

    def candidates(self, name: str, types: frozenset[str], *, is_url: bool) -> list[Any] | None:
        """Return what a member of that plain name and of those types may say, the best first: []
        for nothing, as where no page follows; None where it does not tell about the list."""
        if types & {"integer", "number"} and (number := self._count(name)) is not None:
            return [number]
        if "boolean" in types and (is_so := self._flag(name)) is not None:
            return [is_so]
        found = self._reference(name, types, is_url=is_url)
        if found is None or not (is_url and self.origin):
            return found
        # A schema may want whole addresses: those are the last that are tried.
        paths = (each for each in found if isinstance(each, str) and each.startswith("/"))
        return [*found, *(f"{self.origin}{each}" for each in paths)]

    def _reference(self, name: str, types: frozenset[str], *, is_url: bool) -> list[Any] | None:
        """Return what names an item or another page."""
        ids = [_id(each, self.id_property) for each in self.page.items]
        if types.isdisjoint(["string", "integer", "number"]):
            return None
        if name in ("firstid", "lastid"):
            return [each for each in (ids[:1] if name == "firstid" else ids[-1:]) if each]
        if name in _NEXT_CURSORS and not is_url:
            return _cursors(self.page, self.id_property) if self.paging.after else None
        if name in _NEXT or name in _PREVIOUS:  # also where `page` is a token
            return self._beside(1 if name in _NEXT else -1, types, is_url=is_url)
        return [self._url({})] if name == "self" and is_url else None

    def _count(self, name: str) -> int | None:
        page, size = self.page, self.page.size
        if name in TOTALS or (name == "count" and not self.has_total):
            return page.total
        if name in _COUNTS:
            return len(page.items)
        if name in _SIZES_SAID:
            return page.total if size is None else size
        if name in _OFFSETS:
            return page.start
        if name in _PAGES or name == "number":
            return self.paging.first_page + (page.start // size if size else 0)
        if name in _PAGE_COUNTS:
            return -(-page.total // size) if size else int(size is None)
        return None

    def _flag(self, name: str) -> bool | None:
        if name in _MORE or name == "next":
            return self.page.has_more
        if name in _LESS or name in ("previous", "prev"):
            return self.page.has_less
        says = {
            "first": not self.page.has_less,
            "last": not self.page.has_more,
            "empty": not self.page.items,
        }
        return says.get(name)

    def _beside(self, step: int, types: frozenset[str], *, is_url: bool) -> list[Any]:
        """Return what names the next page, or with -1 the one before, the best first."""
        page, size, paging_ = self.page, self.page.size, self.paging
        if not size or (not page.has_more if step > 0 else page.start == 0):
            return []
        start = max(0, page.start + step * size)
        number = paging_.first_page + start // size
        numbers: list[Any] = []
        links: list[Any] = []
        cursors = _cursors(page, self.id_property) if step > 0 and paging_.after else []
        if paging_.page:
            numbers, links = [number], [self._url({paging_.page: number})]
        elif paging_.offset:
            numbers, links = [start], [self._url({paging_.offset: start})]
        elif cursors and paging_.after:
            links = [self._url({paging_.after: each}) for each in cursors]
        if "string" not in types:
            return numbers
        return (
            [*links, *cursors] if is_url or paging_.page or paging_.offset else [*cursors, *links]
        )

    def _url(self, changes: Mapping[str, Any]) -> str:
        query = {
            name: value
            for name, value in {**self.query, **changes}.items()
            if value is not None and not isinstance(value, dict)
        }
        return f"{self.url}?{urlencode(query, doseq=True)}" if query else self.url
