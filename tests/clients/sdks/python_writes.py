"""Writes runs by an installed LangSmith SDK as its users do: `python -m …python_writes`, in a
client's environment, with address and key as `python_probes.py` has them.

Prints a JSON line: the ids of the runs by their names.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import uuid

from langsmith import Client, trace

client = Client()
NOW = dt.datetime.now(dt.UTC)
TEXT = "größer als 1 €, 😀"

metadata = {"thread_id": "a", "usage_metadata": {"input_tokens": 1}}
files = {"note": ("text/plain", TEXT.encode()), "image": ("image/png", bytes(range(256)))}
with trace(
    "root", "chain", inputs={"q": TEXT}, metadata=metadata, attachments=files, client=client
) as root:
    with trace("llm", "llm", inputs={"messages": [TEXT]}, tags=["x"], parent=root) as llm:
        llm.add_event({"name": "new_token", "time": NOW.isoformat()})
        llm.end(outputs={"usage_metadata": {"input_tokens": 1, "output_tokens": 2}})
    try:
        with trace("tool", "tool", inputs={}, parent=root) as tool:
            raise ValueError(TEXT)  # noqa: TRY301 - what users' code does
    except ValueError:
        pass
    root.end(outputs={"a": [1, 2.5, None, True]})
client.create_feedback(root.id, key="k", score=0.5, trace_id=root.id, comment=TEXT)

# Without its place a run is sent by itself.
alone = uuid.uuid4()
client.create_run("alone", {"a": 1}, "tool", id=alone, start_time=NOW)
client.update_run(alone, outputs={"b": 2}, end_time=NOW)
client.flush()

ids = {"root": root.id, "llm": llm.id, "tool": tool.id, "alone": alone}
sys.stdout.write(json.dumps({name: str(each) for name, each in ids.items()}) + "\n")
