"""The short form of `scripts/chaos`: what is lost, and nothing of how long it takes. A scenario is
`long` where another test tries the same."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.chaos.scenario import Outcome, Scale, Scenario, table
from tests.chaos.scenarios import OF_A_MILLION, SCENARIOS
from tests.conftest import ROOT

OTHER_TESTS = {
    "half-close": "server/test_half_close.py",
    "reset": "scripts/test_chaos.py",
    "slow-readers": "server/test_transport.py",
    "hosts": "server/test_conformance.py",
    "descriptors": "server/test_acceptor.py",
    "bodies": "server/test_http_protocol.py",
    "neighbours": "http/test_admission.py",
    "time-limit": "http/test_admission.py",
    "full-queue": "http/test_admission.py",
    "signals": "server/test_http_server.py",
    "in-flight": "server/test_http_server.py",
    "kill-worker": "server/test_workers.py",
    "kill-first": "server/test_workers.py",
    "kill-generating": "datasets/test_atomic_folder.py",
    "kill-import": "datasets/test_atomic_folder.py",
    "two-on-one-cache": "generator/test_cache.py",
    "damaged-cache": "generator/test_cache.py",
    "broken-datasets": "laws/test_mutations.py",
    "documents": "openapi/test_hostile_documents.py",
}


EACH = [
    pytest.param(each, id=each.name, marks=[pytest.mark.long] * (each.name in OTHER_TESTS))
    for each in SCENARIOS
]


@pytest.fixture(scope="module")
def scale(tmp_path_factory: pytest.TempPathFactory) -> Scale:
    return Scale(short=True, folder=tmp_path_factory.mktemp("chaos"))


@pytest.mark.skipif(sys.platform != "linux", reason="it looks at processes as Linux has them")
@pytest.mark.parametrize("scenario", EACH)
def test_nothing_is_lost(scenario: Scenario, scale: Scale) -> None:
    assert scenario.run(scale).lost == []


def failing(_scale: Scale) -> Outcome:
    raise ConnectionRefusedError("nobody there")


def test_server_that_breaks_off_has_failed(scale: Scale) -> None:
    outcome = Scenario("gone", "stays", failing).run(scale)
    assert (outcome.lost, outcome.holds) == (["ConnectionRefusedError: nobody there"], False)


def test_scenario_holds_if_nothing_is_lost_and_the_limit_is_kept() -> None:
    assert Outcome("1", []).holds
    assert not Outcome("1", [], within=False).holds
    assert not Outcome("1", ["one"]).holds


def test_table_has_a_row_for_each_and_names_what_was_lost() -> None:
    good = (Scenario("a", "none", failing), Outcome("3 times", [], "2 s"))
    bad = (Scenario("long-name", "none", failing), Outcome("9", ["first", "second"], "1 s"))
    assert table([good, bad]).splitlines() == [
        "| scenario  | tried   | lost or failed | figure | limit | holds? |",
        "| --------- | ------- | -------------- | ------ | ----- | ------ |",
        "| a         | 3 times | 0              | 2 s    | none  | yes    |",
        "| long-name | 9       | 2              | 1 s    | none  | NO     |",
        "",
        "long-name: first",
        "long-name: second",
    ]


def test_names_are_different() -> None:
    names = [scenario.name for scenario in [*SCENARIOS, *OF_A_MILLION]]
    assert len(set(names)) == len(names)
    assert OTHER_TESTS.keys() < set(names)


def test_other_tests_are_there() -> None:
    assert [name for name in OTHER_TESTS.values() if not (ROOT / "tests" / name).is_file()] == []


def chaos(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "chaos"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_unknown_scenario_is_wrong_usage() -> None:
    done = chaos("reset", "no-such")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no-such" in done.stderr


def test_named_scenario_alone_is_run() -> None:
    done = chaos("--short", "reset")
    assert done.returncode == 0, done.stdout
    assert [line.split()[1] for line in done.stdout.splitlines()[2:]] == ["reset"]
