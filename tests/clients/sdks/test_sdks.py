"""SDKs as they are, with a server's address and key: what their methods return, ask and log.

Each method's value is compared with the rows of `tiny`; docs/clients.md holds what came of it. A
client that cannot be installed here is skipped by name, in CI it is a failure.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict

import pytest

from tests.clients.sdks import judgement, page
from tests.clients.sdks.asked import asked
from tests.clients.sdks.environments import Unavailable
from tests.clients.sdks.expected import Expected
from tests.clients.sdks.run import CLIENTS, NEWEST, NODE, Run, run, told_by, world
from tests.clients.sdks.serving import Told

DEPRECATION = re.compile(r"deprecat|LangSmithBetaWarning", re.IGNORECASE)


@pytest.fixture(scope="module")
def found() -> Run:
    return run()


@pytest.fixture(scope="module")
def expected() -> Expected:
    rows = world()
    return Expected(rows, asked(rows))


def told(found: Run, client: str) -> list[Told]:
    """What the client has told, or a skip that says why it could not be asked."""
    if client in found.unavailable and "CI" not in os.environ:
        pytest.skip(f"not installed: {found.unavailable[client]}")
    return found.told[client]


@pytest.mark.parametrize("client", CLIENTS)
def test_a_method_gives_what_the_rows_say_or_is_refused(
    found: Run, expected: Expected, client: str
) -> None:
    wrong = [
        f"{one.client}.{one.method} ({one.expected}): {fault}"
        for one in told(found, client)
        for fault in judgement.faults(client, one, expected)
    ]
    assert wrong == [], "\n".join(wrong[:100])


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_warns_of_what_its_makers_take_back_alone(found: Run, client: str) -> None:
    warned = {warning for one in told(found, client) for warning in one.warnings}
    assert [warning for warning in sorted(warned) if not DEPRECATION.search(warning)] == []


@pytest.mark.parametrize(("client", "least"), [(NEWEST, 60), (NODE, 35)])
def test_most_of_the_methods_that_read_are_called(found: Run, client: str, least: int) -> None:
    expected = defaultdict(set)
    for one in told(found, client):
        expected[one.client, one.method].add(one.expected)
    assert sum("refused" not in each for each in expected.values()) >= least


@pytest.mark.parametrize("client", [NEWEST, NODE])
def test_an_address_with_the_prefix_reaches_the_same(expected: Expected, client: str) -> None:
    some = ("list_projects", "listProjects", "list_runs", "listRuns", "threads.stats", "info.list")
    try:
        _, lines = told_by(client, asked(world(), *some), prefix="/api/v1")
    except Unavailable as reason:
        if "CI" in os.environ:
            raise
        pytest.skip(f"not installed: {reason}")
    assert len(lines) > len(some)
    wrong = {one.method for one in lines if judgement.faults(client, one, expected)}
    assert wrong == set()


def test_the_page_of_clients_holds_what_came_of_it(found: Run) -> None:
    if found.unavailable and "CI" not in os.environ:
        pytest.skip("; ".join(found.unavailable.values()))
    assert page.written(found) == page.PAGE.read_text(encoding="utf-8"), page.HOW
