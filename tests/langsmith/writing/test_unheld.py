"""What no table has a column for."""

from __future__ import annotations

from typing import Any

import pytest

from locum.exceptions import Refused
from locum.langsmith.writing.unheld import refuse


@pytest.mark.parametrize("value", [None, False, [], {}, "", {"__missing__": "__missing__"}])
def test_what_says_nothing_is_passed_over(value: Any) -> None:
    refuse({"tier": value}, {"tier": "tiers"})
    refuse({}, {"tier": "tiers"})


@pytest.mark.parametrize("value", [True, 0, 1, "x", [0], {"a": None}])
def test_what_says_something_is_refused_by_its_name(value: Any) -> None:
    with pytest.raises(Refused, match="tier is refused: no dataset of Locum holds tiers"):
        refuse({"tier": value}, {"tier": "tiers"})
