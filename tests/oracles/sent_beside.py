"""The requests by which what stands beside runs comes to a server: datasets, projects, examples."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from random import Random

from tests.oracles.sent_calls import Call, Calls, Part
from tests.oracles.sent_rows import KEYS
from tests.oracles.sent_things import Dataset, Example, Json, Project, iso
from tests.oracles.sent_world import World


class Beside(Calls):
    """The requests that make a world, but for its runs and what is thought of them."""

    def __init__(self, world: World, draw: Random) -> None:
        super().__init__(draw, KEYS[world.tenant])
        self.world = world
        self.made: dict[int, Call] = {}  # by the identity of what they make
        self._make_datasets()
        self._make_projects()
        self._make_examples()

    def _make_datasets(self) -> None:
        for dataset in self.world.datasets:
            self.made[id(dataset)] = self._make_dataset(dataset)
            if dataset.is_shared:
                url = f"/api/v1/datasets/{dataset.id}/share"
                body = {"dataset_id": dataset.id}
                self._call("PUT", url, body, (200,), (200,), [self.made[id(dataset)]])

    def _make_dataset(self, dataset: Dataset) -> Call:
        body: Json = {
            "id": dataset.id,
            "name": dataset.name,
            "created_at": iso(dataset.created),
            "description": dataset.description,
            "data_type": "kv",
        }
        if dataset.metadata is not None:
            body["extra"] = {"metadata": dataset.metadata}
        return self._call("POST", "/api/v1/datasets", body, (200,), (409,))

    def _make_projects(self) -> None:
        for project in self.world.projects:
            if project.is_in_file:
                continue
            body: Json = {
                "id": project.id,
                "name": project.name,
                "description": project.description,
                "extra": project.extra,
            }
            if project.start is not None:
                body["start_time"] = iso(project.start)
            after = []
            if project.dataset is not None:
                body["reference_dataset_id"] = project.dataset.id
                after.append(self.made[id(project.dataset)])
            if project.extra_at_first is not None:
                body["extra"] = project.extra_at_first
            url = "/api/v1/sessions"
            if self._is(0.3):
                url, body["type"] = "/v2/sessions", "EXPERIMENT" if project.dataset else "PROJECT"
                body = {name: value for name, value in body.items() if value is not None}
            made = self._call("POST", url, body, (200, 201), (409,), after)
            self.made[id(project)] = made
            if project.extra_at_first is not None:
                assert project.end is not None
                change = {"end_time": iso(project.end), "extra": project.extra}
                url = f"/api/v1/sessions/{project.id}"
                self._call("PATCH", url, change, (200,), (200,), [made])
        for project in self.world.named:
            if project.start is not None:  # before its runs, or after them
                body = {"name": project.name, "start_time": iso(project.start)}
                body["description"] = project.description
                self._call("POST", "/api/v1/sessions?upsert=true", body, (200,), (200,))

    def _of(self, *projects: Project | None) -> list[Call]:
        """What makes the projects that are made by themselves."""
        return [self.made[id(each)] for each in projects if id(each) in self.made]

    def _make_examples(self) -> None:
        left = list(self.world.examples)
        self.draw.shuffle(left)
        while left:
            how, dataset = self.draw.choice(("alone", "bulk", "parts")), left[0].dataset
            few = [each for each in left if each.dataset is dataset]
            few = few[: 1 if how == "alone" else self.draw.randrange(1, 4)]
            left = [each for each in left if each not in few]
            after = [self.made[id(dataset)]]
            bodies = [self._example(each) for each in few]
            if how == "parts":
                url = f"/v1/platform/datasets/{dataset.id}/examples"
                call = self._form(url, list(self._example_parts(bodies)), (201,), (409,), after)
            elif how == "bulk":
                call = self._call("POST", "/examples/bulk", bodies, (200,), (409,), after)
            else:
                call = self._call("POST", "/api/v1/examples", bodies[0], (200,), (409,), after)
            for each in few:
                self.made[id(each)] = call
                if each.outputs_at_first is not None:
                    url = f"/api/v1/examples/{each.id}"
                    self._call("PATCH", url, {"outputs": each.outputs}, (200,), (200,), [call])

    def _example(self, example: Example) -> Json:
        body: Json = {
            "id": example.id,
            "dataset_id": example.dataset.id,
            "inputs": example.inputs,
            "outputs": example.outputs_at_first or example.outputs,
            "source_run_id": example.source,
            "created_at": iso(example.created),
        }
        metadata = dict(example.metadata or {})
        if "dataset_split" in metadata and self._is(0.5):
            body["split"] = metadata.pop("dataset_split")
        if example.metadata is not None:
            body["metadata"] = metadata
        if example.modified is not None:
            body["modified_at"] = iso(example.modified)
        return body

    def _example_parts(self, bodies: Iterable[Json]) -> Iterator[Part]:
        for body in bodies:
            contents = {name: body.pop(name) for name in ("inputs", "outputs")}
            yield body["id"], json.dumps(body).encode(), "application/json"
            for name, value in contents.items():
                if value is not None:
                    yield f"{body['id']}.{name}", json.dumps(value).encode(), "application/json"
