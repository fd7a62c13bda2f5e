"""The command `locum`, for which a day lasts so many seconds: `days_in_seconds.py 5 serve …`."""

from __future__ import annotations

import sys
import time
from functools import partial

from locum import scenarios
from locum.cli.main import main

LENGTH = float(sys.argv[1])
FIRST, BEGAN = scenarios.today(), time.monotonic()


def day() -> int:
    """The number of the day."""
    return FIRST + int((time.monotonic() - BEGAN) / LENGTH)


scenarios.Scenarios = partial(scenarios.Scenarios, day=day)  # type: ignore[assignment,misc]
sys.exit(main(sys.argv[2:]))
