"""Traces an application by OpenTelemetry's SDK and its exporter over HTTP, as its users do, in an
environment with both: no LangSmith, but its address and key.

Prints the lines of `python_traced.py`, but evaluates nothing, and gives no feedback. Costs are not
told.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from tests.clients.sdks import python_probes

PROJECT, TURNS, FAILING = "application", 12, 7

provider = TracerProvider(resource=Resource.create({"service.name": "support"}))
provider.add_span_processor(
    BatchSpanProcessor(
        OTLPSpanExporter(
            endpoint=f"{os.environ['LANGSMITH_ENDPOINT']}/otel/v1/traces",
            headers={
                "x-api-key": os.environ["LANGSMITH_API_KEY"],
                "Langsmith-Project": PROJECT,
            },
        )
    )
)
tracer = provider.get_tracer("support")


def message(role: str, text: str) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]}])


def model(number: int) -> str:
    """A model's call, by the semantic conventions of generative AI."""
    asked = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.input.messages": message("user", str(number)),
    }
    with tracer.start_as_current_span("model", attributes=asked) as span:
        time.sleep(0.02)
        if number == FAILING:
            raise ValueError("no answer")
        span.set_attributes(
            {
                "gen_ai.output.messages": message("assistant", f"answer {number}"),
                "gen_ai.usage.input_tokens": 100 + number,
                "gen_ai.usage.output_tokens": 10,
                "gen_ai.usage.cache_read.input_tokens": 4,
            }
        )
        return f"answer {number}"


def search(number: int) -> str:
    asked = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search"}
    with tracer.start_as_current_span("search", attributes=asked):
        return model(number)


def turn(number: int) -> str:
    """A turn; the run of its span has the span's id, with zeros before it."""
    asked = {
        "gen_ai.operation.name": "invoke_agent",
        "langsmith.metadata.thread_id": f"thread {number % 3}",
    }
    with tracer.start_as_current_span("turn", attributes=asked) as span:
        turns.append(run_id(span.get_span_context().span_id))
        return search(number)


def run_id(span_id: int) -> str:
    digits = f"{span_id:016x}"
    return f"00000000-0000-0000-{digits[:4]}-{digits[4:]}"


turns: list[str] = []


def main() -> None:
    heard = python_probes.listening()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ResourceWarning)
        for number in range(TURNS):
            try:
                turn(number)
            except ValueError:
                assert number == FAILING
        assert provider.force_flush()
        made: dict[str, Any] = {"turns": turns, "flushed": time.time()}
        sys.stdout.write(json.dumps(made) + "\n")
        sys.stdout.flush()
        provider.shutdown()
    told = [f"{each.category.__name__}: {each.message}" for each in warned]
    sys.stdout.write(json.dumps({"log": heard.lines, "warnings": told}) + "\n")


if __name__ == "__main__":
    main()
