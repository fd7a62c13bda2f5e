"""What `locum serve` does: builds what is asked for, in one process or several, and serves it."""

from __future__ import annotations

import gc
import secrets
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import evolve, field, frozen

from locum.exceptions import StartError
from locum.server.interrupts import ending_at_once
from locum.server.lazy_imports import put_off
from locum.server.listeners import listen, listen_first
from locum.server.port_file import PortFile

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from locum.http.admin import Reloads
    from locum.http.connexion_app import Application, ServedDocument
    from locum.http.control import OwnControl
    from locum.http.journal import Entry as Noted
    from locum.http.sandboxes import Sandboxes
    from locum.provider import Provider
    from locum.recording.recorder import Recorder
    from locum.scenarios import Scenarios
    from locum.server.run import Manner
    from locum.server.watch import Sources, Watch

DEFAULT = "default"  # the dataset, where none is named


def _token(given: str | None) -> str:
    return given or secrets.token_urlsafe(12)


@frozen(kw_only=True)
class Wanted:
    """What is to be served, and how: the options of the command by their names; `form` is that of
    the greeting, and `faults` are the settings of the first state of every sandbox."""

    spec: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    handlers: tuple[str, ...] = ()
    provider: tuple[str, ...] = ()
    host: str
    port: int
    auth: str
    clock: str
    faults: Mapping[str, str | None]
    time_limit: float
    cors: bool
    strict: bool
    static: bool
    stateless: bool
    read_only: bool
    record: str | None = None
    durable: bool = False
    workers: int
    watch: bool
    shutdown_seconds: float
    admin_token: str = field(converter=_token)
    sandbox_idle: float
    max_sandboxes: int
    port_file: str | None
    form: str
    verbose: bool
    unchecked: bool


@frozen(eq=False)
class Built:
    """An application with its documents and scenarios, and what is odd about the documents, and
    about the handlers of folders."""

    application: Application
    scenarios: Scenarios
    served: Sequence[ServedDocument]
    doubts: Sequence[object]
    doubts_of_handlers: Sequence[object]


def serve(wanted: Wanted) -> None:
    """Serve until interrupted. Raises StartError."""
    with ending_at_once():
        _serve(wanted)


def _serve(wanted: Wanted) -> None:
    if wanted.workers > 1:
        _check_platform()
        _serve_with_workers(wanted)
    elif wanted.watch:
        newest, first = _watch(wanted)
        with newest:
            manner = _manner(wanted, lambda: newest.scenarios, first.served)
            _run(newest, listen(wanted.host, wanted.port), manner)
    else:
        with _recording(wanted) as recording:
            control = _own_control(wanted, recording)
            built = build(wanted, control)
            _warn(built)
            at_end = _taken_up(recording, built, control)
            manner = _manner(wanted, lambda: built.scenarios, built.served, at_end)
            # Connexion's own call around the application takes 5 % of an answer from memory.
            _run(built.application.app, listen(wanted.host, wanted.port), manner)


def build(wanted: Wanted, control: OwnControl, reloads: Reloads | None = None) -> Built:
    """Read the documents, load the datasets, and put the application together."""
    with _nothing_collected():
        return _built(wanted, control, reloads)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Look for no garbage meanwhile: nearly all that a start makes stays, and to go through it
    again and again would take a tenth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _built(wanted: Wanted, control: OwnControl, reloads: Reloads | None) -> Built:
    with ThreadPoolExecutor(1) as background:
        with put_off():
            # Both take long at start-up, and DuckDB does its part without the interpreter's lock.
            # Whether a vendor's data are needed for documents at paths is known when they are read.
            load = partial(_load, wanted) if not wanted.spec else _import_loading
            loading = background.submit(load)
            from locum import app, providers  # noqa: PLC0415  # --help needs none of it
            from locum.generate.asked import Manner  # noqa: PLC0415
            from locum.server import run as server  # noqa: F401, PLC0415

        read = app.read(
            providers.chosen(wanted.provider),
            wanted.spec,
            named=providers.named(wanted.provider),
            strict=wanted.strict,
        )
        served, doubts = _computed(wanted, read)
        scenarios = loading.result() or _load(wanted, [each.provider for each in served])
    application = app.build(
        served,
        scenarios,
        cors=wanted.cors,
        control=control,
        time_limit=wanted.time_limit,
        admin_token=wanted.admin_token,
        reloads=reloads,
        tell=_tell if wanted.verbose else None,
        manner=Manner(wanted.static, wanted.stateless, wanted.read_only),
    )
    return Built(application, scenarios, served, _warnings(served), doubts)


def _computed(
    wanted: Wanted, served: Sequence[ServedDocument]
) -> tuple[Sequence[ServedDocument], Sequence[object]]:
    """Return the documents with the handlers of the folders, and what is odd about these."""
    if not wanted.handlers:
        return served, ()
    from locum import handler_folders  # noqa: PLC0415  # see `build`

    functions = handler_folders.functions(map(Path, wanted.handlers))
    found, doubts = handler_folders.handlers(functions, [each.document for each in served])
    # Two documents of one provider stay so: it has the handlers of both.
    own: dict[str, dict[str, Any]] = {}
    for each, handlers in zip(served, found, strict=True):
        own.setdefault(each.provider.name, {}).update(handlers)
    changed = {
        each.provider.name: evolve(
            each.provider, handlers={**each.provider.handlers, **own[each.provider.name]}
        )
        for each in served
    }
    return [evolve(each, provider=changed[each.provider.name]) for each in served], doubts


def _import_loading() -> None:
    from locum.generator import catalog  # noqa: F401, PLC0415  # see `build`


def _load(wanted: Wanted, of_documents: Sequence[Provider] = ()) -> Scenarios:
    """Load the datasets that were chosen. `of_documents` are the providers of documents at paths:
    where none of them is another than a document's own, no vendor's data are served, and without a
    choice there is one empty scenario."""
    from locum import providers  # noqa: PLC0415  # see `build`
    from locum.datasets import dataset as datasets  # noqa: PLC0415
    from locum.engine.typed import typed  # noqa: PLC0415
    from locum.generator import catalog  # noqa: PLC0415
    from locum.scenarios import Scenarios  # noqa: PLC0415

    chosen = providers.chosen(wanted.provider)
    names = {each.name for each in chosen}
    foreign = {each.name: each for each in of_documents if each.name not in names}
    is_foreign = bool(of_documents) and all(each.name in foreign for each in of_documents)
    served = (*foreign.values(),) if is_foreign else (*chosen, *foreign.values())
    every = tuple(dict.fromkeys([*providers.bundled(), *(() if is_foreign else chosen)]))
    tables = providers.columns(every)
    typing = typed if foreign or wanted.handlers else None
    if is_foreign and not wanted.data:
        found = [datasets.empty(DEFAULT)]
    else:
        found = [
            catalog.find_named(each, tables, every, typed=typing)
            for each in wanted.data or (DEFAULT,)
        ]
    alone = is_foreign and not any(each.is_bundled for each in found)
    find = partial(catalog.find, tables=tables, providers=every)
    scenarios = Scenarios(
        found,
        served,
        find,
        auth=wanted.auth,
        clock=wanted.clock,
        unchecked=wanted.unchecked,
        alone=alone,
    )
    scenarios.load_chosen()
    return scenarios


def _tell(noted: Noted) -> None:
    from locum.http.journal import line  # noqa: PLC0415  # see `build`

    click.echo(line(noted), err=True)


def _warnings(served: Iterable[ServedDocument]) -> list[str]:
    """What in the documents is without effect."""
    from locum import app  # noqa: PLC0415  # see `build`

    return [f"{each.path}: {each.text}" for each in app.warnings(served)]


def _warn(built: Built) -> None:
    from locum.datasets.findings import warnings  # noqa: PLC0415  # see `build`

    doubts = dict.fromkeys(doubt for loaded in built.scenarios.loaded for doubt in loaded.doubts)
    for line in (
        *warnings(built.doubts, "`locum lint`"),
        *warnings(built.doubts_of_handlers, ""),
        *warnings(list(doubts)),
    ):
        click.echo(line, err=True)


def _check_platform() -> None:
    # Others have SO_REUSEPORT too, and give all connections to one of the sockets.
    if sys.platform != "linux":
        raise StartError(
            f"--workers above 1 needs Linux, which spreads connections, and this is {sys.platform}",
            "leave out --workers (LOCUM_WORKERS)",
        )


def _manner(
    wanted: Wanted,
    scenarios: Callable[[], Scenarios],
    served: Sequence[ServedDocument],
    at_end: Callable[[], None] | None = None,
) -> Manner:
    from locum.server import run as server  # noqa: PLC0415  # see `build`

    write = server.json_greeting if wanted.form == "json" else server.greeting

    def greet(url: str) -> str:
        _warm(served)
        return write(url, scenarios(), wanted.admin_token, served)

    file = PortFile(Path(wanted.port_file)) if wanted.port_file else None
    return server.Manner(
        greet,
        wanted.shutdown_seconds,
        file,
        at_end,
    )


def _warm(served: Iterable[ServedDocument]) -> None:
    """Have imported what generates answers, if anything does, while nobody asks yet: the first
    request would wait for it a fifth of a second."""
    from locum.openapi.documents import operation_name, operations  # noqa: PLC0415  # see `build`

    is_generated = any(
        operation_name(*each) not in {*one.provider.functions, *one.provider.refused}
        for one in served
        for each in operations(one.document)
    )
    if is_generated:
        threading.Thread(target=_import_generated, daemon=True).start()


def _import_generated() -> None:
    from locum.generate import generated, stored, texts  # noqa: F401, PLC0415  # see `build`

    texts.load()


def _sandboxes(wanted: Wanted, recorder: Recorder | None = None) -> Sandboxes:
    from locum.http.sandboxes import Sandboxes  # noqa: PLC0415  # see `build`

    idle_seconds = wanted.sandbox_idle * 60
    most = wanted.max_sandboxes
    return Sandboxes(wanted.faults, most=most, idle_seconds=idle_seconds, recorder=recorder)


def _own_control(wanted: Wanted, recorder: Recorder | None = None) -> OwnControl:
    from locum.http.control import OwnControl  # noqa: PLC0415  # see `build`

    return OwnControl(_sandboxes(wanted, recorder))


@contextmanager
def _recording(wanted: Wanted) -> Iterator[Recorder | None]:
    """Give what records what is written, if anything does."""
    if wanted.record is None:
        yield None
        return
    from locum.recording.recorder import Recorder  # noqa: PLC0415  # see `build`

    with Recorder.into(Path(wanted.record), durable=wanted.durable) as recorder:
        yield recorder


def _taken_up(
    recorder: Recorder | None, built: Built, control: OwnControl
) -> Callable[[], None] | None:
    """Have what was recorded served; return what saves it at the end."""
    if recorder is None:
        return None
    from locum.cli import recordings  # noqa: PLC0415  # see `build`

    recordings.take_up(recorder, built.scenarios, control.sandboxes)
    return partial(recordings.save_all, recorder, built.scenarios, control.sandboxes)


def _run(application: ASGIApp, listener: socket.socket, manner: Manner) -> None:
    from locum.server import run as server  # noqa: PLC0415  # see `build`

    server.run(application, listener, manner)


def _serve_with_workers(wanted: Wanted) -> None:
    from locum.server import run as server  # noqa: PLC0415  # for a single process, too much
    from locum.server.shared_control import FirstControl  # noqa: PLC0415
    from locum.server.workers import Workers  # noqa: PLC0415

    with _recording(wanted) as recording:
        control = FirstControl(_sandboxes(wanted, recording))
        built = build(wanted, control)
        _warn(built)
        at_end = _taken_up(recording, built, control)
        first = _manner(wanted, lambda: built.scenarios, built.served, at_end)
        listener = listen_first(wanted.host, wanted.port)
        work = partial(_work, wanted, listener.getsockname()[1])
        workers = Workers(wanted.workers - 1, work)
        server.run(built.application.app, listener, first, (workers, control))


def _work(wanted: Wanted, port: int, tell: Callable[[], None], end: socket.socket) -> None:
    """What a worker does; the socket is its end of those by which the processes talk."""
    from locum.server import run as server  # noqa: PLC0415  # see `build`
    from locum.server.shared_control import WorkerControl  # noqa: PLC0415

    control = WorkerControl(_sandboxes(wanted))
    if wanted.record is not None:
        from locum.recording.recorder import recorded  # noqa: PLC0415

        control.sandboxes.server.is_elsewhere = bool(recorded(Path(wanted.record)))
    built = build(wanted, control)
    _warm(built.served)
    listener = listen(wanted.host, port, shared=True)
    talking = partial(control.open, end)
    server.run_worker(built.application.app, listener, wanted.shutdown_seconds, tell, talking)


def _watch(wanted: Wanted) -> tuple[Watch, Built]:
    """Return the application that is the newest good one, and what the first one is."""
    with put_off():
        from locum.http.admin import Reloads  # noqa: PLC0415  # see `build`
        from locum.provider_code import imported_anew  # noqa: PLC0415
        from locum.server.watch import Watch  # noqa: PLC0415

    # Compiled code counts as new by the second and the size of its source, which is too coarse.
    sys.dont_write_bytecode = True
    reloads = Reloads()
    control = _own_control(wanted)
    ever: list[Built] = []  # the first and the last

    def build_anew() -> tuple[Application, Scenarios]:
        with imported_anew():
            built = build(wanted, control, reloads)
        _warn(built)
        ever[1:] = [built]
        return built.application, built.scenarios

    def sources(scenarios: Scenarios) -> Sources:
        return sources_of(wanted, scenarios, ever[-1].served)

    return Watch(build_anew, sources, reloads), ever[0]


def sources_of(wanted: Wanted, scenarios: Scenarios, served: Iterable[ServedDocument]) -> Sources:
    """Return what the scenarios and their providers' documents come from."""
    from locum import providers  # noqa: PLC0415  # see `build`
    from locum.datasets import prices  # noqa: PLC0415
    from locum.openapi import overlay  # noqa: PLC0415
    from locum.server.watch import Sources  # noqa: PLC0415

    of_providers = [path for each in scenarios.providers for path in each.documents]
    documents = list(map(Path, wanted.spec)) or of_providers
    files, folders = providers.code_at_paths(wanted.provider)
    files |= {*documents, *map(overlay.beside, documents), *map(overlay.tolerated, documents)}
    files |= {file for each in served for file in each.document.files}
    # What is generated into the cache is nobody's to edit, and an empty dataset is nowhere.
    folders |= {
        each.folder
        for each in scenarios.chosen
        if each.make_again is None and (each.files or each.prices is not prices.NONE)
    }
    folders |= {each.data for each in scenarios.providers if each.data is not None}
    folders |= set(map(Path, wanted.handlers))
    return Sources(frozenset(files), frozenset(folders))
