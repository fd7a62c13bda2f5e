"""scripts/bench: what it asks, how it weighs a server, what it writes; nothing asserts a time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import psutil
import pytest
from starlette.testclient import TestClient

from benchmark import reads, report, startup, workloads
from benchmark.comparison import Comparison, Slice, compare
from benchmark.reads import Reads
from benchmark.servers import Server, ServerError, first_answer, fixed_bytes, locum, running
from benchmark.workloads import Facts, Requests
from tests.conftest import ROOT, application_over, rows_of_tiny

DEFAULT = ROOT / "fixtures" / "default"


@pytest.fixture(scope="module")
def about() -> Facts:
    return workloads.facts(DEFAULT)


@pytest.fixture(scope="module")
def default_client() -> Iterator[TestClient]:
    with TestClient(application_over("default")) as client:
        yield client


def sent(client: TestClient, request: bytes) -> Any:
    """The JSON that answers the request, which is good."""
    head, body = request.split(b"\r\n\r\n", maxsplit=1)
    line, *headers = head.decode().split("\r\n")
    method, path, version = line.split(" ")
    assert version == "HTTP/1.1"
    fields = dict(header.split(": ", maxsplit=1) for header in headers)
    assert int(fields.get("Content-Length", 0)) == len(body)
    answer = client.request(method, path, headers=fields, content=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_no_two_requests_are_equal_but_the_repeated(about: Facts) -> None:
    requests = Requests(about)
    rounds = [requests.distinct(5000) for _ in range(4)] + [requests.unseen(5000)]
    everything = [request for part in rounds for request in part] + requests.threads
    everything += [requests.repeated, requests.repeated_thread]
    assert len(everything) == 25_000 + len(about.threads) + 1
    assert len(set(everything)) == len(everything)


def test_distinct_requests_ask_for_different_runs(about: Facts, default_client: TestClient) -> None:
    """Nearly all of them: a narrow filter may select nothing, and two windows may hold the same."""
    answers = [sent(default_client, request) for request in Requests(about).distinct(60)]
    assert sum(answer["run_count"] > 0 for answer in answers) > 50
    assert len({json.dumps(answer) for answer in answers}) > 50
    everything = {field for answer in answers for field in answer}
    assert len(everything) == 29, "RunGroupStats has so many fields"


def test_thread_requests_are_about_threads_that_are_there(
    about: Facts, default_client: TestClient
) -> None:
    requests = Requests(about)
    for request in [requests.repeated_thread, *requests.threads[:20]]:
        answer = sent(default_client, request)
        assert answer["turns"] > 0
        assert len(answer) == len(workloads.SELECTS) == 16


@pytest.mark.parametrize("kind", reads.KINDS)
def test_reads_are_about_rows_that_are_there(
    kind: str, about: Facts, default_client: TestClient
) -> None:
    asked = Reads(about).of(kind, 20)
    assert len({*asked}) == 20
    shown = [sent(default_client, request) for request in asked]
    rows = [
        answer if isinstance(answer, list) else answer.get("runs", answer.get("items"))
        for answer in (each.get("data", each) if isinstance(each, dict) else each for each in shown)
    ]
    assert all(rows)
    if kind == "runs page":
        assert sum(len(page) == 100 for page in rows) > 15


def test_first_answer_is_checked_by_a_count_of_its_own(
    about: Facts, default_client: TestClient
) -> None:
    assert sent(default_client, Requests(about).repeated)["run_count"] == about.root_runs > 900


def test_facts_of_a_dataset_in_jsonl_are_those_of_its_rows() -> None:
    keys = {"thread_id", "session_id", "conversation_id"}
    sessions = Counter(
        run["session_id"]
        for run in rows_of_tiny("langsmith/runs")
        if run["parent_run_id"] is None and run["reference_example_id"] is None
        if keys & (run["metadata"] or {}).keys()
    )
    found = workloads.facts(ROOT / "fixtures" / "tiny")
    assert [(found.session, found.root_runs)] == sessions.most_common(1)


def test_header_is_added_to_a_request() -> None:
    request = b"GET /x HTTP/1.1\r\nHost: h\r\n\r\nbody"
    expected = b'GET /x HTTP/1.1\r\nIf-None-Match: W/"1"\r\nHost: h\r\n\r\nbody'
    assert workloads.with_header(request, "If-None-Match", 'W/"1"') == expected


def await_file(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, "the process did not come so far"
        time.sleep(0.02)


def test_peak_of_a_server_is_what_it_once_had(tmp_path: Path) -> None:
    """It held 100 MB, and gave them back."""
    code = (
        "import pathlib, sys, time; b'x' * 10**8; pathlib.Path(sys.argv[1]).touch(); time.sleep(60)"
    )
    with running(
        Server("once", "", (sys.executable, "-c", code, str(tmp_path / "there")))
    ) as process:
        await_file(tmp_path / "there")
        assert process.peak_bytes() > 100_000_000 > process.resident_bytes()


BURN = """
import pathlib, subprocess, sys, time
burn = (
    "import sys, pathlib, time\\n"
    "held = b'x' * 60_000_000\\n"
    "while time.process_time() < 0.5: pass\\n"
    "pathlib.Path(sys.argv[1]).touch()\\n"
    "time.sleep(float(sys.argv[2]))\\n"
)
subprocess.run([sys.executable, "-c", burn, sys.argv[1] + "/ended", "0"])
subprocess.run([sys.executable, "-c", burn, sys.argv[1] + "/there", "60"])
"""


def test_all_processes_of_a_server_are_weighed_and_stopped(tmp_path: Path) -> None:
    """One child has burnt half a second and ended, another has burnt as much, holds 60 MB and goes
    on; the server itself has done nothing."""
    server = Server("burning", "", (sys.executable, "-c", BURN, str(tmp_path)))
    with running(server) as process:
        await_file(tmp_path / "there")
        (child,) = psutil.Process(process.process.pid).children()
        assert process.cpu_seconds() > 0.9  # counted in hundredths
        assert process.resident_bytes() > 60_000_000
    assert not process.process.is_running()
    assert not child.is_running()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("print('listening'); raise SystemExit('no such document: error')", "no such document"),
        ("print('one'); print('two')", "ended before it answered: two"),
        ("", "ended before it answered: it said nothing"),
    ],
)
def test_server_that_ends_says_why(code: str, message: str) -> None:
    server = Server("ending", "", (sys.executable, "-c", code))
    with running(server) as process, pytest.raises(ServerError, match=message):
        first_answer(process, b"")


def test_server_that_refuses_is_not_waited_for(about: Facts) -> None:
    """No dataset has this project."""
    unknown = Requests(attrs.evolve(about, session="00000000-0000-4000-8000-000000000000"))
    with running(locum("tiny")) as process, pytest.raises(ServerError, match="answered 404"):
        first_answer(process, unknown.repeated)


def test_servers_are_compared_and_one_that_fails_is_left_out(about: Facts) -> None:
    broken = Server("broken", "1.0", (sys.executable, "-c", "raise SystemExit('Error: no YAML')"))
    servers = [locum("default"), locum("default", 2), broken, fixed_bytes()]
    found = compare(servers, about, rounds=1, seconds=0.05)
    assert found.not_measured == {"broken": "ended before it answered: Error: no YAML"}
    taken = {
        (part.server, part.workload) for part in found.slices if part.workload != "revalidated"
    }
    names = ["Locum", "Locum, 2 workers", "(fixed bytes)"]
    kinds = ["repeated", "distinct", "unseen", "single", "unseen single", "thread"]
    kinds += reads.KINDS
    assert taken == {(name, kind) for name in names for kind in kinds}
    assert found.idle_mb.keys() == found.loaded_mb.keys() == set(names)
    assert "- broken is not measured: ended before it answered: Error: no YAML." in report.markdown(
        found
    )


def test_ours_must_answer_rightly(about: Facts) -> None:
    wrong = attrs.evolve(about, root_runs=about.root_runs + 1)
    with pytest.raises(ServerError, match=f"is {about.root_runs}, not {about.root_runs + 1}"):
        compare([locum("default")], wrong, rounds=1, seconds=0.05)


def slices(server: str, rates: list[float], workload: str = "repeated") -> list[Slice]:
    return [
        Slice(server, workload, number, 10, rate, 1.0, 2.0, 3.0)
        for number, rate in enumerate(rates)
    ]


def test_ratios_are_taken_within_a_round() -> None:
    """Ours per its: 100/50, 300/100 and 80/20 are 2, 3 and 4, so 3; while the medians are 100 and
    50, whose ratio is 2. Two workers: 150/50, 400/100 and 160/20 are 3, 4 and 8."""
    servers = [Server(name, "", ()) for name in ("ours", "two", "its", "idle")]
    rates = {"its": [50.0, 100, 20], "ours": [100.0, 300, 80], "two": [150.0, 400, 160]}
    taken = [part for name, each in rates.items() for part in slices(name, each)]
    found = Comparison(servers, slices=taken)
    assert report.ratios(found, "repeated", "ours") == {"its": 3.0, "two": 2 / 3}
    assert report.ratios(found, "repeated", "two") == {"its": 4.0, "ours": 1.5}
    assert report.medians(found, "repeated", "per_second") == {"ours": 100, "its": 50, "two": 160}
    assert report.medians(found, "distinct", "per_second") == {}


def test_each_of_our_servers_has_a_column_of_ratios() -> None:
    """4 requests a second of one worker and 8 of two are twice and four times as many as 2."""
    ours = [Server("Locum", "", (), is_ours=True)]
    ours.append(Server("Locum, 2 workers", "", (), is_ours=True))
    servers = [*ours, Server("its", "", ())]
    weighed = {server.name: 1.0 for server in servers}
    found = Comparison(
        servers,
        {name: [1.0] for name in weighed},
        dict.fromkeys(weighed, 1),
        weighed,
        weighed,
        [
            part
            for server, n in zip(servers, (4.0, 8, 2), strict=True)
            for part in slices(server.name, [n])
        ],
    )
    lines = report.markdown(found).splitlines()
    begin = lines.index("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    assert lines[begin - 1].startswith("| server | requests/s | ours / its | 2 workers / its | p50")
    assert lines[begin + 1 : begin + 4] == [
        "| Locum | 4 |  | 2 | 1.00 | 2.00 | 3 |",
        "| Locum, 2 workers | 8 | 0.5 |  | 1.00 | 2.00 | 3 |",
        "| its | 2 | 2 | 4 | 1.00 | 2.00 | 3 |",
    ]


def test_summary_has_our_rates_and_ratios_to_both_modes() -> None:
    """8,000 of 1,000 and of 2,000 are 8 and 4 times, and so on."""
    rates = {
        "repeated": {"Locum": 8000.0, "Prism, static": 1000, "Prism, dynamic": 2000},
        "distinct": {"Locum": 500.0, "Prism, static": 1000, "Prism, dynamic": 250},
        "unseen": {"Locum": 100.0, "Prism, static": 1000, "Prism, dynamic": 400},
    }
    servers = [Server(name, "", ()) for name in rates["unseen"]]
    taken = [
        part
        for workload, each in rates.items()
        for name, rate in each.items()
        for part in slices(name, [rate], workload)
    ]
    said = report.summary(Comparison(servers, slices=taken))
    assert "answers 8,000 requests a second where one is repeated" in said
    assert "(8 times as many as Prism's static mode, 4 times as many as its dynamic one)" in said
    assert re.search(r" 500 where .* come from the cache of selections \(0\.5 and 2 times\)", said)
    assert re.search(r" 100 where .* no cache serves it \(0\.1 and 0\.25 times\)\.\n$", said)


def test_fragment_is_put_between_its_markers() -> None:
    page = "a\n<!-- x -->\nold\n<!-- end of x -->\nb\n"
    assert report.put_into(page, "x", "new\n") == page.replace("old", "new")
    assert report.put_into(page, "x", "old\n") == page
    with pytest.raises(ValueError, match="no <!-- y -->"):
        report.put_into(page, "y", "new\n")


@pytest.mark.parametrize("name", ["speed", "growth"])
def test_what_was_written_names_no_machine(name: str) -> None:
    for file in (f"{name}.md", f"{name}.json"):
        text = (ROOT / "docs" / file).read_text(encoding="utf-8")
        assert str(ROOT) not in text
        assert str(Path.home()) not in text
    measured = json.loads((ROOT / "docs" / f"{name}.json").read_text(encoding="utf-8"))
    assert {"date", "cores", "memory_gb", "system", "python", "duckdb"} <= measured.keys()


def test_imports_of_the_start_are_listed() -> None:
    lines = startup.imports().splitlines()
    assert any(line.endswith("  connexion") for line in lines)
    assert not any("matplotlib" in line for line in lines)


def test_quick_bench_prints_the_tables() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "bench"), "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    for title in ("Repeated", "Distinct", "Unseen", "One thread", "Runs", "Start and memory"):
        assert f"**{title}**" in done.stdout
    assert "| Locum | " in done.stdout
    assert "| Locum, 2 workers | " in done.stdout
