"""What is served is made anew when its files change, and the old goes on where the new is bad."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx import ASGITransport

from locum.exceptions import DatasetError
from locum.http.admin import Reloads
from locum.http.connexion_app import Application
from locum.scenarios import Scenarios
from locum.server.watch import Sources, Watch
from tests.oracles.small_api import application_of, operation, scenarios_of, served, written


def of(*files: Path, folders: tuple[Path, ...] = ()) -> Sources:
    return Sources(frozenset(files), frozenset(folders))


# What is looked at.


def test_files_that_are_there_are_seen_and_those_below_folders(tmp_path: Path) -> None:
    """But nothing hidden, nothing compiled, and no other's."""
    wanted = [tmp_path / "a.yaml", tmp_path / "data" / "b.jsonl", tmp_path / "data" / "c" / "d"]
    others = ["e.yaml", "data/.hidden", "data/__pycache__/f.pyc", "data/node_modules/g"]
    for path in (*wanted, *(tmp_path / other for other in others)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    absent = tmp_path / "absent.yaml"
    sources = of(wanted[0], absent, folders=(tmp_path / "data", tmp_path / "no-folder"))
    assert sorted(sources.seen()) == wanted


def written_anew(path: Path) -> None:
    path.write_text("22")


def touched(path: Path) -> None:
    os.utime(path, ns=(1, 1))


def replaced(path: Path) -> None:
    """By a file of the same size and time, as some editors do."""
    status = path.stat()
    aside = path.with_name("aside")
    aside.write_text("1")
    os.utime(aside, ns=(status.st_atime_ns, status.st_mtime_ns))
    aside.replace(path)


@pytest.mark.parametrize("change", [written_anew, touched, replaced, Path.unlink])
def test_a_changed_file_is_another(tmp_path: Path, change: Callable[[Path], None]) -> None:
    path = tmp_path / "a"
    path.write_text("1")
    before = of(path).seen()
    assert of(path).seen() == before
    change(path)
    assert of(path).seen() != before


def test_folders_are_watched_in_which_a_source_may_come_or_go(tmp_path: Path) -> None:
    """Of one that is not there, the nearest around it."""
    data = tmp_path / "data"
    (data / "c").mkdir(parents=True)
    (data / "c" / "d").touch()
    sources = of(tmp_path / "no" / "where" / "a.yaml", folders=(data,))
    before = sources.around(sources.seen())
    assert before.keys() == {tmp_path, data, data / "c"}
    (tmp_path / "new").mkdir()
    data.rename(tmp_path / "old")
    shutil.copytree(tmp_path / "old", data)
    assert sources.around(sources.seen()) != before


# When it is made anew.


class Built:
    """Applications over a folder's one file: `GET /a` answers with the file's text."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "text"
        self.file.write_text("first")
        self._folder = folder
        self.meanwhile: Callable[[], object] = lambda: None  # what happens while one is built
        self.reloads = Reloads()
        self.watch = Watch(self.build, lambda _: of(self.file), self.reloads)

    def build(self) -> tuple[Application, Scenarios]:
        text = self.file.read_text()
        self.meanwhile()
        if text == "bad":
            raise DatasetError("a bad\nrow", "mend it")
        small = served({"/a": {"get": operation()}}, {"GET /a": lambda *_: text})
        scenarios = scenarios_of([written(self._folder / "data", small)], small)
        scenarios.load_chosen()
        return application_of(scenarios, small, reloads=self.reloads), scenarios

    def get(self, path: str = "/a") -> Any:
        async def ask() -> Any:
            transport = ASGITransport(self.watch)
            async with httpx.AsyncClient(transport=transport, base_url="http://a") as client:
                return (await client.get(path)).json()

        return asyncio.run(ask())


@pytest.fixture
def built(tmp_path: Path) -> Built:
    return Built(tmp_path)


def test_nothing_is_made_anew_where_nothing_has_changed(built: Built) -> None:
    built.watch.look()
    assert (built.get(), built.get("/__locum/health")["reload"]) == ("first", {"count": 0})


def test_a_change_is_served(built: Built, capsys: pytest.CaptureFixture[str]) -> None:
    built.file.write_text("second")
    assert built.get() == "first"
    built.watch.look()
    assert (built.get(), built.get("/__locum/health")["reload"]) == ("second", {"count": 1})
    assert capsys.readouterr().err == f"reloaded: {built.file}\n"


def test_where_the_new_is_bad_the_old_goes_on(
    built: Built, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reason is told once, and by health until there is a good one."""
    built.file.write_text("bad")
    built.watch.look()
    built.watch.look()
    told = {"count": 0, "failed": "a bad row (fix: mend it)"}
    assert (built.get(), built.get("/__locum/health")["reload"]) == ("first", told)
    assert capsys.readouterr().err == "error: not reloaded: a bad row (fix: mend it)\n"
    built.file.unlink()
    built.watch.look()
    assert "No such file" in built.get("/__locum/health")["reload"]["failed"]
    built.file.write_text("good")
    built.watch.look()
    assert (built.get(), built.get("/__locum/health")["reload"]) == ("good", {"count": 1})


def test_a_change_while_one_is_built_is_seen_the_next_time(built: Built) -> None:
    def write() -> None:
        built.meanwhile = lambda: None
        built.file.write_text("third, and longer")

    built.meanwhile = write
    built.file.write_text("second")
    built.watch.look()
    assert built.get() == "second"
    built.watch.look()
    assert built.get() == "third, and longer"


def test_what_the_new_one_is_made_of_besides_is_no_change(built: Built, tmp_path: Path) -> None:
    """But from then on it is one, and so is a source that was not there before."""
    other, absent = tmp_path / "other", tmp_path / "absent"
    other.touch()
    found = of(built.file, absent)
    built.watch = Watch(built.build, lambda _: found, built.reloads)

    def widen() -> None:
        nonlocal found
        built.meanwhile = lambda: None
        found = of(built.file, absent, other)

    built.meanwhile = widen
    built.file.write_text("second")
    changes: list[Callable[[], object]] = [built.file.touch, other.unlink, absent.touch]
    for count, change in enumerate(changes, 1):
        change()
        built.watch.look()
        built.watch.look()
        assert built.reloads.count == count


def test_a_request_in_progress_ends_with_the_one_that_it_began_with(tmp_path: Path) -> None:
    entered, may_go_on = asyncio.Event(), asyncio.Event()
    made: list[str] = []
    sources = of(tmp_path / "a")

    def build() -> Any:
        name = f"number {len(made)}"
        made.append(name)

        async def application(_scope: Any, _receive: Any, send: Any) -> None:
            entered.set()
            await may_go_on.wait()
            await send(name)

        return application, None

    watch = Watch(build, lambda _: sources, Reloads())

    async def ask() -> list[Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope: Any = {}
        asked = asyncio.ensure_future(_called(watch, scope, send))
        await entered.wait()
        (tmp_path / "a").touch()
        watch.look()
        may_go_on.set()
        await asked
        await _called(watch, scope, send)
        return sent

    assert asyncio.run(ask()) == ["number 0", "number 1"]


async def _called(watch: Watch, scope: Any, send: Any) -> None:
    async def receive() -> Any:
        return {}

    await watch(scope, receive, send)


def test_the_old_datasets_are_freed(built: Built) -> None:
    old = weakref.ref(built.watch.scenarios.loaded[0].data)
    assert built.get() == "first"
    built.file.write_text("second")
    built.watch.look()
    assert built.get() == "second"
    assert old() is None


# As it runs.


def await_(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_files_are_watched_until_the_end(built: Built) -> None:
    """A file that is replaced is watched on."""
    with built.watch:
        for number in range(3):
            aside = built.file.with_name("aside")
            aside.write_text(json.dumps(number))
            aside.replace(built.file)
            await_(lambda: built.get() == json.dumps(number))  # noqa: B023 - at once
    built.watch._thread.join(10)
    assert not built.watch._thread.is_alive()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_watch_that_ends_by_a_fault_is_told(built: Built) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    built.meanwhile = fail
    with built.watch:
        built.file.write_text("second")
        await_(lambda: built.reloads.failed is not None)
    assert built.get() == "first"
    assert built.reloads.failed == "the watch has ended by a fault of its own: see the log"
