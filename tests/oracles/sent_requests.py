"""The requests by which a world comes to a server, by every way in, in random order: with repeated
requests, updates before creates, children before their parents, feedback before its run.

A request is sent after those that it needs: a project or dataset must be there before it is
referred to by its id, an update that does not say in which trace its run is comes after the
create, and what is changed, shared or taken back was made before.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Literal

from attrs import define

from tests.oracles.otlp import in_protobuf
from tests.oracles.sent_beside import Beside
from tests.oracles.sent_calls import Call, Part
from tests.oracles.sent_payloads import Told, ended, shaped, told
from tests.oracles.sent_spans import request, span_of
from tests.oracles.sent_things import Feedback, Json, Project, Run, iso
from tests.oracles.sent_world import World

Way = Literal["alone", "batch", "multipart"]
Kind = Literal["post", "patch"]

WAYS: tuple[Way, ...] = ("alone", "batch", "multipart")
OWN_PARTS = ("inputs", "outputs", "events", "error", "extra", "serialized")


def _is_constant(feedback: Feedback) -> bool:
    """Whether it may be sent again: nothing of it is the server's to give, or changes later."""
    return feedback.created is not None and feedback.modified is not None


@define(eq=False)
class _Payload:
    kind: Kind
    run: Run
    fields: Json  # without its place
    after: list[Call]


class Sending(Beside):
    """The requests of a world."""

    def __init__(self, world: World, seed: str, ways: Sequence[Way] = WAYS) -> None:
        draw = Random(f"{seed} {world.tenant}")  # noqa: S311 - not for secrets
        super().__init__(world, draw)
        self.ways = ways
        self.of_runs: dict[str, list[Call]] = {}  # by the id of the run
        self._send_runs()
        self._change_feedback()
        self._share()
        self._make_and_delete()

    # Runs and feedback.

    def _send_runs(self) -> None:
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
        self._send_together(payloads)

    def _send_together(self, payloads: Mapping[Way, list[_Payload]]) -> None:
        """Send what does not come alone, and feedback among it or by itself."""
        feedback = list(self.world.feedback)
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
        parts: list[Part] = []
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
        after += self._of(*self.world.projects) if feedback else []
        is_constant = all(_is_constant(each) for each in feedback)
        again = (202, 409) if is_constant else ()
        statuses = (202, 409) if attached else (202,)
        call = self._form("/runs/multipart", parts, statuses, again, after)
        for each in payloads:
            self.of_runs.setdefault(each.run.id, []).append(call)
        for judgement in feedback:
            self.made[id(judgement)] = call

    def _has_files(self, run: Run) -> bool:
        """Whether files come with the parts of the run."""
        return bool(run.attachments) and not run.is_in_file and run.span is None

    def _parts(self, payload: _Payload) -> Iterator[Part]:
        whole, name = self._whole(payload), f"{payload.kind}.{payload.run.id}"
        for own in OWN_PARTS:
            if whole.get(own) is not None and self._is(0.7):
                yield f"{name}.{own}", json.dumps(whole.pop(own)).encode(), "application/json"
                if self._is(0.2):
                    whole[own] = {"overridden": True} if own != "events" else []
        yield name, json.dumps(whole).encode(), "application/json"

    def _send_feedback(self, feedback: Feedback) -> None:
        body, after = self._feedback(feedback), self._of(*self.world.projects)
        url = self.draw.choice(("/api/v1/feedback", "/feedback", "/api/v1/feedback/eager"))
        again = (200,) if _is_constant(feedback) else ()
        self.made[id(feedback)] = self._call("POST", url, body, (200,), again, after)

    def _change_feedback(self) -> None:
        for feedback in self.world.feedback:
            if feedback.at_first is None:
                continue
            change = {name: getattr(feedback, name) for name in feedback.at_first}
            url, after = f"/api/v1/feedback/{feedback.id}", [self.made[id(feedback)]]
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
        elif feedback.run is not None and not feedback.run.is_lost and self._is(0.1):
            # The run's own counts, once it is there.
            body["session_id"] = next(iter(self.world.projects)).id
        for name, time in (("created_at", feedback.created), ("modified_at", feedback.modified)):
            if time is not None:
                body[name] = iso(time)
        return body

    def _feedback_part(self, feedback: Feedback) -> Part:
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
        """Make what is not of the world, and take it back: runs that are lost, too."""
        world = self.world
        self._share_for_a_while()
        passing = Project(world.new_id(), "passing", world.projects[0].start)
        body = {"id": passing.id, "name": passing.name}
        made = self._call("POST", "/api/v1/sessions", body, (200,))
        judged = {each.run for each in world.feedback}
        lost = [run for run in world.runs if run.is_lost and run not in judged]
        runs = [world.new_run(None, passing) for _ in range(3)]
        runs += [world.new_run(each, passing) for each in self.draw.sample(world.seen, 3)]
        last: list[Call] = [made]
        for run in [*runs, *lost]:
            fields = self._place(run) | {"id": run.id, "session_id": passing.id} | self._all(run)
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

    def _share_for_a_while(self) -> None:
        for run in self.world.seen:
            if run.parent is None and run.project.id is not None and run.share_token is None:
                url, project = f"/v2/runs/{run.id}/share", {"session_id": run.project.id}
                body = project | {"trace_id": run.id}
                shared = self._call("POST", url, body, (200,), (), self._sends(run))
                self._call("DELETE", url, project, (204,), (), [shared])
                return

    def _all(self, run: Run) -> Json:
        """What a run says, all at once."""
        told = {"name": run.name, "run_type": run.run_type, "start_time": iso(run.start)}
        return shaped({**told, **run.said})

    def _take_back_a_trace(self) -> None:
        world = self.world
        root = world.new_run(None, world.projects[0])
        calls = self._of(*world.projects)
        for run in (root, world.new_run(root, world.projects[0])):
            fields = self._place(run) | {"id": run.id, "session_id": run.project.id}
            fields |= self._all(run)
            calls.append(self._call("POST", "/runs", fields, (202,), (), calls[:]))
            judgement = {"key": "helpful", "score": 1, "run_id": run.id}
            calls.append(self._call("POST", "/feedback", judgement, (200,), (), calls[-1:]))
        body = {"trace_ids": [root.id]}
        self._call("POST", "/api/v1/runs/delete", body, (200,), (200,), calls)
