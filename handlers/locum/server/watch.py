"""`serve --watch`: what is served is made anew when its files change.

The new application is made aside, in a thread, and takes the place of the old one between two
requests; those in progress end with the old one. Where the new one is bad, the old one goes on.
watchfiles tells when to look, and what the files are then decides: an editor that renames, a folder
that is replaced and a file that is touched by a reader are all told apart by that.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import click
from attrs import frozen
from starlette.types import Receive, Scope, Send
from watchfiles import watch

from locum.datasets import files
from locum.exceptions import StartError
from locum.http.admin import Reloads
from locum.http.connexion_app import Application
from locum.scenarios import Scenarios

_STEP_MILLISECONDS = 100  # without a further change, after which changes are whole
# Then the files are looked at anyway: a folder may have been replaced while a watch began, and some
# file systems tell nothing.
_LOOK_MILLISECONDS = 1000
_RETRY_SECONDS = 0.2  # where a folder went while a watch began
_NOT_OURS = {"__pycache__", "node_modules"}

Seen = dict[Path, tuple[int, ...]]  # each file that is there, by what tells it from another


@frozen
class Sources:
    """Where what is served comes from: files, which need not be there, and folders with all that is
    below them and not hidden."""

    files: frozenset[Path]
    folders: frozenset[Path]

    def seen(self) -> Seen:
        """Return the files that are there now."""
        found: Seen = {}
        for path in self.files.union(*map(_below, self.folders)):
            try:
                status = path.stat()
            except OSError:
                continue  # it is not there, which tells enough
            found[path] = (status.st_ino, status.st_size, status.st_mtime_ns)
        return found

    def around(self, seen: Seen) -> dict[Path, int]:
        """Return the folders in which something happens when a source changes, each with its number
        in the file system: another one of the same name is watched anew."""
        wanted = {path.parent for path in (*self.files, *self.folders, *seen)} | self.folders
        found = {}
        for folder in wanted:
            there = next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
            found[there] = there.stat().st_ino
        return found


def _below(folder: Path) -> set[Path]:
    try:
        below = list(files.below(folder))
    except OSError:
        return set()  # it is not there, or is just replaced: what is there then is seen later
    return {path for path in below if _NOT_OURS.isdisjoint(path.relative_to(folder).parts)}


class Watch:
    """The ASGI application that is the newest good one, within its `with` block."""

    def __init__(
        self,
        build: Callable[[], tuple[Application, Scenarios]],
        sources: Callable[[Scenarios], Sources],
        reloads: Reloads,
    ) -> None:
        """Build the first one, and each further one in another thread; `sources` tells what it is
        made of, and `reloads` is what health tells. Raises StartError as `build` does."""
        self._build, self._sources, self.reloads = build, sources, reloads
        self._application, self.scenarios = build()
        self._seen = sources(self.scenarios).seen()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="locum-watch")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the request answered by the one that is the newest now, to its end."""
        await self._application(scope, receive, send)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_over.set()

    def _run(self) -> None:
        try:
            while not self._is_over.is_set():
                self._watch()
        finally:
            if not self._is_over.is_set():
                self.reloads.failed = "the watch has ended by a fault of its own: see the log"

    def _watch(self) -> None:
        """Reload whenever something changes, until other folders must be watched."""
        self.look()
        try:
            around = self._around()
            for _ in watch(
                *around,
                watch_filter=None,
                step=_STEP_MILLISECONDS,
                stop_event=self._is_over,
                rust_timeout=_LOOK_MILLISECONDS,
                yield_on_timeout=True,
                recursive=False,
            ):
                if self.look() and self._around() != around:
                    return
        except FileNotFoundError:
            self._is_over.wait(_RETRY_SECONDS)

    def _around(self) -> dict[Path, int]:
        return self._sources(self.scenarios).around(self._seen)

    def look(self) -> bool:
        """Reload if a source is another than when it was looked at before; return whether one is,
        be the new one good or bad."""
        sources = self._sources(self.scenarios)
        now = sources.seen()
        if now == self._seen:
            return False
        changed = sorted(dict(now.items() ^ self._seen.items()))
        self._reload(changed[0], len(changed) - 1)
        # What has changed meanwhile is seen the next time; what is looked at from now on is not.
        more = self._sources(self.scenarios).seen()
        known = sources.seen()  # after it: what comes in between is not taken for seen
        self._seen = now | {path: more[path] for path in more.keys() - known.keys()}
        return True

    def _reload(self, first: Path, others: int) -> None:
        try:
            application, scenarios = self._build()
        except (StartError, OSError) as error:
            fix = f" (fix: {error.fix})" if isinstance(error, StartError) else ""
            self.reloads.failed = " ".join(f"{error}{fix}".split())
            click.echo(f"error: not reloaded: {self.reloads.failed}", err=True)
            return
        self._application, self.scenarios = application, scenarios
        self.reloads.count += 1
        self.reloads.failed = None
        more = f" and {others} more" if others else ""
        click.echo(f"reloaded: {first}{more}", err=True)
        gc.collect()  # the old datasets are in circles of references
