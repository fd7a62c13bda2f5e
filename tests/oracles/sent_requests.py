"""The requests by which a world comes to a server, by every way in, in random order: with repeated
requests, updates before creates, children before their parents, feedback before its run.

A request is sent after those that it needs: a project or dataset must be there before it is
referred to by its id, an update that does not say in which trace its run is comes after the
create, and what is changed, shared or taken back was made before.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random
from typing import Any, Literal

from attrs import define, field
from backports import zstd

from tests.oracles.otlp import in_protobuf
from tests.oracles.sent_payloads import Told, ended, told
from tests.oracles.sent_rows import KEYS
from tests.oracles.sent_spans import request, span_of
from tests.oracles.sent_world import Dataset, Example, Feedback, Json, Project, Run, World, iso

Way = Literal["alone", "batch", "multipart"]
Kind = Literal["post", "patch"]

WAYS: tuple[Way, ...] = ("alone", "batch", "multipart")
PACKING: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstd.compress}
OWN_PARTS = ("inputs", "outputs", "events", "error", "extra", "serialized")
BOUNDARY = "0c1d2e-random"


@define(eq=False)
class Call:
    """A request: it is sent after `after`, and answered by one of the statuses; when it comes
    again, by one of `again`, which is empty where it is not to come again."""

    method: str
    url: str
    headers: dict[str, str | bytes]
    content: bytes
    statuses: tuple[int, ...]
    again: tuple[int, ...] = ()
    after: list[Call] = field(factory=list)
    answer: bytes | None = None  # where all of it is known

    def sent(self) -> dict[str, Any]:
        """As keyword arguments of httpx's `request`."""
        return {
            "method": self.method,
            "url": self.url,
            "headers": self.headers,
            "content": self.content,
        }


def _is_constant(feedback: Feedback) -> bool:
    """Whether it may be sent again: nothing of it is the server's to give, or changes later."""
    return feedback.created is not None and feedback.modified is not None


@define(eq=False)
class _Payload:
    kind: Kind
    run: Run
    fields: Json  # without its place
    after: list[Call]


class Sending:
    """The requests of a world."""

    def __init__(self, world: World, seed: str, ways: Sequence[Way] = WAYS) -> None:
        self.world, self.ways = world, ways
        self.draw = Random(f"{seed} {world.tenant}")  # noqa: S311 - not for secrets
        self.headers = {"X-API-Key": KEYS[world.tenant]}
        self.calls: list[Call] = []
        self.made: dict[int, Call] = {}  # by the identity of what they make
        self.of_runs: dict[str, list[Call]] = {}  # by the id of the run
        self._make_datasets()
        self._make_projects()
        self._make_examples()
        self._send_runs()
        self._share()
        self._make_and_delete()

    def in_order(self) -> Iterator[Call]:
        """All requests, in a random order that each may have, some of them again."""
        draw, waiting, done = self.draw, list(self.calls), set[int]()
        sent: list[Call] = []
        while waiting:
            ready = [n for n, call in enumerate(waiting) if done >= {id(c) for c in call.after}]
            call = waiting.pop(draw.choice(ready))
            yield call
            done.add(id(call))
            sent.append(call)
            if draw.random() < 0.2:
                repeated = draw.choice(sent)
                if repeated.again:
                    yield Call(
                        repeated.method,
                        repeated.url,
                        repeated.headers,
                        repeated.content,
                        repeated.again,
                        answer=repeated.answer,
                    )

    def _is(self, share: float) -> bool:
        return self.draw.random() < share

    def _call(
        self,
        method: str,
        url: str,
        body: Any,
        statuses: tuple[int, ...],
        again: tuple[int, ...] = (),
        after: Iterable[Call] = (),
    ) -> Call:
        headers = self.headers | {"Content-Type": "application/json"}
        content = b"" if body is None else json.dumps(body).encode()
        call = Call(method, url, headers, content, statuses, again, list(after))
        self.calls.append(call)
        return call

    # What stands beside runs.

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

    def _example_parts(self, bodies: Iterable[Json]) -> Iterator[tuple[str, bytes, str]]:
        for body in bodies:
            contents = {name: body.pop(name) for name in ("inputs", "outputs")}
            yield body["id"], json.dumps(body).encode(), "application/json"
            for name, value in contents.items():
                if value is not None:
                    yield f"{body['id']}.{name}", json.dumps(value).encode(), "application/json"

    # Runs and feedback.

    def _send_runs(self) -> None:
        feedback = list(self.world.feedback)
        payloads: dict[Way, list[_Payload]] = {way: [] for way in WAYS}
        spans: list[Run] = []
        for run in self.world.seen:
            if run.span is not None:
                spans.append(run)
                if run.span.outputs_at_first is not None:
                    update = Told(None, {"outputs": run.said["outputs"]})
                    self._draw_payloads(run, update, payloads)
            elif run.is_pending_in_file:
                self._draw_payloads(run, ended(run), payloads)
            elif not run.is_in_file:
                self._draw_payloads(run, told(run, self.world, self.draw), payloads)
        self.draw.shuffle(spans)
        while spans:
            count = self.draw.choice((1, 3, 8))
            self._send_spans(spans[:count])
            del spans[:count]
        while payloads["batch"]:
            self._send_batch(self._some(payloads["batch"]))
        while payloads["multipart"]:
            among = [each for each in feedback if each.run is not None and self._is(0.2)]
            feedback = [each for each in feedback if each not in among]
            self._send_form(self._some(payloads["multipart"]), among)
        for run in self.world.seen:
            if self._has_files(run) and self._is(0.3):
                self._send_form([], [], [run])  # once more, or by themselves
        for each in feedback:
            self._send_feedback(each)

    def _send_spans(self, runs: list[Run]) -> None:
        header = self.draw.choice(("", *(project.name for project in self.world.named)))
        body = request([span_of(run, self.world, self.draw, header) for run in runs], self.draw)
        url = self.draw.choice(("/otel/v1/traces", "/api/v1/otel/v1/traces"))
        after = self._of(*self.world.projects)
        call = self._call("POST", url, body, (200,), (200,), after)
        call.answer = b"{}"
        if self._is(0.5):
            call.content, call.answer = in_protobuf(body), b""
            call.headers["Content-Type"] = "application/x-protobuf"
        if header:
            call.headers["Langsmith-Project"] = header.encode()
        if self._is(0.5):
            call.content = gzip.compress(call.content)
            call.headers["Content-Encoding"] = "gzip"
        for run in runs:
            self.of_runs.setdefault(run.id, []).append(call)

    def _some(self, payloads: list[_Payload]) -> list[_Payload]:
        """A few of them, which are taken out."""
        self.draw.shuffle(payloads)
        count = self.draw.choice((1, 2, 5, 12))
        few = payloads[:count]
        del payloads[:count]
        return few

    def _draw_payloads(self, run: Run, how: Told, payloads: dict[Way, list[_Payload]]) -> None:
        """Send the payloads of a run that come alone, and keep the others."""
        after = self._of(run.project, *self.world.projects)
        post: Call | None = None
        for kind, fields in (("post", how.create), ("patch", how.update)):
            if fields is None:
                continue
            way = self.draw.choice(self.ways)
            if (
                run.attachments
                and not run.is_in_file
                and kind == ("patch" if how.create is None else "post")
            ):
                way = "multipart"
            payload = _Payload(kind, run, fields, after)  # type: ignore[arg-type]
            if way == "alone":
                call = self._send_alone(payload, post)
                post = call if kind == "post" else post
            else:
                payloads[way].append(payload)

    def _send_alone(self, payload: _Payload, post: Call | None) -> Call:
        run, fields = payload.run, dict(payload.fields)
        url, after = "/runs", list(payload.after)
        if payload.kind == "post":
            fields["id"] = self._any_id(run.id)
            fields["parent_run_id"] = run.parent
            if not run.is_derived or self._is_lost_above(run) or self._is(0.5):
                fields |= self._place(run)
        else:
            url = f"/runs/{self._any_id(run.id)}"
            if post is not None and self._is(0.5):
                after.append(post)
                if not run.is_derived:
                    fields |= self._place(run)
            else:
                fields |= self._place(run)
        method = payload.kind.upper()
        is_old = self._is(0.3)
        status = 200 if is_old and payload.kind == "patch" else 202
        url = f"/api/v1{url}" if is_old else url
        call = self._call(method, url, fields, (status,), (409,), after)
        self.of_runs.setdefault(run.id, []).append(call)
        if payload.kind == "post" and self._is(0.2):
            other = fields | {"name": "another", "inputs": {"another": "create"}}
            self._call(method, url, other, (409,), (409,), [call])
        return call

    def _is_lost_above(self, run: Run) -> bool:
        lost = {each.id for each in self.world.runs if each.is_lost}
        return not lost.isdisjoint(run.above)

    def _any_id(self, run_id: str) -> str:
        return self.draw.choice((run_id, run_id, run_id.upper(), run_id.replace("-", "")))

    def _place(self, run: Run) -> Json:
        return {
            "trace_id": run.trace,
            "dotted_order": run.order,
            **({"parent_run_id": run.parent} if run.parent is not None or self._is(0.5) else {}),
        }

    def _whole(self, payload: _Payload) -> Json:
        run = payload.run
        return {"id": self._any_id(run.id), **payload.fields, **self._place(run)}

    def _send_batch(self, payloads: list[_Payload]) -> None:
        body: dict[str, list[Json]] = {"post": [], "patch": []}
        for each in payloads:
            body[each.kind].append(self._whole(each))
        if self._is(0.3):
            body = {kind: runs for kind, runs in body.items() if runs}
        after = [call for each in payloads for call in each.after]
        call = self._call("POST", "/runs/batch", body, (202,), (409,), after)
        self._pack(call)
        for each in payloads:
            self.of_runs.setdefault(each.run.id, []).append(call)

    def _send_form(
        self, payloads: list[_Payload], feedback: list[Feedback], attached: Sequence[Run] = ()
    ) -> None:
        parts: list[tuple[str, bytes, str]] = []
        for each in payloads:
            parts += self._parts(each)
        for judgement in feedback:
            parts.append(self._feedback_part(judgement))
        of_runs = [each.run for each in payloads if self._has_files(each.run)]
        for run in (*of_runs, *attached):
            for name, (mime_type, content) in run.attachments.items():
                parts.append((f"attachment.{run.id}.{name}", content, mime_type))
        self.draw.shuffle(parts)
        after = [call for each in payloads for call in each.after]
        after += self._of(*(each.project for each in feedback))
        is_constant = all(_is_constant(each) for each in feedback)
        again = (202, 409) if is_constant else ()
        statuses = (202, 409) if attached else (202,)
        call = self._form("/runs/multipart", parts, statuses, again, after)
        for each in payloads:
            self.of_runs.setdefault(each.run.id, []).append(call)
        for judgement in feedback:
            self._change(judgement, call)

    def _has_files(self, run: Run) -> bool:
        """Whether files come with the parts of the run."""
        return bool(run.attachments) and not run.is_in_file and run.span is None

    def _parts(self, payload: _Payload) -> Iterator[tuple[str, bytes, str]]:
        whole, name = self._whole(payload), f"{payload.kind}.{payload.run.id}"
        for own in OWN_PARTS:
            if whole.get(own) is not None and self._is(0.7):
                yield f"{name}.{own}", json.dumps(whole.pop(own)).encode(), "application/json"
                if self._is(0.2):
                    whole[own] = {"overridden": True} if own != "events" else []
        yield name, json.dumps(whole).encode(), "application/json"

    def _form(
        self,
        url: str,
        parts: list[tuple[str, bytes, str]],
        statuses: tuple[int, ...],
        again: tuple[int, ...],
        after: Iterable[Call],
    ) -> Call:
        content = b""
        for name, body, mime_type in parts:
            is_header = self._is(0.5)
            length = f"\r\nContent-Length: {len(body)}" if is_header else f"; length={len(body)}"
            head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n'
            head += f"Content-Type: {mime_type}{length}\r\n\r\n"
            content += head.encode() + body + b"\r\n"
        call = self._call("POST", url, None, statuses, again, after)
        call.content = content + f"--{BOUNDARY}--\r\n".encode()
        call.headers["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
        self._pack(call)
        return call

    def _pack(self, call: Call) -> None:
        coding = self.draw.choice(("", *PACKING))
        if coding:
            call.content = PACKING[coding](call.content)
            call.headers = call.headers | {"Content-Encoding": coding}

    def _send_feedback(self, feedback: Feedback) -> None:
        body, after = self._feedback(feedback), self._of(feedback.project)
        url = self.draw.choice(("/api/v1/feedback", "/feedback", "/api/v1/feedback/eager"))
        again = (200,) if _is_constant(feedback) else ()
        self._change(feedback, self._call("POST", url, body, (200,), again, after))

    def _change(self, feedback: Feedback, made: Call) -> None:
        if feedback.at_first is not None:
            change = {name: getattr(feedback, name) for name in feedback.at_first}
            url, after = f"/api/v1/feedback/{feedback.id}", [made]
            if feedback.run is not None:  # before that it is nobody's
                after += self._sends(feedback.run)
            self._call("PATCH", url, change, (200,), (200,), after)

    def _feedback(self, feedback: Feedback) -> Json:
        body: Json = {
            "id": feedback.id,
            "key": feedback.key,
            "score": feedback.score,
            "value": feedback.value,
            "comment": feedback.comment,
            "correction": feedback.correction,
            "feedback_source": feedback.source,
            **(feedback.at_first or {}),
        }
        if feedback.run is not None:
            body |= {"run_id": feedback.run.id, "trace_id": feedback.run.trace}
        if feedback.project is not None:
            body["session_id"] = feedback.project.id
        elif self._is(0.1):  # the run's own counts, once it is there
            body["session_id"] = next(iter(self.world.projects)).id
        for name, time in (("created_at", feedback.created), ("modified_at", feedback.modified)):
            if time is not None:
                body[name] = iso(time)
        return body

    def _feedback_part(self, feedback: Feedback) -> tuple[str, bytes, str]:
        return (
            f"feedback.{feedback.id}",
            json.dumps(self._feedback(feedback)).encode(),
            "application/json",
        )

    # What is shared, and what is taken back.

    def _sends(self, run: Run) -> list[Call]:
        """All requests with something of the run, or of those above whose place it may wait for."""
        return [call for each in (*run.above, run.id) for call in self.of_runs.get(each, ())]

    def _share(self) -> None:
        for run in self.world.seen:
            if run.share_token is not None:
                body = {"run_id": run.id, "share_token": run.share_token}
                after = self._sends(run)
                self._call("PUT", f"/runs/{run.id}/share", body, (200,), (200,), after)

    def _make_and_delete(self) -> None:
        """Make what is not of the world, and take it back."""
        world = self.world
        passing = Project(world.new_id(), "passing", world.projects[0].start)
        body = {"id": passing.id, "name": passing.name}
        made = self._call("POST", "/api/v1/sessions", body, (200,))
        roots = [world.new_run(None, passing) for _ in range(3)]
        last: list[Call] = [made]
        for run in roots:
            fields = self._place(run) | {"id": run.id, "name": run.name, "run_type": run.run_type}
            fields |= {"session_id": passing.id, "start_time": iso(run.start)}
            last.append(self._call("POST", "/runs", fields, (202,), (), [made]))
            judgement = {"key": "helpful", "score": 1, "run_id": run.id}
            last.append(self._call("POST", "/feedback", judgement, (200,), (), last[-1:]))
        self._call("DELETE", f"/api/v1/sessions/{passing.id}", None, (200,), (404,), last)
        self._take_back_a_trace()
        dataset = world.datasets[1]
        dataset = world.datasets[1]
        example = {"id": world.new_id(), "dataset_id": dataset.id, "inputs": {"a": 1}}
        made = self._call("POST", "/api/v1/examples", example, (200,), (), [self.made[id(dataset)]])
        url = f"/api/v1/examples/{example['id']}"
        self._call("DELETE", url, None, (200,), (404,), [made])
        run = world.seen[0]
        feedback = {"id": world.new_id(), "key": "k", "score": 1, "run_id": run.id}
        made = self._call("POST", "/api/v1/feedback", feedback, (200,), (), self._sends(run))
        url = f"/api/v1/feedback/{feedback['id']}"
        self._call("DELETE", url, None, (200,), (404,), [made])

    def _take_back_a_trace(self) -> None:
        world = self.world
        root = world.new_run(None, world.projects[0])
        calls = self._of(*world.projects)
        for run in (root, world.new_run(root, world.projects[0])):
            fields = self._place(run) | {"id": run.id, "name": run.name, "run_type": run.run_type}
            fields |= {"session_id": run.project.id, "start_time": iso(run.start), **run.said}
            calls.append(self._call("POST", "/runs", fields, (202,), (), calls[:]))
            judgement = {"key": "helpful", "score": 1, "run_id": run.id}
            calls.append(self._call("POST", "/feedback", judgement, (200,), (), calls[-1:]))
        body = {"trace_ids": [root.id]}
        self._call("POST", "/api/v1/runs/delete", body, (200,), (200,), calls)
