"""Runs as spans of OpenTelemetry, in OTLP's JSON, by attributes that ../semantics/otel.md maps: of
each field by any of several."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.oracles.sent_things import DEFAULT, Json, Run
from tests.oracles.sent_world import World

EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
INPUTS = ("gen_ai.prompt", "input.value", "traceloop.entity.input")
OUTPUTS = ("gen_ai.completion", "output.value", "traceloop.entity.output")
FLAT_TOKENS = {
    "input_tokens": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
    "output_tokens": ("gen_ai.usage.output_tokens", "llm.token_count.completion"),
    "total_tokens": ("gen_ai.usage.total_tokens", "llm.token_count.total"),
}
FLAT_COSTS = {
    "input_cost": "llm.cost.prompt",
    "output_cost": "llm.cost.completion",
    "total_cost": "llm.cost.total",
}
ERROR, OK = 2, 1


def span_of(run: Run, world: World, chance: Random, header: str) -> Json:
    """Return the span of a run; `header` is the project that its request names, "" for none."""
    return _Telling(run, world, chance, header).span()


def waits(run: Run, world: World) -> bool:
    """Whether a run above never comes: then a span must say itself where it stands."""
    lost = {each.id for each in world.runs if each.is_lost}
    return not lost.isdisjoint(run.above)


class _Telling:
    def __init__(self, run: Run, world: World, chance: Random, header: str) -> None:
        assert run.span is not None
        self.run, self.its, self.world = run, run.span, world
        self.chance, self.header = chance, header
        self.attributes: dict[str, Any] = {}

    def _is(self, share: float) -> bool:
        return self.chance.random() < share

    def span(self) -> Json:
        self._tell_project()
        self._tell_description()
        self._tell_contents()
        self._tell_metadata()
        if self.its.usage is not None:
            self._tell_usage(self.its.usage)
        span: Json = {
            "traceId": self.its.trace_id.hex(),
            "spanId": self.its.span_id.hex(),
            "name": self.run.name,
            "startTimeUnixNano": self._nanoseconds(self.run.start),
            "events": [self._event(each) for each in self.run.said["events"]],
        }
        if self.run.end is not None:
            span["endTimeUnixNano"] = self._nanoseconds(self.run.end, 999)
        self._tell_place(span)
        self._tell_error(span)
        span["attributes"] = _attributes(self.attributes)
        return span

    def _nanoseconds(self, time: datetime, least: int = 0) -> str:
        """What is finer than a microsecond is cut."""
        microseconds = (time - EPOCH) // timedelta(microseconds=1)
        return str(microseconds * 1000 + self.chance.choice((least, 999)))

    def _tell_place(self, span: Json) -> None:
        run, parent = self.run, self.run.parent
        if run.id != self.its.run_id:
            self.attributes["langsmith.span.id"] = run.id
        is_told = not run.is_derived or waits(run, self.world) or self._is(0.2)
        if is_told:
            self.attributes["langsmith.span.dotted_order"] = run.order
        if self.its.parent_id:
            span["parentSpanId"] = self.its.parent_id.hex()
        elif parent is not None and not is_told:
            self.attributes["langsmith.span.parent_id"] = parent
            if self._is(0.5):
                self.attributes["langsmith.trace.id"] = run.trace

    def _tell_project(self) -> None:
        project, by = self.run.project, self.run.names_project_by
        if project.name == (self.header or DEFAULT) and by != "id" and self._is(0.5):
            return
        if by == "id":
            self.attributes["langsmith.trace.session_id"] = project.id
        else:
            self.attributes["langsmith.trace.session_name"] = project.name

    def _tell_description(self) -> None:
        run = self.run
        if self._is(0.5):
            self.attributes["langsmith.trace.name"] = run.name
        kind = run.run_type
        self.attributes["langsmith.span.kind"] = kind.upper() if self._is(0.5) else kind
        tags = run.said["tags"]
        if tags or self._is(0.2):
            told: Any = ", ".join(tags) if self._is(0.5) else tags
            self.attributes["langsmith.span.tags"] = told
        if run.example is not None:
            self.attributes["langsmith.reference_example_id"] = run.example
        if run.attachments:
            self.attributes["langsmith.attachments"] = json.dumps(
                [
                    {
                        "name": name,
                        "content": b64encode(content).decode(),
                        "mime_type": mime_type,
                    }
                    for name, (mime_type, content) in run.attachments.items()
                ]
            )

    def _tell_contents(self) -> None:
        said = self.run.said
        self._tell_whole(INPUTS, said["inputs"])
        outputs = self.its.outputs_at_first or said.get("outputs")
        if outputs is not None:
            self._tell_whole(OUTPUTS, outputs)
        if "runtime" in said:
            self.attributes["langsmith.span.runtime"] = json.dumps(said["runtime"])
        if "invocation_params" in said["extra"]:
            parameters = said["extra"]["invocation_params"]
            self.attributes["llm.invocation_parameters"] = json.dumps(parameters)

    def _tell_whole(self, names: tuple[str, ...], value: Json) -> None:
        """By an attribute, and perhaps by one that counts less."""
        first = self.chance.randrange(len(names))
        self.attributes[names[first]] = json.dumps(value, ensure_ascii=False)
        if first == 0 and self._is(0.2):
            self.attributes[names[1]] = json.dumps({"text": "counts less"})

    def _tell_metadata(self) -> None:
        for name, value in self.run.said["metadata"].items():
            if name != "service.name":  # which is the resource's
                told = json.dumps(value) if isinstance(value, dict) else value
                self.attributes[f"langsmith.metadata.{name}"] = told

    def _tell_usage(self, usage: Json) -> None:
        """By attributes of the conventions where they can say all of it, else whole."""
        is_flat = self.run.run_type in ("llm", "embedding") and "input_tokens" in usage
        is_flat = is_flat and not any(name.endswith("cost_details") for name in usage)
        if not is_flat or self._is(0.3):
            self.attributes["langsmith.usage_metadata"] = json.dumps(usage)
            if is_flat and self._is(0.5):
                self.attributes["gen_ai.usage.input_tokens"] = 12_345  # which counts no more
            return
        for name, sources in FLAT_TOKENS.items():
            if name in usage:
                told: Any = usage[name]
                self.attributes[self.chance.choice(sources)] = str(told) if self._is(0.2) else told
        for name in ("input_token_details", "output_token_details"):
            if usage.get(name):
                self.attributes[f"gen_ai.usage.{name}"] = json.dumps(usage[name])
        for name, source in FLAT_COSTS.items():
            if name in usage:
                self.attributes[source] = usage[name]

    def _tell_error(self, span: Json) -> None:
        error = self.run.said.get("error")
        if error is None:
            if self._is(0.5):
                span["status"] = {"code": OK}
            return
        if self._is(0.5):
            span["status"] = {"code": ERROR, "message": error}
            return
        attributes = _attributes({"exception.type": "Error", "exception.message": error})
        time = self._nanoseconds(self.run.start)
        span["events"].append({"name": "exception", "timeUnixNano": time, "attributes": attributes})
        if self._is(0.5):
            span["status"] = {"code": self.chance.choice((OK, ERROR)), "message": "counts less"}

    def _event(self, event: Json) -> Json:
        time = datetime.fromisoformat(event["time"])
        return {
            "name": event["name"],
            "timeUnixNano": self._nanoseconds(time),
            "attributes": _attributes(event["kwargs"]),
        }


def request(spans: list[Json], chance: Random) -> Json:
    """Return a request of spans, all of one service, in one or several groups."""
    chance.shuffle(spans)
    cut = chance.randrange(len(spans) + 1)
    resource = {"attributes": _attributes({"service.name": "shop"})}
    return {
        "resourceSpans": [
            {"resource": resource, "scopeSpans": [{"spans": few}]}
            for few in (spans[:cut], spans[cut:])
            if few
        ]
    }


def _attributes(values: dict[str, Any]) -> list[Json]:
    return [{"key": name, "value": _value(value)} for name, value in values.items()]


def _value(value: Any) -> Json:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case list():
            return {"arrayValue": {"values": [_value(each) for each in value]}}
        case dict():
            pairs = _attributes(value)
            return {"kvlistValue": {"values": pairs}}
    return {"stringValue": str(value)}
