"""Pages in Chromium that ask as other people's pages do, from another origin than the server's.

The pages are ours; what they send and how they read it is that of LangSmith's template for custom
apps and of Helicone's sessions page. What they show is compared with the rows of the dataset.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import threading
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from tests.clients.sdks.asked import TENANT, asked
from tests.clients.sdks.page import PAGE, operation
from tests.clients.sdks.serving import ROOT, served
from tests.oracles.bare_rows import rows_of
from tests.oracles.run_oracle import World

PAGES = Path(__file__).parent
BROWSER = os.environ.get("CHROMIUM", "chromium")
CODING = {"ls_agent_purpose": "coding"}

pytestmark = pytest.mark.skipif(
    shutil.which(BROWSER) is None and "CI" not in os.environ, reason=f"not installed: {BROWSER}"
)


class Pages(BaseHTTPRequestHandler):
    """Serves the folder's pages, and takes what they tell of what they show."""

    shown: queue.Queue[dict[str, Any]]

    def do_GET(self) -> None:
        page = PAGES / self.path.partition("?")[0].strip("/")
        known = page.suffix == ".html" and page.is_file()
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        if known:
            self.wfile.write(page.read_bytes())

    def do_POST(self) -> None:
        told = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
        self.shown.put(json.loads(told))

    def log_message(self, *_: object) -> None:
        """Nothing: pytest's output is not the pages'."""


@contextmanager
def pages() -> Iterator[tuple[str, queue.Queue[dict[str, Any]]]]:
    """The address of a server of the pages, and what they show."""

    class Served(Pages):
        shown: queue.Queue[dict[str, Any]] = queue.Queue()

    with ThreadingHTTPServer(("127.0.0.1", 0), Served) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", Served.shown
        server.shutdown()


def asked_for(url: str) -> str:
    """The operations that the page has asked for, as docs/clients.md lists them."""
    with urllib.request.urlopen(f"{url}/__locum/journal") as answer:
        requests = json.load(answer)["requests"]
    assert {request["status"] for request in requests} <= {200, 204}
    return ", ".join(dict.fromkeys(operation(r) for r in requests if r["method"] != "OPTIONS"))


def listed(page: str) -> str:
    """What docs/clients.md says that a page asks for."""
    (line,) = (line for line in PAGE.read_text().splitlines() if line.startswith(f"| {page} |"))
    return line.split(" | ")[1]


def shown(page: str, api: str, folder: Path) -> dict[str, Any]:
    """What the page shows in Chromium, with the profile in the folder."""
    headless = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with pages() as (origin, told), (folder / "chromium.log").open("wb") as log:
        url = f"{origin}/{page}?api={api}"
        command = [BROWSER, *headless, *quiet, f"--user-data-dir={folder / 'profile'}", url]
        browser = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            return told.get(timeout=60)
        finally:
            browser.terminate()
            browser.wait(timeout=10)


@pytest.fixture
def coding(tmp_path: Path) -> Path:
    """A copy of `tiny` in which half of the traces are a coding agent's."""
    folder = tmp_path / "coding"
    shutil.copytree(ROOT / "fixtures" / "tiny", folder)
    file = folder / "langsmith" / "runs.jsonl"
    runs = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    for run in runs:
        if run["trace_id"][-1] in "02468ace":
            run["metadata"] = run["metadata"] | CODING
    file.write_text("".join(json.dumps(run) + "\n" for run in runs), encoding="utf-8")
    return folder


def test_a_custom_app_shows_the_runs_of_coding_agents(coding: Path, tmp_path: Path) -> None:
    with served(tmp_path, coding) as url:
        found = shown("custom_app.html", url, tmp_path)
        assert asked_for(url) == listed("LangSmith's template for custom apps")
    world = World(rows_of(coding))
    project = world.sessions[asked(world)["project"]]
    roots = [run for run in world.roots(project["id"]) if CODING.items() <= run["metadata"].items()]
    assert 10 < len(roots) < 100
    threads = {run["thread"] for run in roots}
    stats = world.run_stats(roots)
    newest = sorted(roots, key=lambda run: (run["start_time"], run["id"]), reverse=True)
    first = newest[0]["id"]
    assert found == {
        "title": project["name"],
        "figures": {
            "Runs": str(len(roots)),
            "Conversations": str(len(threads - {None})),
            "Latency p50": f"{stats['latency_p50']:.3f} s",
            "Tokens": f"{stats['total_tokens']:,}",
            "Cost": f"${stats['total_cost']:.6f}",
            "Failed": f"{stats['error_rate'] * 100:.1f} %",
        },
        "rows": [
            [
                *(run["id"], run["status"], str(run["total_tokens"] or 0)),
                f"{(run['total_cost_nano'] or 0) / 1e9:.6f}",
            ]
            for run in newest
        ],
        "link": f"https://smith.langchain.com/o/{TENANT}/projects/p/{project['id']}/r/{first}"
        f"?trace_id={first}&start_time={newest[0]['start_time']}",
    }


def test_helicones_sessions_page_shows_the_sessions(tmp_path: Path) -> None:
    with served(tmp_path) as url:
        found = shown("sessions.html", url, tmp_path)
        assert sorted(asked_for(url).split(", ")) == sorted(
            listed("Helicone's sessions page").split(", ")
        )
    sessions: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    requests: Counter[str] = Counter()  # by id; those without one are a session of their own
    for row in rows_of(ROOT / "fixtures" / "tiny")("helicone/requests"):
        if row["organization_id"] == TENANT:
            properties = row["properties"]
            requests[properties.get("Helicone-Session-Id", "")] += 1
            if "Helicone-Session-Id" in properties:
                name = properties.get("Helicone-Session-Name", "")
                sessions[properties["Helicone-Session-Id"], name].append(row)
    newest = sorted(
        sessions.items(), key=lambda s: min(r["request_created_at"] for r in s[1]), reverse=True
    )
    total = sum(row["cost"] for rows in sessions.values() for row in rows) / 1e9
    ids: dict[str, set[str]] = defaultdict(set)
    used: dict[str, str] = defaultdict(str)
    for (id_, name), rows in sessions.items():
        ids[name].add(id_)
        used[name] = max(used[name], *(row["request_created_at"] for row in rows))
    assert found == {
        "figures": {
            "Sessions": str(len(sessions)),
            "Total cost": f"${total:.4f}",
            "Average cost": f"${total / len(sessions):.4f}",
            "Requests per session": f"{mean(requests.values()):.2f}",
            "Names with chat": str(sum("chat" in name.lower() for name in ids)),
        },
        "names": [
            f"{name}: {len(ids[name])}" for name in sorted(ids, key=lambda n: used[n], reverse=True)
        ],
        "rows": [
            [
                *(id_, name, str(len(rows)), f"{sum(row['cost'] for row in rows) / 1e9:.4f}"),
                ", ".join(sorted({row["user_id"] for row in rows} - {""})),
            ]
            for (id_, name), rows in newest[:25]
        ],
    }
