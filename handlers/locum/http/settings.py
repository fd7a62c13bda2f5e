"""What the answers of the server, of a sandbox or to one request may be set to.

A request has them as preferences, a sandbox as JSON, the server as flags: all read here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs
from attrs import field, frozen

from locum.exceptions import InvalidPreference, did_you_mean
from locum.http.rate_limit import RateLimit

MOST_DELAY = 60.0  # seconds
RESET, TRUNCATE, HANG = FAULTS = ("reset", "truncate", "hang")
_STATUSES = range(200, 600)
_YEARS = range(1970, 2200)
# Of a log-normal delay: from the median to either end are so many standard deviations, so that it
# lies between the two ends in 95 of 100 cases; the others lie at the ends.
_DEVIATIONS = 2
_NUMBER = r"\d{1,9}(?:\.\d{1,9})?"


@frozen
class Delay:
    """Seconds from `least` to `most`, log-normal around √(least · most)."""

    least: float
    most: float

    @classmethod
    def parse(cls, text: str) -> Delay:
        """The delay written 0.5, or 0.2..3. Raises ValueError."""
        found = re.fullmatch(rf"({_NUMBER})(?:\.\.({_NUMBER}))?", text, re.ASCII)
        if found is None:
            raise ValueError(text)
        least, most = float(found[1]), float(found[2] or found[1])
        if not least <= most <= MOST_DELAY or (least == 0 < most):
            raise ValueError(text)
        return cls(least, most)

    @property
    def is_random(self) -> bool:
        """Whether one request may wait longer than another."""
        return self.least < self.most

    def seconds(self, share: float) -> float:
        """Return how long the request waits that is at that share, above 0 and below 1, of all
        requests in the order of their delays."""
        if not self.is_random:
            return self.least
        from statistics import NormalDist  # noqa: PLC0415  # a start needs none of it

        middle = math.log(self.least * self.most) / 2
        deviation = math.log(self.most / self.least) / 2 / _DEVIATIONS
        seconds = math.exp(NormalDist(middle, deviation).inv_cdf(share))
        return min(max(seconds, self.least), self.most)


@frozen
class Settings:
    """All that can be set; None is what it is otherwise.

    `clock` is a day, numbered as `scenarios.today` does; `errors` is the share of requests that
    fail, from 0 to 1.
    """

    scenario: str | None = None
    clock: int | None = None
    delay: Delay | None = None
    fault: str | None = None
    code: int | None = None
    errors: float | None = None
    rate_limit: tuple[int, int] | None = None
    acts: bool = field(init=False, eq=False)  # whether the answer may be another than the computed

    def __attrs_post_init__(self) -> None:
        acting = self.delay, self.fault, self.code, self.errors, self.rate_limit
        object.__setattr__(self, "acts", any(value is not None for value in acting))

    def only(self, names: Iterable[str]) -> Settings:
        """Return those of these names."""
        return Settings(**{name: getattr(self, name) for name in names})

    def over(self, others: Settings) -> Settings:
        """Return these, and the others' where these say nothing."""
        if self == _NOTHING:
            return others
        known = {name: value for name in NAMES if (value := getattr(self, name)) is not None}
        return attrs.evolve(others, **known)


_NOTHING = Settings()


def _clock(text: str) -> int:
    if not (text.isascii() and text.isprintable()):  # date and time may have anything in between
        raise ValueError(text)
    time = datetime.fromisoformat(text)
    if time.year not in _YEARS:
        raise ValueError(text)
    return (time if time.tzinfo is None else time.astimezone(UTC)).toordinal()


def _fault(text: str) -> str:
    if text not in FAULTS:
        raise ValueError(text)
    return text


def _code(text: str) -> int:
    if not re.fullmatch(r"\d{3}", text, re.ASCII) or int(text) not in _STATUSES:
        raise ValueError(text)
    return int(text)


def _errors(text: str) -> float:
    found = re.fullmatch(rf"({_NUMBER})%", text, re.ASCII)
    if found is None or float(found[1]) > 100:  # noqa: PLR2004 - percent
        raise ValueError(text)
    return float(found[1]) / 100


def _rate_limit(text: str) -> tuple[int, int]:
    limit = RateLimit.parse(text)
    return limit.requests, limit.seconds


def _name(text: str) -> str:
    if not text:
        raise ValueError(text)
    return text


_READ: dict[str, tuple[Callable[[str], Any], str]] = {
    "scenario": (_name, "the name of a dataset"),
    "clock": (_clock, f"an instant of {_YEARS[0]} to {_YEARS[-1]}, as 2026-07-15T12:00:00Z"),
    "delay": (Delay.parse, f"seconds, as 0.5 or 0.2..3, at most {MOST_DELAY:g}"),
    "fault": (_fault, f"one of {', '.join(FAULTS)}"),
    "code": (_code, "a status, as 503"),
    "errors": (_errors, "a share, as 5%"),
    "rate_limit": (_rate_limit, "REQUESTS/SECONDS, as 3/10"),
}
NAMES = tuple(_READ)


def settings(given: Mapping[str, Any]) -> Settings:
    """Return the settings that are given by name, as texts or numbers; null is no setting.

    Raises InvalidPreference for a name that is none of NAMES, and for a value that is not as it
    should be.
    """
    found = {}
    for name, value in given.items():
        if name not in _READ:
            hint = did_you_mean(name, NAMES)
            raise InvalidPreference(name, f"one of {', '.join(NAMES)}{hint}")
        if value is None:
            continue
        read, expected = _READ[name]
        try:
            found[name] = read(_text(value))
        except (TypeError, ValueError, OverflowError):
            raise InvalidPreference(f"{name}={_shown(value)}", expected) from None
    return Settings(**found)


def _shown(value: object) -> object:
    """Return the value; of one that may be nested without end its kind."""
    return type(value).__name__ if isinstance(value, list | dict) else value


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.9f}".rstrip("0").rstrip(".")
    raise TypeError
