"""Logs calls by the installed helicone-helpers as its users do, in a client's environment, with the
server's address in LOCUM_URL and a key in LANGSMITH_API_KEY.

What it complains of it prints itself. The id of each call is that of its place.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

from helicone_helpers import HeliconeManualLogger

ASKED = {"model": "pebble-7b", "messages": [{"role": "user", "content": "Which pier? ä€"}]}
SAID: dict[str, Any] = {
    "model": "pebble-7b-0926",
    "choices": [],
    "usage": {"prompt_tokens": 18, "completion_tokens": 5},
}
logger = HeliconeManualLogger(
    api_key=os.environ["LANGSMITH_API_KEY"],
    headers={"Helicone-Property-Client": "pypi", "Helicone-Session-Id": "pypi-1"},
    logging_endpoint=os.environ["LOCUM_URL"],
)


def id_of(place: str) -> dict[str, str]:
    return {"Helicone-Request-Id": f"7f1c000{place}-3a2b-4c5d-8e6f-7a8b9c0d1e2f"}


def answered(recorder: Any) -> None:
    recorder.append_results(SAID)


for place, provider in (("1", None), ("2", "openai"), ("3", "anthropic")):
    logger.log_request(ASKED, answered, id_of(place), provider)
builder = logger.log_builder({**ASKED, "stream": True}, id_of("a"))
builder.add_chunk({**SAID, "object": "chat.completion.chunk"})
asyncio.run(builder.send_log())
tool = {"_type": "tool", "toolName": "tide_table", "input": {"port": "Mossbay"}}
logger.log_request(tool, answered, id_of("e"))
