"""What can be set: how it is written, what is refused, and how long a random delay is."""

from __future__ import annotations

from statistics import median
from typing import Any

import pytest

from locum.exceptions import InvalidPreference
from locum.http.settings import Delay, Settings, settings


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, Settings()),
        ({"delay": "0.5"}, Settings(delay=Delay(0.5, 0.5))),
        ({"delay": 0.5}, Settings(delay=Delay(0.5, 0.5))),
        ({"delay": 60}, Settings(delay=Delay(60, 60))),
        ({"delay": "0.2..3"}, Settings(delay=Delay(0.2, 3))),
        ({"code": 503}, Settings(code=503)),
        ({"code": "503"}, Settings(code=503)),
        ({"fault": "hang"}, Settings(fault="hang")),
        ({"errors": "5%"}, Settings(errors=0.05)),
        ({"errors": "0%"}, Settings(errors=0)),
        ({"errors": "12.5%"}, Settings(errors=0.125)),
        ({"rate_limit": "3/10"}, Settings(rate_limit=(3, 10))),
        ({"scenario": "a", "delay": None}, Settings(scenario="a")),
        ({"clock": "1970-01-01T00:00:00Z"}, Settings(clock=719163)),
        ({"clock": "1970-01-02T01:00:00+02:00"}, Settings(clock=719163)),  # 23:00 the day before
        ({"clock": "1970-01-02"}, Settings(clock=719164)),
    ],
)
def test_settings_are_texts_or_numbers(given: dict[str, Any], expected: Settings) -> None:
    assert settings(given) == expected


@pytest.mark.parametrize(
    "given",
    [
        {"delay": "-1"},
        {"delay": "60.1"},
        {"delay": "3..0.2"},
        {"delay": "0..3"},
        {"delay": "1e1"},
        {"delay": "nan"},
        {"delay": float("inf")},
        {"delay": True},
        {"delay": [1]},
        {"delay": ""},
        {"code": "5xx"},
        {"code": 99},
        {"code": 100},
        {"code": 600},
        {"code": 503.5},
        {"fault": "slow"},
        {"fault": ""},
        {"errors": "5"},
        {"errors": "101%"},
        {"errors": 0.05},
        {"rate_limit": "3"},
        {"rate_limit": "0/10"},
        {"scenario": ""},
        {"clock": "now"},
        {"clock": "2026-07-01\n00:00"},  # which Python takes, and no header may hold
        {"clock": "2026-07-01é00:00"},
        {"clock": "1969-12-31"},
        {"clock": "2200-01-01"},
        {"codes": 503},
        {"sandbox": "a"},
    ],
)
def test_anything_else_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidPreference) as caught:
        settings(given)
    (name,) = given
    assert caught.value.found.startswith(name)


def test_a_value_that_is_nested_deep_is_refused() -> None:
    value: object = None
    for _ in range(10_000):
        value = [value]
    with pytest.raises(InvalidPreference, match="found delay=list, expected seconds"):
        settings({"delay": value})


def test_what_is_said_goes_before_what_holds_for_all() -> None:
    own, all_of_them = Settings(code=503, errors=0.0), Settings(scenario="a", errors=0.5)
    assert own.over(all_of_them) == Settings(code=503, errors=0.0, scenario="a")


@pytest.mark.parametrize(
    ("given", "acts"),
    [({}, False), ({"scenario": "a", "clock": "2026-07-01"}, False), ({"errors": "0%"}, True)],
)
def test_a_scenario_alone_does_not_act(given: dict[str, str], *, acts: bool) -> None:
    assert settings(given).acts is acts


def test_a_random_delay_is_log_normal_between_its_ends() -> None:
    """From 0.25 to 4 s: the median is √(0.25 · 4) = 1 s; half of a normal distribution lies within
    0.6745 deviations, which are (ln 4 - ln 0.25) / 4 = ln 2 each, so the quartiles are
    2 ** ±0.6745 s; and no delay is beyond the ends."""
    delay = Delay(0.25, 4)
    seconds = [delay.seconds((place + 0.5) / 1000) for place in range(1000)]
    assert median(seconds) == pytest.approx(1, abs=0.01)
    assert seconds[250] == pytest.approx(0.6266, abs=0.005)
    assert seconds[750] == pytest.approx(1.596, abs=0.01)
    assert (min(seconds), max(seconds)) == (0.25, 4)
    assert seconds == sorted(seconds)
    assert Delay(0.5, 0.5).seconds(0.9) == 0.5
