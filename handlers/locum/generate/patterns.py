"""A text in which a regular expression is found (ECMA 262, as JSON Schema asks for).

The expression is read into a tree, and the tree's shortest text is made longer where the limits of
length ask for it. What a look-ahead asks for is written over the text after it, and what a
look-behind asks for before it; what must not stand there, chance must avoid: the caller tries
again.

    sample  the text
    every   its texts, one after the other
"""

from __future__ import annotations

import string
import sys
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from attrs import frozen

from locum.generate.streams import Stream

_MOST_CHARACTERS = 100_000  # of a text, and of all that a tree is asked for
_MOST_NESTED = 100  # groups in each other
_LONGEST_PATTERN = 20_000
_MOST_EXTRA = 8  # characters, beside those that a text needs
_LONGEST_COUNT = 9  # digits
_MOST_IN_A_ROW = 50  # nodes whose texts are gone through

_DIGITS = string.digits
_WORD = string.ascii_lowercase + string.ascii_uppercase + string.digits + "_"
_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
_SPACE = " "
_OTHER = "äéλж中"  # for classes that leave out all of ASCII
_UNLIMITED = sys.maxsize

# \p{…}: general categories and scripts, by a few of their characters.
_PROPERTIES = {
    **dict.fromkeys(
        ["L", "Letter", "Alphabetic", "Alpha", "IDS", "ID_Start"], string.ascii_letters
    ),
    **dict.fromkeys(["Lu", "Uppercase_Letter", "Uppercase", "Upper"], string.ascii_uppercase),
    **dict.fromkeys(["Ll", "Lowercase_Letter", "Lowercase", "Lower"], string.ascii_lowercase),
    **dict.fromkeys(["N", "Nd", "Number", "Decimal_Number", "digit"], _DIGITS),
    **dict.fromkeys(["Z", "Zs", "Separator", "White_Space", "Space_Separator", "space"], _SPACE),
    **dict.fromkeys(["P", "Punctuation", "Po", "Other_Punctuation", "punct"], "!%&,.:;?"),
    **dict.fromkeys(["Pd", "Dash_Punctuation"], "-"),
    **dict.fromkeys(["Pc", "Connector_Punctuation"], "_"),
    **dict.fromkeys(["S", "Symbol", "Sm", "Math_Symbol"], "+<=>"),
    **dict.fromkeys(["Sc", "Currency_Symbol"], "$"),
    **dict.fromkeys(["M", "Mark", "Mn", "Nonspacing_Mark"], "\u0301"),
    **dict.fromkeys(["Lt", "Titlecase_Letter"], "\u01c5"),
    **dict.fromkeys(["Lm", "Modifier_Letter"], "\u02b0"),
    **dict.fromkeys(["Lo", "Other_Letter"], "中文"),
    **dict.fromkeys(["Latin", "Latn", "ASCII", "IDC", "ID_Continue"], string.ascii_letters),
    **dict.fromkeys(["Greek", "Grek"], "αβγδλ"),
    **dict.fromkeys(["Cyrillic", "Cyrl"], "абвгд"),
    **dict.fromkeys(["Han", "Hani"], "中文字"),
    **dict.fromkeys(["Hiragana", "Hira"], "あいう"),
    **dict.fromkeys(["Katakana", "Kana"], "アイウ"),
    **dict.fromkeys(["Hangul", "Hang"], "한글"),
    **dict.fromkeys(["Arabic", "Arab"], "ابت"),
    **dict.fromkeys(["Hebrew", "Hebr"], "אבג"),
    **dict.fromkeys(["Emoji", "Emoji_Presentation", "Extended_Pictographic"], "😀"),
}


class Unreadable(ValueError):
    """The expression is none, or uses what is not known here."""


@frozen(cache_hash=True)
class Characters:
    """One of the characters."""

    members: str


@frozen(cache_hash=True)
class Sequence:
    """One after the other."""

    nodes: tuple[Node, ...]


@frozen(cache_hash=True)
class Choice:
    """One of the sequences."""

    branches: tuple[Node, ...]


@frozen(cache_hash=True)
class Repeat:
    """The node so many times."""

    node: Node
    least: int
    most: int


@frozen(cache_hash=True)
class Group:
    """The node, to which a back reference may refer by number or name."""

    node: Node
    number: int
    name: str | None


@frozen(cache_hash=True)
class Back:
    """What the group of that number or name has found."""

    group: int | str


@frozen(cache_hash=True)
class Look:
    """What must stand ahead, which takes no room."""

    node: Node


@frozen(cache_hash=True)
class Anchor:
    """The beginning (^) or the end ($) of the text."""

    is_end: bool


Node = Characters | Sequence | Choice | Repeat | Group | Back | Look | Anchor


def sample(pattern: str, stream: Stream, low: int = 0, high: int | None = None) -> str | None:
    """Return a text in which the pattern is likely found, of `low` to `high` characters; None where
    the pattern cannot be read or its texts have no such length. Whether it is found, the caller
    must see."""
    try:
        tree = _tree(pattern)
    except (Unreadable, RecursionError):
        return None
    return _Writer(stream, low, high).text(tree)


def every(pattern: str) -> Iterator[str]:
    """Yield texts in which the pattern is likely found, in an order of their own, some perhaps
    twice: of what is repeated the fewest first. None where the pattern cannot be read. It is for
    texts that must differ where few are left."""
    try:
        tree = _tree(pattern)
    except (Unreadable, RecursionError):
        return
    yield from _texts(tree)


@lru_cache(maxsize=1024)
def _tree(pattern: str) -> Node:
    if len(pattern) > _LONGEST_PATTERN:
        raise Unreadable(f"more than {_LONGEST_PATTERN:,} characters")
    return _Reader(pattern).whole()


# Reading.

_ESCAPES = {"t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "0": "\0"}
_CLASSES = {"d": _DIGITS, "w": _WORD, "s": _SPACE}


class _Reader:
    """Reads an expression, from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._groups = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._choice()
        if self._at < len(self._pattern):
            raise Unreadable(f"{self._pattern[self._at]!r} without its opening")
        return node

    def _peek(self, text: str) -> bool:
        return self._pattern.startswith(text, self._at)

    def _take(self, text: str) -> bool:
        """Pass the text, if it comes next."""
        if self._peek(text):
            self._at += len(text)
            return True
        return False

    def _next(self) -> str:
        if self._at >= len(self._pattern):
            raise Unreadable("the expression ends too early")
        self._at += 1
        return self._pattern[self._at - 1]

    def _until(self, end: str) -> str:
        found = self._pattern.find(end, self._at)
        if found < 0:
            raise Unreadable(f"no {end!r}")
        text, self._at = self._pattern[self._at : found], found + len(end)
        return text

    def _choice(self) -> Node:
        self._depth += 1
        if self._depth > _MOST_NESTED:
            raise Unreadable("nested too deeply")
        branches = [self._sequence()]
        while self._take("|"):
            branches.append(self._sequence())
        self._depth -= 1
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def _sequence(self) -> Node:
        nodes: list[Node] = []
        while self._at < len(self._pattern) and not self._peek("|") and not self._peek(")"):
            node = self._atom()
            if node is not None:
                nodes.append(self._repeated(node))
        return Sequence(tuple(nodes))

    def _repeated(self, node: Node) -> Node:
        least, most = 1, 1
        if self._take("*"):
            least, most = 0, _UNLIMITED
        elif self._take("+"):
            least, most = 1, _UNLIMITED
        elif self._take("?"):
            least, most = 0, 1
        elif self._peek("{"):
            bounds = self._bounds()
            if bounds is None:
                return node
            least, most = bounds
        else:
            return node
        if not self._take("?"):  # lazy, which changes nothing here
            self._take("+")  # possessive
        return Repeat(node, least, most)

    def _bounds(self) -> tuple[int, int] | None:
        """Return the limits in braces; None where the brace stands for itself."""
        end = self._pattern.find("}", self._at)
        first, comma, last = self._pattern[self._at + 1 : max(end, 0)].partition(",")
        if not _is_count(first) or not (_is_count(last) or not last):
            return None
        self._at = end + 1
        if not comma:
            return int(first), int(first)
        return int(first), int(last) if last else _UNLIMITED

    def _atom(self) -> Node | None:
        """Return the next atom or assertion; None for one that is left to chance."""
        character = self._next()
        match character:
            case "(":
                return self._group()
            case "[":
                return Characters(self._class())
            case ".":
                return Characters(_PRINTABLE)
            case "^":
                return Anchor(is_end=False)
            case "$":
                return Anchor(is_end=True)
            case "\\":
                return self._escape()
            case "*" | "+" | "?":
                raise Unreadable(f"{character!r} after nothing")
            case _:
                return Characters(character)

    def _group(self) -> Node | None:
        kind = next((kind for kind in _GROUPS if self._take(kind)), "")
        name: str | None = None
        if kind in ("?<", "?P<"):
            name = self._until(">")
        number = 0
        if not kind or name:
            self._groups += 1
            number = self._groups
        if kind == "?i":  # flags, which are few
            self._until(")")
            return None
        node = self._choice()
        if not self._take(")"):
            raise Unreadable("no ')'")
        if kind == "?=":
            return Look(node)
        if kind in ("?!", "?<!"):
            return None
        return Group(node, number, name) if number else node

    def _escape(self) -> Node | None:
        character = self._next()
        if character in "bBAG":
            return Anchor(is_end=False) if character == "A" else None
        if character in "zZ":
            return Anchor(is_end=True)
        if character in "123456789":
            digits = character
            while self._at < len(self._pattern) and self._pattern[self._at] in _DIGITS:
                digits += self._next()
            return Back(int(digits))
        if character == "k" and self._take("<"):
            return Back(self._until(">"))
        return Characters(self._members(character))

    def _members(self, character: str) -> str:
        """Return the characters that the escape sequence with that letter stands for."""
        if character in _CLASSES:
            return _CLASSES[character]
        if character in ("D", "W", "S"):
            return _all_but(_CLASSES[character.lower()])
        if character in ("p", "P"):
            name = self._until("}")[1:] if self._peek("{") else self._next()
            members = _PROPERTIES.get(name.lstrip("^").rpartition("=")[2])
            if members is None:
                raise Unreadable(f"the property {name}")
            return _all_but(members) if (character == "P") != name.startswith("^") else members
        if character == "x":
            return self._character(self._digits(2))
        if character == "u":
            digits = self._until("}")[1:] if self._peek("{") else self._digits(4)
            return self._character(digits)
        if character == "c":
            return chr(ord(self._next()) % 32)
        return _ESCAPES.get(character, character)

    def _digits(self, number: int) -> str:
        return "".join(self._next() for _ in range(number))

    @staticmethod
    def _character(digits: str) -> str:
        try:
            return chr(int(digits, 16))
        except (ValueError, OverflowError):
            raise Unreadable(f"the character {digits!r:.20}") from None

    def _class(self) -> str:
        """Return the characters of the class whose bracket is open."""
        is_negated = self._take("^")
        members: dict[str, None] = {}
        is_first = True
        while is_first or not self._peek("]"):
            if is_first and self._peek("]"):  # [] has none, and [^] all; elsewhere it stands for ]
                break
            is_first = False
            if self._take("[:"):
                members |= dict.fromkeys(_PROPERTIES.get(self._until(":]"), _WORD))
                continue
            found = self._class_member()
            if len(found) == 1 and self._peek("-") and not self._peek("-]"):
                self._at += 1
                last = self._class_member()
                if len(last) == 1:
                    members |= dict.fromkeys(_range(found, last))
                    continue
                members |= dict.fromkeys("-" + last)
            members |= dict.fromkeys(found)
        self._at += 1
        if is_negated:
            return _all_but("".join(members))
        return "".join(members)

    def _class_member(self) -> str:
        character = self._next()
        if character != "\\":
            return character
        escaped = self._next()
        return "\b" if escaped == "b" else self._members(escaped)


_GROUPS = ("?:", "?=", "?!", "?<=", "?<!", "?P<", "?<", "?>", "?i")


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _LONGEST_COUNT


def _range(first: str, last: str) -> str:
    """Return characters of the range: all that are printable ASCII, and a few of the others."""
    low, high = ord(first), ord(last)
    if low > high:
        raise Unreadable(f"the range {first}-{last}")
    inside = [character for character in _PRINTABLE if low <= ord(character) <= high]
    if inside:
        return "".join(inside)
    characters = map(chr, range(low, min(high, low + 20) + 1))
    return "".join(each for each in characters if unicodedata.category(each) != "Cs")


def _all_but(members: str) -> str:
    """Return characters that are none of these."""
    left = [each for each in _WORD + _PRINTABLE + "\n" + _OTHER if each not in members]
    return "".join(dict.fromkeys(left))


@lru_cache(maxsize=4096)
def _plain(members: str) -> str:
    """Return the letters and digits, if there are any; else all members."""
    plain = [each for each in members if each.isascii() and each.isalnum()]
    return "".join(plain) if plain else members


# Writing.


class _Writer:
    """Writes a text of a tree."""

    def __init__(self, stream: Stream, low: int, high: int | None) -> None:
        self._stream = stream
        self._low = low
        self._high = _MOST_CHARACTERS if high is None else high
        self._extra = 0  # characters that may still be added to the shortest text
        self._needed = 0  # of these, how many must be
        self._goes_on = False  # whether what is repeated is written once more after this
        self._ahead = ""  # what look-aheads ask for, still to be written
        self._found: dict[int | str, str] = {}

    def text(self, tree: Node) -> str | None:
        """Return the text, None where its length cannot be had."""
        shortest = _length(tree)
        if shortest > min(self._high, _MOST_CHARACTERS):
            return None
        self._needed = max(self._low - shortest, 0)
        some = self._needed + self._stream.between(0, _MOST_EXTRA)
        self._extra = min(some, self._high - shortest)
        text = self._write(tree)
        missing = self._low - len(text)
        if missing > 0:
            begins, ends = _edges(tree)
            if not ends:
                text += _letters(self._stream, missing)
            elif not begins:
                text = _letters(self._stream, missing) + text
        return text if self._low <= len(text) <= self._high else None

    def _write(self, node: Node) -> str:
        match node:
            case Characters(members):
                return self._character(members)
            case Sequence(nodes):
                return "".join(map(self._write, nodes))
            case Choice(branches):
                return self._write(self._branch(branches))
            case Repeat():
                return self._repeat(node)
            case Group(inner, number, name):
                text = self._write(inner)
                self._found[number] = text
                if name:
                    self._found[name] = text
                return text
            case Back(group):
                return self._found.get(group, "")
            case Look(inner):
                # A look-ahead may begin with `.*`: its shortest text is what must be somewhere.
                extra, self._extra = self._extra, 0
                ahead, self._ahead = self._ahead, ""
                self._ahead = ahead + self._write(inner)
                self._extra = extra
                return ""
            case Anchor():
                return ""

    def _character(self, members: str) -> str:
        if not members:
            return ""
        if self._ahead and self._ahead[0] in members:
            character, self._ahead = self._ahead[0], self._ahead[1:]
            return character
        return self._stream.choice(_plain(members))

    def _branch(self, branches: tuple[Node, ...]) -> Node:
        """Return a branch for which there is room beside what else must be written."""
        if self._goes_on:  # where nothing ends the text that must go on
            branches = tuple(each for each in branches if not _edges(each)[1]) or branches
        shortest = min(map(_length, branches))
        fitting = [each for each in branches if _length(each) <= shortest + self._extra]
        branch = self._stream.choice(fitting)
        self._added(_length(branch) - shortest)
        return branch

    def _added(self, number: int) -> None:
        self._extra = max(self._extra - number, 0)
        self._needed = max(self._needed - number, 0)

    def _repeat(self, node: Repeat) -> str:
        length = max(_length(node.node), 1)
        needed = max(self._needed, len(self._ahead) - node.least * length)
        least = min(-(-needed // length), node.most - node.least)
        most = min(max(self._extra, needed) // length, node.most - node.least)
        more = self._stream.between(min(least, most), most)
        self._added(more * length)
        number = min(node.least + more, _MOST_CHARACTERS)
        pieces, size = [], 0
        goes_on = self._goes_on
        for index in range(number):
            self._goes_on = goes_on or index < number - 1
            pieces.append(self._write(node.node))
            size += len(pieces[-1])
            if size > _MOST_CHARACTERS:
                break
        self._goes_on = goes_on
        return "".join(pieces)


def _texts(node: Node) -> Iterator[str]:
    match node:
        case Characters(members):
            yield from members
        case Sequence(nodes):
            yield from _in_a_row(nodes)
        case Choice(branches):
            for branch in branches:
                yield from _texts(branch)
        case Repeat(inner, least, most):
            for number in range(least, min(most, _MOST_IN_A_ROW) + 1):
                yield from _in_a_row((inner,) * number)
        case Group(inner, _, _):
            yield from _texts(inner)
        case _:  # a back reference or a look-ahead may be met or not
            yield ""


def _in_a_row(nodes: tuple[Node, ...]) -> Iterator[str]:
    """Yield the texts of the nodes one after the other, the last one's changing first."""
    if not nodes:
        yield ""
    elif len(nodes) <= _MOST_IN_A_ROW:  # each is a level of Python's stack
        for begun in _texts(nodes[0]):
            for rest in _in_a_row(nodes[1:]):
                yield begun + rest


@lru_cache(maxsize=4096)
def _length(node: Node) -> int:
    """Return the number of characters of the node's shortest text."""
    match node:
        case Characters():
            return 1
        case Sequence(nodes):
            return sum(map(_length, nodes))
        case Choice(branches):
            return min(map(_length, branches))
        case Repeat(inner, least, _):
            return least * _length(inner)
        case Group(inner, _, _):
            return _length(inner)
        case _:
            return 0


@lru_cache(maxsize=4096)
def _edges(tree: Node) -> tuple[bool, bool]:
    """Return whether the text may not go on before the beginning, and after the end."""
    match tree:
        case Sequence(nodes):
            first = nodes[0] if nodes else None
            last = nodes[-1] if nodes else None
            begins = isinstance(first, Anchor) or (first is not None and _edges(first)[0])
            ends = isinstance(last, Anchor) or (last is not None and _edges(last)[1])
            return begins, ends
        case Choice(branches):
            edges = [*map(_edges, branches)]
            return any(begins for begins, _ in edges), any(ends for _, ends in edges)
        case Group(inner, _, _):
            return _edges(inner)
        case _:
            return False, False


def _letters(stream: Stream, number: int) -> str:
    return "".join(stream.choice(string.ascii_lowercase) for _ in range(number))
