"""How a run is told in two payloads, a create and an update, that come in any order: a field stands
in one of them, or in both; then the update's counts. `extra` and its metadata are told key by key.
What is null says nothing.

Two things are left out, since what they leave behind depends on the order, by the page itself: that
an update which alone makes a run says no project, or another one than the create (the run would be
in "default", or there, for a while, and a project that is named comes into being); and that a run
whose place is to be derived from its start has two starts.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from attrs import frozen

from tests.oracles.sent_things import END, Json, Project, Run, iso
from tests.oracles.sent_world import World
from tests.oracles.taken_in import any_form

NEEDED = ("name", "run_type", "start_time")  # for a run to be seen
_BY_KEY = ("metadata", "extra")
_EARLIER: dict[str, Any] = {
    "name": "at first",
    "run_type": "prompt",
    "error": "Error(at first)",
    "inputs": {"text": "at first"},
    "outputs": {"text": "at first", "usage_metadata": {"input_tokens": 7, "output_cost": 3}},
    "tags": ["at-first"],
    "runtime": {"sdk": "at first"},
    "events": [{"name": "new_token", "time": "2026-06-01T00:00:00Z"}],
    "serialized": {"at": "first"},
}


@frozen
class Told:
    """The payloads of a run, each without its place; either may be missing, but not both."""

    create: Json | None
    update: Json | None


def told(run: Run, world: World, chance: Random) -> Told:
    """Draw how the run is told."""
    return _Telling(run, world, chance).told()


def ended(run: Run) -> Told:
    """How a run is told to have ended that is pending in the files."""
    assert run.end is not None
    update = {name: run.said[name] for name in END if name in run.said}
    if run.status is not None:
        update["status"] = run.status
    return Told(None, update | {"end_time": iso(run.end)})


class _Telling:
    def __init__(self, run: Run, world: World, chance: Random) -> None:
        self.run, self.world, self.chance = run, world, chance
        self.create: Json = {}
        self.update: Json = {}

    def _is(self, share: float) -> bool:
        return self.chance.random() < share

    def told(self) -> Told:
        run, said = self.run, self.run.said
        kind = self.chance.choices(("both", "create", "update"), (8, 2, 1))[0]
        self._tell("name", run.name)
        self._tell("run_type", run.run_type)
        for name in NEEDED[:2]:  # which a create must have
            self.create.setdefault(name, getattr(run, name))
        self._tell_times()
        for name in ("error", "inputs", "outputs", "tags", "runtime", "events", "serialized"):
            if name in said:
                self._tell(name, said[name])
            elif self._is(0.2):
                self._side()[name] = None
        if run.example is not None:
            self._tell("reference_example_id", run.example)
        for name in _BY_KEY:
            self._tell_by_key(name)
        self._tell_status()
        if kind != "both":
            whole = _union(self.create, self.update)
            self.create, self.update = whole, dict(whole)
        self._tell_project(kind)
        return Told(
            None if kind == "update" else shaped(self.create),
            None if kind == "create" else shaped(self.update),
        )

    def _side(self) -> Json:
        return self.chance.choice((self.create, self.update))

    def _tell(self, name: str, value: Any) -> None:
        """Tell it in one of the payloads, or in both: the create may say what was so at first."""
        where = self.chance.choice(("create", "update", "both", "at first"))
        if where != "create":
            self.update[name] = value
        if where in ("create", "both"):
            self.create[name] = value
        elif where == "at first" and name in _EARLIER:
            self.create[name] = _EARLIER[name]

    def _tell_times(self) -> None:
        start, end = self.run.start, self.run.end
        self._tell("start_time", any_form(self.chance, start))
        if "start_time" not in self.create:
            if self.run.is_derived or self._is(0.5):
                self.create["start_time"] = any_form(self.chance, start)
            else:
                self.create["start_time"] = any_form(self.chance, self._moved(start, -1))
        if end is not None:
            self._tell("end_time", any_form(self.chance, end))
            if "end_time" not in self.create and self._is(0.1):
                self.create["end_time"] = any_form(self.chance, self._moved(end, 1))

    def _moved(self, time: datetime, sign: int) -> datetime:
        return time + sign * timedelta(milliseconds=self.chance.randrange(1, 900))

    def _tell_by_key(self, name: str) -> None:
        if name not in self.run.said:
            if self._is(0.2):
                self._side()[name] = None
            return
        one, other = self.create.setdefault(name, {}), self.update.setdefault(name, {})
        said = self.run.said[name]
        # Keys are read in the order in which they first stand, in the create before the update.
        added_from = self.chance.randrange(len(said) + 1)
        for place, (key, value) in enumerate(said.items()):
            where = self.chance.choice(("create", "both", "at first"))
            where = "update" if place >= added_from else where
            if where != "create":
                other[key] = value
            elif self._is(0.1):
                other[key] = None
            if where in ("create", "both"):
                one[key] = value
            elif where == "at first":
                one[key] = {"text": "at first"} if isinstance(value, dict) else "at first"

    def _tell_status(self) -> None:
        status = self.run.status
        if status is not None:
            self.update["status"] = status
            if self._is(0.5):
                self.create["status"] = "pending"
            return
        if self._is(0.1):
            self._side()["status"] = "another"  # which is none
        known = {name for name, value in self.update.items() if value is not None}
        if known & {"end_time", "error"} and self._is(0.5):
            self.create["status"] = "pending"  # as it was at first

    def _tell_project(self, kind: str) -> None:
        names, project = self._project_by(self.run.names_project_by), self.run.project
        if kind != "both" or all(name in self.update for name in NEEDED):
            self.create |= names
            self.update |= names
            return
        if self._is(0.3):
            self.update |= names
        there = [each for each in self.world.projects if each.id is not None]
        is_moved = project.id is not None and self._is(0.1)
        if is_moved and "session_id" in names:
            self.update |= names
            self.create |= self._project_of(self.chance.choice(there))
        else:
            self.create |= names

    def _project_by(self, named: str) -> Json:
        project = self.run.project
        if named == "id":
            return self._project_of(project)
        return {"session_name": project.name} if named == "name" else {}

    def _project_of(self, project: Project) -> Json:
        names: Json = {"session_id": project.id}
        if self._is(0.2):  # the id counts
            names["session_name"] = "of no project"
        return names


def _union(create: Json, update: Json) -> Json:
    """What both say, in one payload: a run that is told at once."""
    whole = create | {k: v for k, v in update.items() if v is not None or k not in create}
    for name in _BY_KEY:
        if create.get(name) is not None and update.get(name) is not None:
            whole[name] = _union(create[name], update[name])
    if "status" in create and "status" not in update:
        del whole["status"]
    return whole


def shaped(fields: Json) -> Json:
    """Put what runs have in `extra` there."""
    whole = {k: v for k, v in fields.items() if k not in ("metadata", "extra", "runtime")}
    extra = dict(fields.get("extra") or {})
    for name in ("metadata", "runtime"):
        if name in fields:
            extra[name] = fields[name]
    if extra:
        whole["extra"] = extra
    return whole
