"""Helicone's operations that write: the writer of each, by its operationId."""

from __future__ import annotations

from functools import partial

from locum.helicone.ingestion.answers import MOST_BYTES, PROVIDERS
from locum.helicone.writing import logs, said, sessions
from locum.provider import Writer

_SPANS = ("LogTrace", "LogPythonTrace")

WRITERS: dict[str, Writer] = {
    # logs
    **{name: partial(logs.worker_log, provider=provider) for name, provider in PROVIDERS.items()},
    "LogCustomTrace": logs.jawn_log,
    "LogCustomTraceLegacy": logs.jawn_log,
    "LogCustomTraceTyped": logs.typed_log,
    **{name: partial(logs.spans, operation=name) for name in _SPANS},
    # requests
    "WorkerFeedback": said.worker_feedback,
    "FeedbackRequest": said.request_feedback,
    "AddScores": said.scores,
    "PutProperty": said.put_property,
    # sessions
    "UpdateSessionTag": sessions.tag,
    "UpdateSessionFeedback": sessions.feedback,
}
LOGS = (*PROVIDERS, "LogCustomTrace", "LogCustomTraceLegacy", "LogCustomTraceTyped", *_SPANS)
RAW = (*LOGS, "WorkerFeedback")
"""Those whose body is read as it was sent: what is wrong with it is told in words of their own."""
BODY_LIMITS = dict.fromkeys(LOGS, MOST_BYTES)
