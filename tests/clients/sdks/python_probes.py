"""Calls the methods of an installed LangSmith SDK, one after the other, as its users do.

Runs in a client's environment, not in ours: `python -m tests.clients.sdks.python_probes`, with the
ids of `asked.py` as JSON on standard input. Address and key are in LANGSMITH_ENDPOINT and
LANGSMITH_API_KEY, and nothing else is told to a client; LOCUM_URL is where the journal is read.
Prints a JSON line with the names of all its methods, and one for each call: what came back, as
plain values with the name of its type, or what was raised; which requests the server had of it;
what the client logged and warned of.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import decimal
import enum
import json
import logging
import os
import signal
import sys
import time
import urllib.request
import uuid
import warnings
from collections.abc import Mapping
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import langsmith
import pydantic
from langsmith import AsyncClient, Client

from tests.clients.sdks import python_calls, python_methods
from tests.clients.sdks.python_changes import Call, settled

SERVER = os.environ["LOCUM_URL"]
_LONGEST = 30  # seconds of a call; one that is retried again and again is ended then


class TooLong(BaseException):
    """A call was ended. No Exception: clients would take it for a failure to try again after."""


def client_of(kind: str) -> Any:
    """A new client. The generated ones take no address from LANGSMITH_ENDPOINT."""
    if kind == "Client":
        return Client()
    if kind == "AsyncClient":
        return AsyncClient()
    # 0.9.2 keeps its generated clients to itself.
    public = hasattr(langsmith, "Langsmith")
    generated = langsmith if public else import_module("langsmith._openapi_client")
    return getattr(generated, kind)(base_url=SERVER, api_key=os.environ["LANGSMITH_API_KEY"])


class Heard(logging.Handler):
    """What was logged: warnings of all, and the retries that the SDK tells as information."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if record.levelno >= logging.WARNING or "retry" in message.lower():
            self.lines.append(f"{record.name}: {message}")


async def answered(kind: str, call: Call, asked: SimpleNamespace) -> Any:
    """What the call of a new client returns, when all that it sent has been answered."""
    client = client_of(kind)
    try:
        return await settled(call(client, asked))
    finally:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=10)
        if kind == "Client":
            client.flush()
            client.close()
        elif kind == "AsyncClient":
            await client.aclose()
        else:
            await settled(client.close())


def plain(value: Any) -> Any:
    """The value as JSON has it: a model with its "type()", a duration as {"microseconds": n}."""
    if isinstance(value, pydantic.BaseModel):
        known = [*type(value).model_fields, *(value.model_extra or {})]
        return {"type()": type(value).__name__, **{n: plain(getattr(value, n)) for n in known}}
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return {"microseconds": value // dt.timedelta(microseconds=1)}
    if isinstance(value, decimal.Decimal | uuid.UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def type_of(value: Any) -> str:
    if isinstance(value, list):
        return f"list of {type(value[0]).__name__}" if value else "list"
    return type(value).__name__


def requests_of_this_call() -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{SERVER}/__locum/journal") as answer:
        entries = json.load(answer)["requests"]
    with urllib.request.urlopen(urllib.request.Request(f"{SERVER}/__locum/reset", method="POST")):
        pass
    shown = ("method", "path", "operation", "status", "reason")
    return [{name: entry[name] for name in shown} for entry in entries]


# One loop for all calls: what a client leaves to it is done with the next.
RUNNER = asyncio.Runner()


def probed(kind: str, call: Call, asked: SimpleNamespace, heard: Heard) -> Any:
    """What became of one call, but its names."""
    heard.lines.clear()
    value = error = None
    began = time.perf_counter()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ResourceWarning)  # of its own sockets, not of the server
        signal.setitimer(signal.ITIMER_REAL, _LONGEST, 1)
        try:
            value = RUNNER.run(answered(kind, call, asked))
        except (Exception, TooLong) as raised:  # noqa: BLE001 - what a client raises is what is told
            error = f"{type(raised).__name__}: {raised}"
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    return {
        "seconds": time.perf_counter() - began,
        "type": type_of(value),
        "value": plain(value),
        "error": error,
        "requests": requests_of_this_call(),
        "log": list(heard.lines),
        "warnings": sorted({f"{w.category.__name__}: {w.message}" for w in warned}),
    }


def too_long(*_: object) -> None:
    raise TooLong(f"not done after {_LONGEST} s")


def listening() -> Heard:
    """What is logged from now on; calls that are too long are ended."""
    signal.signal(signal.SIGALRM, too_long)
    heard = Heard()
    logging.getLogger().addHandler(heard)
    logging.getLogger("langsmith").setLevel(logging.INFO)
    requests_of_this_call()
    return heard


def main() -> None:
    asked = SimpleNamespace(**json.load(sys.stdin))
    heard = listening()
    output, sys.stdout = sys.stdout, sys.stderr  # where evaluate() says what it does
    output.write(json.dumps(python_methods.methods()) + "\n")
    calls = python_calls.newest() if hasattr(langsmith, "Langsmith") else python_calls.older()
    for kind, probes in calls.items():
        for method, expected, call in probes:
            if asked.only and method not in asked.only:
                continue
            line = {"client": kind, "method": method, "expected": expected}
            line |= probed(kind, call, asked, heard)
            output.write(json.dumps(line) + "\n")
            output.flush()


if __name__ == "__main__":
    main()
