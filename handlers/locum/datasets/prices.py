r"""Prices of models: the file `prices.json` of a dataset's folder, by which calls cost that come
without their cost.

    [{"match": "^gpt-4o(-\d{4}-\d\d-\d\d)?$", "provider": "openai",
      "input": 2.50, "output": 10.00,
      "breakdown": {"input": {"cache_read": 1.25}, "output": {"audio": 80.00}},
      "from": "2026-01-01T00:00:00Z"}]

Amounts are USD per million tokens, as providers list them; inside they are integers of nano-USD per
million tokens. `match` is a regular expression that is looked for in the model's name. It is read
by an engine whose time is linear in the text whatever the expression (Rust's regex crate, which the
validator of schemas has), so that none can hold up a server; what such an engine cannot know
(lookaround, references back) is refused, and so is what would take more than a mebibyte.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from locum.datasets.findings import Finding
from locum.exceptions import did_you_mean

if TYPE_CHECKING:
    import jsonschema_rs

FILE = "prices.json"
TOKENS = 1_000_000  # that a price is for

_NANO = 10**9
_MOST = 10_000  # entries
_DEAREST = 10**9  # USD a million tokens
_LARGEST_PATTERN = 2**20  # bytes that a compiled expression takes, and as many to look with
_REMEMBERED = 4096  # models
_FIX = "see docs/fixtures.md for what a price has"
_FIELDS = ("match", "provider", "input", "output", "breakdown", "from")
_SIDES = ("input", "output")

Units = int
"""Costs before they are rounded: nano-USD times `TOKENS`, exactly."""


def nano_usd(units: Units) -> int:
    """Return the cost in nano-USD, rounded half to even."""
    whole, rest = divmod(units, TOKENS)
    return whole + (2 * rest > TOKENS or (2 * rest == TOKENS and whole % 2 == 1))


@frozen
class Rate:
    """What tokens of one side cost, in nano-USD per million: the `base` price, None where there is
    none, and that of each category that has its own, in the order of the file."""

    base: int | None = None
    breakdown: Mapping[str, int] = field(factory=dict)

    def cost(self, tokens: int, details: Mapping[str, int]) -> tuple[Units | None, dict[str, int]]:
        """Return what so many tokens cost, of which `details` are those of a category, and what
        those of each category with a price of its own do.

        Categories come first, in the order of the file, for no more tokens than there are; the rest
        costs the base price, and without one the whole is unknown, unless there is no rest.
        """
        left, of_category = tokens, {}
        for category, price in self.breakdown.items():
            if category in details:
                counted = min(details[category], left)
                left -= counted
                of_category[category] = counted * price
        if self.base is None and (left or not of_category):
            return None, of_category
        return sum(of_category.values()) + left * (self.base or 0), of_category


@frozen
class Price:
    """What a model's tokens cost from a moment on, an ISO-8601 text in UTC with six decimals ('':
    always)."""

    input: Rate
    output: Rate
    begins: str = ""


@frozen(eq=False)
class _Entry:
    """The prices of one `match` and `provider` (in lower case, None: any), the latest first."""

    match: str
    provider: str | None
    prices: list[Price]
    expression: jsonschema_rs.Draft202012Validator


@frozen(eq=False)
class Prices:
    """The prices of models. Without entries no model has one."""

    entries: tuple[_Entry, ...] = ()
    _found: dict[tuple[str, str], tuple[_Entry, ...]] = field(init=False, factory=dict)

    def price(self, model: str | None, provider: str | None, at: str) -> Price | None:
        """Return the price of a model of a provider (in any letter case) for a call that began at a
        time, an ISO-8601 text in UTC with six decimals; None where there is none.

        The first entry that matches counts; of several with the same match and provider, the latest
        that had begun. An entry that names a provider is for its models alone.
        """
        if not self.entries or not model:
            return None
        named = (model, (provider or "").lower())
        matching = self._found.get(named)
        if matching is None:
            matching = tuple(
                entry
                for entry in self.entries
                if entry.provider in (None, named[1]) and entry.expression.is_valid(model)
            )
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            self._found[named] = matching
        for entry in matching:
            for price in entry.prices:
                if price.begins <= at:
                    return price
        return None


NONE = Prices()


class _Fault(ValueError):
    """What is wrong with an entry, where."""


def read(path: Path) -> tuple[Prices, list[Finding]]:
    """Read the file; what is wrong is among the findings, and then there are no prices."""
    try:
        content = json.loads(
            path.read_text(encoding="utf-8-sig"), parse_float=Decimal, parse_constant=_no_number
        )
    except (OSError, UnicodeDecodeError) as error:
        return NONE, [Finding(path, f"cannot be read: {error}", "write it in UTF-8")]
    except json.JSONDecodeError as error:
        return NONE, [Finding(path, f"is not JSON: {error.msg}", "mend it", error.lineno)]
    except (ValueError, RecursionError) as error:
        return NONE, [Finding(path, f"is not JSON: {error}", "mend it")]
    if not isinstance(content, list) or len(content) > _MOST:
        message = f"found {_shown(content)}, expected an array of at most {_MOST:,} prices"
        return NONE, [Finding(path, message, _FIX)]
    entries: dict[tuple[str, str | None], _Entry] = {}
    findings = []
    for number, each in enumerate(content, 1):
        try:
            _add(entries, each)
        except _Fault as fault:
            findings.append(Finding(path, f"price {number}: {fault}", _FIX))
    for entry in entries.values():
        entry.prices.sort(key=lambda price: price.begins, reverse=True)
    return (NONE if findings else Prices(tuple(entries.values()))), findings


def _no_number(text: str) -> float:
    raise ValueError(f"found {text}, which is no number of JSON")


def _add(entries: dict[tuple[str, str | None], _Entry], each: Any) -> None:
    given = _map("", each, _FIELDS)
    match = _text("match", given.get("match"))
    named = None if given.get("provider") is None else _text("provider", given["provider"]).lower()
    breakdown = _map("breakdown", given.get("breakdown") or {}, _SIDES)
    rates = []
    for side in _SIDES:
        base = None if given.get(side) is None else _nano(side, given[side])
        place = f"breakdown.{side}"
        own = _map(place, breakdown.get(side) or {})
        rates.append(
            Rate(base, {name: _nano(f"{place}.{name}", value) for name, value in own.items()})
        )
    if all(rate.base is None and not rate.breakdown for rate in rates):
        raise _Fault("found no price, expected input, output or breakdown")
    begins = "" if given.get("from") is None else _time("from", given["from"])
    price = Price(rates[0], rates[1], begins)
    entry = entries.get((match, named))
    if entry is None:
        entry = _Entry(match, named, [], _expression(match))
        entries[match, named] = entry
    if price.begins in [other.begins for other in entry.prices]:
        raise _Fault("found the match and provider of another price, expected another `from`")
    entry.prices.append(price)


def _map(place: str, value: Any, allowed: Iterable[str] | None = None) -> dict[str, Any]:
    where = f"{place}: " if place else ""
    if not isinstance(value, dict):
        raise _Fault(f"{where}found {_shown(value)}, expected an object")
    known = None if allowed is None else tuple(allowed)
    for name in value:
        if known is not None and name not in known:
            expected = f"expected one of {', '.join(known)}{did_you_mean(name, known)}"
            raise _Fault(f"{where}found {name!r:.80}, {expected}")
    return value


def _text(place: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise _Fault(f"{place}: found {_shown(value)}, expected a text")
    return value


def _nano(place: str, value: Any) -> int:
    """An amount of USD, a number or the text of one, in nano-USD: exactly."""
    is_amount = isinstance(value, int | str | Decimal) and not isinstance(value, bool)
    try:
        usd = Decimal(value) if is_amount else Decimal("NaN")
    except InvalidOperation:
        usd = Decimal("NaN")
    if not usd.is_finite() or not 0 <= usd <= _DEAREST:
        expected = f"expected USD per million tokens, from 0 to {_DEAREST:,}"
        raise _Fault(f"{place}: found {_shown(value)}, {expected}")
    nano = usd * _NANO
    if nano != int(nano):
        raise _Fault(f"{place}: found {_shown(value)}, expected nine decimals at most")
    return int(nano)


def _time(place: str, value: Any) -> str:
    """A moment; a day is its beginning, and without a zone it is in UTC."""
    try:
        read = datetime.fromisoformat(_text(place, value))
        read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        expected = "expected a day or a time such as 2026-01-01T00:00:00Z"
        raise _Fault(f"{place}: found {_shown(value)}, {expected}") from None
    return read.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _expression(match: str) -> jsonschema_rs.Draft202012Validator:
    import jsonschema_rs  # noqa: PLC0415  # most folders have no prices

    options = jsonschema_rs.RegexOptions(
        size_limit=_LARGEST_PATTERN, dfa_size_limit=_LARGEST_PATTERN
    )
    try:
        return jsonschema_rs.Draft202012Validator({"pattern": match}, pattern_options=options)
    except ValueError:
        expected = "expected a regular expression without lookaround and references back"
        raise _Fault(f"match: found {_shown(match)}, {expected}") from None


def _shown(value: Any) -> str:
    return "nothing" if value is None else f"{json.dumps(value, default=str):.80}"
