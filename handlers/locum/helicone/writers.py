"""Helicone's operations that write: the writer of each, by its operationId."""

from __future__ import annotations

from functools import partial

from locum.helicone.ingestion.loggers import MOST_BYTES, PROVIDERS
from locum.provider import Writer
from locum.provider_code import Late

_SPANS = ("LogTrace", "LogPythonTrace")


def _late(module: str, name: str) -> Late:
    return Late(f"locum.helicone.writing.{module}", name)


WRITERS: dict[str, Writer] = {
    # logs
    **{
        name: partial(_late("logs", "worker_log"), provider=provider)
        for name, provider in PROVIDERS.items()
    },
    "LogCustomTrace": _late("logs", "jawn_log"),
    "LogCustomTraceLegacy": _late("logs", "jawn_log"),
    "LogCustomTraceTyped": _late("logs", "typed_log"),
    **{name: partial(_late("logs", "spans"), operation=name) for name in _SPANS},
    # requests
    "WorkerFeedback": _late("said", "worker_feedback"),
    "FeedbackRequest": _late("said", "request_feedback"),
    "AddScores": _late("said", "scores"),
    "PutProperty": _late("said", "put_property"),
    # sessions
    "UpdateSessionTag": _late("sessions", "tag"),
    "UpdateSessionFeedback": _late("sessions", "feedback"),
}
LOGS = (*PROVIDERS, "LogCustomTrace", "LogCustomTraceLegacy", "LogCustomTraceTyped", *_SPANS)
RAW = (*LOGS, "WorkerFeedback")
"""Those whose body is read as it was sent: what is wrong with it is told in words of their own."""
BODY_LIMITS = dict.fromkeys(LOGS, MOST_BYTES)
