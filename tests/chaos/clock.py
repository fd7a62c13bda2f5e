"""Midnight while a server with a live clock is asked."""

from __future__ import annotations

import re
import sys
import time
from http import HTTPStatus
from pathlib import Path

from tests.chaos.admission import faults
from tests.chaos.scenario import Outcome, Scale, Scenario
from tests.chaos.servers import said, serving
from tests.conftest import rows_of_tiny, world_of
from tests.oracles.chaos_clients import load
from tests.oracles.hostile_clients import written
from tests.oracles.requests_of_tiny import request

_PROGRAM = Path(__file__).with_name("days_in_seconds.py")
_CLIENTS = 6


def midnight(scale: Scale) -> Outcome:
    """Days of few seconds. Each client must see one day after the other, and never one twice."""
    days, length = scale.of(8, 2), scale.of(5, 1.5)
    sent = written(request("group_stats", world_of(rows_of_tiny)))
    program = (sys.executable, str(_PROGRAM), str(length))
    with (
        serving("--clock", "live", program=program) as server,
        load(server.port, lambda: sent, _CLIENTS) as found,
    ):
        time.sleep(days * length)
        log = said(server).splitlines()
    lost = [f"in the log: {line}" for line in log]
    seen = set()
    for replies in found:
        for reply in replies:
            lost += faults(reply, "a question", HTTPStatus.OK)
        starts = [_last_day(reply.body) for reply in replies if reply.status == HTTPStatus.OK]
        if starts != sorted(starts):
            lost.append("a day came again")
        seen.update(starts)
    if len(seen) < days:
        lost.append(f"days seen: {', '.join(sorted(seen))}")
    count = sum(map(len, found))
    return Outcome(f"{count:,} questions of {_CLIENTS} clients", lost, f"{len(seen)} days seen")


def _last_day(body: bytes) -> str:
    """Of the latest run, in an answer of group stats."""
    found = re.search(rb'"last_run_start_time":"(\d{4}-\d\d-\d\d)', body)
    return found[1].decode() if found else ""


SCENARIOS = [Scenario("midnight", "every answer right, one day after the other", midnight)]
