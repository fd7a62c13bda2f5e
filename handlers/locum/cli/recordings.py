"""Recordings of `locum serve --record DIR`: taken up at the start, and saved as datasets at the end
or by `locum fixtures save`."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from locum import providers
from locum.datasets import atomic_folder
from locum.exceptions import LocumError, NotRecorded, StartError
from locum.recording import recorder as recordings
from locum.recording.recorder import Recorder

if TYPE_CHECKING:
    from locum.engine.layer import Layer
    from locum.http.sandboxes import Sandboxes
    from locum.importer.saving import Served
    from locum.provider import Provider
    from locum.scenarios import Scenarios

log = logging.getLogger("locum")


def take_up(recorder: Recorder, scenarios: Scenarios, sandboxes: Sandboxes) -> None:
    """Have the server go on from what was recorded. Raises StartError."""
    try:
        _take_up(recorder, scenarios, sandboxes)
    except NotRecorded as error:
        raise StartError(
            f"cannot record into {recorder.folder}: {error.reason}", error.fix
        ) from None


def _take_up(recorder: Recorder, scenarios: Scenarios, sandboxes: Sandboxes) -> None:
    for name in recorder.recorded():
        try:
            scenarios.check(name)
        except LocumError:
            log.warning("%s has a recording of %s, which is not served", recorder.folder, name)
            continue
        scenario = scenarios.load(name)
        layer = sandboxes.server.written(scenario, None).layer
        recorder.restore(scenario.data, layer)
        # The greeting counts the rows of the dataset's files alone.
        click.echo(f"goes on from what was recorded of {name} in {recorder.folder}", err=True)


def save_all(recorder: Recorder, scenarios: Scenarios, sandboxes: Sandboxes) -> None:
    """Write each dataset that something was recorded of, with that, into the folder. What cannot be
    written is told, and stays in the recording."""
    from locum.importer.saving import Saving  # noqa: PLC0415  # a server needs none of it before

    columns = providers.columns([*providers.installed(), *scenarios.providers])
    recorded = recorder.recorded()
    for (name, day), held in sandboxes.server.layers.items():
        if day is not None or name not in recorded:
            continue
        place = atomic_folder.resolved(recorder.folder / name)
        saving = Saving(place=place, columns=columns, replaces=True)
        try:
            made = saving.save(_served(held.layer, scenarios.providers), name)
            click.echo(f"recorded: {place}  {made['logical_hash']}", err=True)
        except StartError as error:
            log.warning("what was recorded of %s was not saved: %s", name, error)


@contextmanager
def opened(folder: Path, name: str | None, every: Sequence[Provider]) -> Iterator[tuple[str, Any]]:
    """Give the name of the dataset that was recorded, which may be chosen, and the dataset with
    what was recorded. Raises StartError."""
    from locum.engine.layer import Layer  # noqa: PLC0415
    from locum.generator import catalog  # noqa: PLC0415
    from locum.scenarios import Scenarios  # noqa: PLC0415

    known = recordings.recorded(folder)
    if not known:
        raise StartError(f"nothing is recorded in {folder}", "name the DIR of `serve --record DIR`")
    chosen = name or known[0]
    if chosen not in known or (name is None and len(known) > 1):
        found = "several datasets" if name is None else name
        raise StartError(
            f"{folder} has recordings of {', '.join(known)}, found {found}",
            "name one of them with --scenario",
        )
    base = recordings.base_of(folder, chosen)
    tables = providers.columns(every)
    dataset = catalog.find(base.source, tables, every).renamed(chosen)
    base.check(dataset)
    scenarios = Scenarios([dataset], every, lambda text: catalog.find(text, tables, every))
    layer = Layer(scenarios.load(chosen).data)
    try:
        try:
            recordings.restore(folder, chosen, layer)
        except OSError as error:  # a server shortens it
            raise StartError(f"{error.filename}: {error.strerror}", "save it again") from None
        yield chosen, _served(layer, every)
    finally:
        layer.close()


def _served(layer: Layer, every: Sequence[Provider]) -> Served:
    from locum.http.archives import incomplete  # noqa: PLC0415
    from locum.http.pieces import unfinished  # noqa: PLC0415
    from locum.importer.saving import Served  # noqa: PLC0415

    files, left_out = layer.as_files(lambda transaction: unfinished(transaction, every))
    return Served(files, incomplete(files, left_out))
