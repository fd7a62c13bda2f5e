"""Filter texts read into trees. The grammar, expression.lark, is ours."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.resources import files

import attrs
from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args
from lark.parsers.lalr_interactive_parser import InteractiveParser

from locum.engine.data import spend
from locum.exceptions import FilterError, nearest
from locum.langsmith.filters.ast import (
    CALLS,
    And,
    Comparison,
    Expression,
    Not,
    Or,
    Positions,
    Scalar,
    Search,
    Value,
    printable,
)

# A longer text, a deeper tree, more comparisons or more values are refused: our choice, far above
# what people write, and low enough that no text holds up the server. Two thousand run ids fit in.
LONGEST_TEXT = 100_000
DEEPEST_NESTING = 100
MOST_COMPARISONS = 100
MOST_VALUES = 2000


# A text that is not longer is read once: whoever explores asks about many windows of time with the
# same few filters. Of 13 filters in turn, each with windows of its own, an answer takes a quarter
# less time with it.
_MOST_KEPT, _LONGEST_KEPT = 256, 500  # texts, characters


def parse(text: str, parameter: str = "filter") -> Expression:
    """Return the tree of a filter text. Raises FilterError, naming `parameter`, where there is
    none."""
    try:
        return _parse_short(text) if len(text) <= _LONGEST_KEPT else _parse(text)
    except FilterError as error:
        raise attrs.evolve(error, parameter=parameter) from None


@lru_cache(maxsize=_MOST_KEPT)
def _parse_short(text: str) -> Expression:
    return _parse(text)


def _parse(text: str) -> Expression:
    if len(text) > LONGEST_TEXT:
        limit = f"at most {LONGEST_TEXT} characters"
        raise FilterError(LONGEST_TEXT + 1, f"{len(text)} characters", limit)
    if lone := re.search("[\ud800-\udfff]", text):
        raise FilterError(lone.start() + 1, printable(lone[0]), "Unicode text")
    reading = _parser().parse_interactive(text)
    depth = 0
    seen: Counter[str] = Counter()
    try:
        for token in reading.iter_parse():
            depth += (token.type == "LPAR") - (token.type == "RPAR")
            if depth > DEEPEST_NESTING:
                raise _limit(token, "a nesting", f"at most {DEEPEST_NESTING} levels")
            seen[_COUNTED.get(token.type, "")] += 1
            if seen["comparison"] > MOST_COMPARISONS:
                raise _limit(token, "a comparison", f"at most {MOST_COMPARISONS} comparisons")
            if seen["value"] > MOST_VALUES:
                raise _limit(token, "a value", f"at most {MOST_VALUES} values")
        tree: Expression = reading.feed_eof()  # type: ignore[no-untyped-call] # lark's own gap
    except UnexpectedInput as error:
        raise _refusal(text, error, _accepted(reading)) from None
    return tree


_COUNTED = {
    **dict.fromkeys(("COMPARATOR", "SEARCH"), "comparison"),
    **dict.fromkeys(("STRING", "NUMBER", "CONSTANT"), "value"),
}


def _accepted(reading: InteractiveParser) -> set[str]:
    return set(reading.accepts())  # type: ignore[no-untyped-call] # lark's own gap


def _limit(token: Token, what: str, limit: str) -> FilterError:
    return FilterError(_position(token), f"{what} beyond the limit", limit)


_COST_OF_PARSER = 5_000_000  # to build it, in units of `engine.data.Work`


@cache
def _parser() -> Lark:
    """The parser, built when the first filter comes: that takes longer than reading many, so it is
    not done in the event loop."""
    spend(_COST_OF_PARSER)
    grammar = files(__package__).joinpath("expression.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", transformer=_Builder())


def _position(token: Token) -> int:
    return (token.start_pos or 0) + 1


@v_args(inline=True)
class _Builder(Transformer[Token, Expression]):
    """Makes the nodes as the parser goes; its methods are named for the grammar's rules."""

    def conjunction(self, _: Token, *operands: Expression) -> And:
        return And(operands)

    def disjunction(self, _: Token, *operands: Expression) -> Or:
        return Or(operands)

    def negation(self, _: Token, operand: Expression) -> Not:
        return Not(operand)

    def comparison(
        self, comparator: Token, field: tuple[str, int], value: tuple[Value, int]
    ) -> Comparison:
        positions = Positions(_position(comparator), field[1], value[1])
        return Comparison(str(comparator), field[0], value[0], positions)

    def search_everywhere(self, search: Token, text: Token) -> Search:
        return Search(None, _text(text), Positions(_position(search), value=_position(text)))

    def search_field(self, search: Token, field: tuple[str, int], text: Token) -> Search:
        positions = Positions(_position(search), field[1], _position(text))
        return Search(field[0], _text(text), positions)

    def field(self, name: Token) -> tuple[str, int]:
        return (_text(name) if name.type == "STRING" else str(name)), _position(name)

    def scalar(self, token: Token) -> tuple[Scalar, int]:
        return _READ[token.type](token), _position(token)

    def array(self, bracket: Token, *items: tuple[Scalar, int]) -> tuple[Value, int]:
        return tuple(item for item, _ in items), _position(bracket)


_CONSTANTS = {"true": True, "false": False, "null": None}
_CONSTANTS |= {"True": True, "False": False, "None": None}  # as Python's str() writes them
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def _text(token: Token) -> str:
    """The text that a STRING stands for: JSON's escapes; any other escaped character is itself."""

    def unescape(escape: re.Match[str]) -> str:
        if escape[1][0] != "u":
            return _ESCAPES.get(escape[1], escape[1])
        if len(escape[1]) == 1:
            raise FilterError(_position(token) + 1 + escape.start(), r"\u", "four hex digits in it")
        return chr(int(escape[1][1:], 16))

    text = re.sub(r"(?s)\\(u[0-9a-fA-F]{4}|.)", unescape, token[1:-1])
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise FilterError(_position(token), "half of a surrogate pair", "Unicode text") from None


# float() reads any numeral; beyond this many characters int() may refuse.
_LONGEST_NUMERAL = 400


def _number(token: Token) -> int | float:
    number = float(token)
    if math.isinf(number) or len(token) > _LONGEST_NUMERAL:
        raise FilterError(_position(token), printable(token), "a number within ±1.7e308")
    return int(token) if token.lstrip("+-").isdigit() else number


_READ: dict[str, Callable[[Token], Scalar]] = {
    "STRING": _text,
    "NUMBER": _number,
    "CONSTANT": lambda token: _CONSTANTS[token],
}


_EXPRESSION = f"one of {', '.join(CALLS)}"
_EXPECTED = {
    **dict.fromkeys(("AND", "OR", "NOT", "SEARCH", "COMPARATOR"), _EXPRESSION),
    "WORD": "a field's name",
    "STRING": "a text in quotes",
    "NUMBER": "a number",
    "CONSTANT": "true, false or null",
    "OPEN": "a list in [ ]",
    "RSQB": "]",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": "a comma",
    "$END": "the end",
}


def _refusal(text: str, error: UnexpectedInput, accepted: set[str]) -> FilterError:
    """The parser's complaint in our words."""
    at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    at = len(text) if at_end or error.pos_in_stream is None else error.pos_in_stream
    word = text[at:] and re.findall(r"(?s)[\w.]+|.", text[at : at + 100])[0]
    expected = dict.fromkeys(words for name, words in _EXPECTED.items() if name in accepted)
    near = nearest(word, CALLS) if _EXPRESSION in expected else None
    return FilterError(at + 1, _found(word, text[at:]), " or ".join(expected), near)


def _found(word: str, rest: str) -> str:
    if not word:
        return "the end"
    if word in "\"'" and rest.count(word) == 1:
        return "a text without closing quote"
    return printable(word)
