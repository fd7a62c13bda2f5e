"""A server of one document in a process of its own, asked every operation, and what was found."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import define, field, frozen

from tests.oracles.bare_client import BareClient
from tests.oracles.document_judge import Answer, DocumentJudge, Verdict
from tests.oracles.foreign_documents import ForeignDocument, Operation
from tests.oracles.valid_requests import Request, valid_request
from tests.oracles.valid_values import Unmakeable

LOCUM = (sys.executable, "-m", "locum", "serve", "{document}", "--port", "0")
_URL = re.compile(r"http://(127\.0\.0\.1|localhost):(\d+)")
_LONGEST_START = 60.0


class NotServed(Exception):  # as the package names its own
    """The server ended, or was not there in time; what it said last."""


@define
class Running:
    """A server that takes connections."""

    process: subprocess.Popen[bytes]
    port: int
    began: float  # by time.perf_counter

    def megabytes(self) -> float:
        """Resident memory of the process and its children."""
        total = 0.0
        for pid in _family(self.process.pid):
            for line in _lines(Path(f"/proc/{pid}/status")):
                if line.startswith("VmRSS:"):
                    total += int(line.split()[1]) / 1024
        return total


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:  # it has ended
        return []


def _family(pid: int) -> Iterator[int]:
    yield pid
    for line in _lines(Path(f"/proc/{pid}/task/{pid}/children")):
        for child in line.split():
            yield from _family(int(child))


@contextmanager
def running(
    command: Sequence[str], document: Path, log: Path, **environment: str
) -> Iterator[Running]:
    """A server by a command in which {document} and {port} are filled in; where it says no
    {port}, the address is read from what it prints. Raises NotServed."""
    port = _free_port() if any("{port}" in part for part in command) else 0
    filled = [part.format(document=document, port=port) for part in command]
    began = time.perf_counter()
    with (
        log.open("wb") as written,
        subprocess.Popen(
            filled,
            stdout=written,
            stderr=subprocess.STDOUT,
            env=os.environ | environment,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield Running(process, _listening(process, port, log), began)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _listening(process: subprocess.Popen[bytes], port: int, log: Path) -> int:
    until = time.monotonic() + _LONGEST_START
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        found = port or next((int(m[2]) for m in _URL.finditer(log.read_text())), 0)
        if found:
            try:
                socket.create_connection(("127.0.0.1", found), 1).close()
            except OSError:
                pass
            else:
                return found
        time.sleep(0.005)
    raise NotServed(log.read_text()[-400:].strip() or f"status {process.poll()}")


@frozen
class Asked:
    """One operation's request, its answer, and the verdict; `note` where there is none."""

    operation: Operation
    request: Request | None
    answer: Answer | None
    verdict: Verdict | None
    milliseconds: float = 0.0
    repeated: float | None = None  # milliseconds
    note: str = ""

    @property
    def kind(self) -> str:
        """`valid`, `invalid`, `other` (no 2xx), or `unasked`."""
        if self.answer is None:
            return "unasked" if self.request is None else "other"
        if self.verdict is not None and self.verdict.faults:
            if not self.verdict.documented and self.answer.status >= 300:
                return "other"
            return "invalid"
        return "valid" if 200 <= self.answer.status < 300 else "other"

    @property
    def reason(self) -> str:
        """In words, for a list of failures."""
        if self.answer is None:
            return self.note
        if self.kind == "invalid" and self.verdict is not None:
            return "; ".join(self.verdict.faults)
        told = self.answer.body[:160].decode("utf-8", "replace")
        promised = self.operation.definition.get("responses") or {}
        if not any(key.startswith("2") or key == "default" for key in promised):
            return f"{self.answer.status}; no 2xx is documented"
        return f"{self.answer.status} {told}"


@define
class Findings:
    """All of one document."""

    name: str
    bytes: int
    start: float = 0.0  # seconds to the first answer
    megabytes: float = 0.0
    asked: list[Asked] = field(factory=list)
    not_served: str = ""
    digest: str = ""  # of all answers

    def count(self, kind: str) -> int:
        """How many operations have that kind."""
        return sum(one.kind == kind for one in self.asked)

    def generated(self) -> float | None:
        """The median of the first answers, in milliseconds."""
        times = [one.milliseconds for one in self.asked if one.answer is not None]
        return statistics.median(times) if times else None

    def repeated(self) -> float | None:
        """The median of the second answers to the same request without effects."""
        times = [one.repeated for one in self.asked if one.repeated is not None]
        return statistics.median(times) if times else None


def findings(
    path: Path,
    log: Path,
    *,
    command: Sequence[str] = LOCUM,
    seconds: float = 120.0,
    optional: bool = False,
    in_order: bool = False,
    credential: str = "a-key-of-the-judge",
    **environment: str,
) -> Findings:
    """What a server of the document answers to each operation, DELETE last unless `in_order`; no
    new one after so many seconds."""
    document = ForeignDocument(path)
    found = Findings(path.name, path.stat().st_size)
    requests = list(_requests(document, optional=optional, credential=credential))
    if not in_order:  # what is deleted is no longer there for who asks next
        requests.sort(key=_late)
    try:
        with running(command, path, log, **environment) as server:
            found.start = _first_answer(server, requests)
            with BareClient("127.0.0.1", server.port) as client:
                _ask_all(client, DocumentJudge(document), requests, found, seconds)
            found.megabytes = server.megabytes()
    except NotServed as failure:
        found.not_served = str(failure)
    told = hashlib.sha256()
    for one in found.asked:
        if one.answer is not None:
            told.update(f"{one.operation.label} {one.answer.status} ".encode() + one.answer.body)
    found.digest = told.hexdigest()[:16]
    return found


def _late(pair: tuple[Operation, Request | str]) -> int:
    """What deletes comes last, and what is within other things before these."""
    operation = pair[0]
    return 100 - operation.path.count("/") if operation.method == "delete" else 0


def _requests(
    document: ForeignDocument, *, optional: bool, credential: str
) -> Iterator[tuple[Operation, Request | str]]:
    for operation in document.operations():
        try:
            yield (
                operation,
                valid_request(document, operation, optional=optional, credential=credential),
            )
        except Unmakeable as unmakeable:
            yield operation, f"no valid request: {unmakeable}"


def _first_answer(server: Running, requests: list[tuple[Operation, Request | str]]) -> float:
    """Of a page that no document has, so that every operation's own first answer is timed."""
    with BareClient("127.0.0.1", server.port) as client:
        wire = Request("GET", "/no-such-path-of-the-judge", {}, None).wire(client.host)
        client.ask(wire)
    return time.perf_counter() - server.began


def _ask_all(
    client: BareClient,
    judge: DocumentJudge,
    requests: list[tuple[Operation, Request | str]],
    found: Findings,
    seconds: float,
) -> None:
    until = time.monotonic() + seconds
    for operation, request in requests:
        if isinstance(request, str):
            found.asked.append(Asked(operation, None, None, None, note=request))
            continue
        if time.monotonic() > until:
            found.asked.append(Asked(operation, request, None, None, note="no time was left"))
            continue
        try:
            answer, took = client.ask(request.wire(client.host))
            again = None
            if operation.method == "get":
                again = client.ask(request.wire(client.host))[1] * 1_000
        except OSError as error:
            client.close()
            note = f"no answer: {error!r}"
            found.asked.append(Asked(operation, request, None, None, note=note))
            continue
        verdict = judge.of(operation, request, answer)
        found.asked.append(Asked(operation, request, answer, verdict, took * 1_000, again))
