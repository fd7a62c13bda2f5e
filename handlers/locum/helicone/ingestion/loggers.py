"""Helicone's logging servers: which there are, and how large a log may be."""

from __future__ import annotations

MOST_LOG = 10 * 1024 * 1024  # units of UTF-16 of a log's JSON text, as JavaScript writes it
# Bytes of a body, which may have blanks, and several for a character.
MOST_BYTES = 4 * MOST_LOG

# The providers of the logging servers, by the names of the operations.
PROVIDERS = {
    "WorkerLogCustom": "CUSTOM",
    "WorkerLogOpenAI": "OPENAI",
    "WorkerLogAnthropic": "ANTHROPIC",
    "WorkerLogGoogle": "GOOGLE",
}
