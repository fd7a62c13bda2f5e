"""What SDKs write, sent by themselves to a server: packed and plain, in parts and as JSON, it comes
to payloads that have all that was written."""

from __future__ import annotations

import base64
import json
import os
import urllib.request
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.clients.sdks import environments
from tests.clients.sdks.run import NEWEST, NODE, OLDER
from tests.clients.sdks.serving import printed, served

HERE = Path(__file__).parent
TEXT = "größer als 1 €, 😀"
FILES = {"note": ("text/plain", TEXT.encode()), "image": ("image/png", bytes(range(256)))}

# By what the server says of itself, which way a client sends: (client, flags, way, coding).
WAYS: list[tuple[str, dict[str, bool], str, str | None]] = [
    (NEWEST, {"zstd_compression_enabled": True}, "multipart", "zstd"),
    (OLDER, {}, "multipart", None),
    (OLDER, {"use_multipart_endpoint": False}, "batch", None),
    (NODE, {"gzip_body_enabled": True}, "multipart", "gzip"),
    (NODE, {}, "multipart", None),
    (NODE, {"use_multipart_endpoint": False}, "batch", None),
]


def kept_of(client: str, flags: dict[str, bool], folder: Path) -> tuple[dict[str, str], list[Any]]:
    """The ids of the runs that the client has written, and what the server has kept of them."""
    try:
        if client == NODE:
            command = ["node", str(HERE / "node_writes.mjs"), str(environments.node())]
        else:
            command = [str(environments.python(client)), "-m", "tests.clients.sdks.python_writes"]
    except environments.Unavailable as reason:
        if "CI" in os.environ:
            raise
        pytest.skip(f"not installed: {reason}")
    options = ("--provider", "helicone", "--provider", str(HERE / "keeper.py"))
    with served(folder, "tiny", *options, KEEPER_FLAGS=json.dumps(flags)) as url:
        (line,) = printed(command, url)
        with urllib.request.urlopen(f"{url}/kept") as answer:
            return json.loads(line), json.load(answer)


@pytest.mark.parametrize(
    ("client", "flags", "way", "coding"),
    WAYS,
    ids=[f"{client}-{way}-{coding}" for client, _, way, coding in WAYS],
)
def test_all_that_a_client_writes_arrives(
    tmp_path: Path, client: str, flags: dict[str, bool], way: str, coding: str | None
) -> None:
    ids, kept = kept_of(client, flags, tmp_path)
    assert {each["coding"] for each in kept if each["how"] == way} == {coding}
    assert {each["how"] for each in kept} <= {way, "run"}

    runs: dict[str, dict[str, Any]] = defaultdict(dict)
    for kind in ("post", "patch"):  # what an update says counts
        for payload in (payload for each in kept for payload in each["payloads"]):
            if payload["kind"] == kind:
                told = {
                    name: value for name, value in payload["fields"].items() if value is not None
                }
                runs[payload["id"]] |= told
    assert {run["name"]: run_id for run_id, run in runs.items()} == {
        name: ids[name] for name in ("root", "llm", "tool", "alone")
    }
    root, llm, tool, alone = (runs[ids[name]] for name in ("root", "llm", "tool", "alone"))
    assert root["inputs"] == {"q": TEXT}
    assert root["outputs"] == {"a": [1, 2.5, None, True]}
    assert root["extra"]["metadata"]["thread_id"] == "a"
    assert root["extra"]["metadata"]["usage_metadata"] == {"input_tokens": 1}
    assert (llm["run_type"], llm["tags"], llm["inputs"]) == ("llm", ["x"], {"messages": [TEXT]})
    assert llm["outputs"] == {"usage_metadata": {"input_tokens": 1, "output_tokens": 2}}
    assert [event["name"] for event in llm["events"]] == ["new_token"]
    assert TEXT in tool["error"]
    assert (alone["inputs"], alone["outputs"]) == ({"a": 1}, {"b": 2})
    for run in (root, llm, tool):
        assert run["trace_id"] == ids["root"]
        assert run["dotted_order"].endswith(run["id"])

    if way == "batch":  # which has neither feedback nor files
        return
    (feedback,) = (feedback for each in kept for feedback in each["feedback"])
    assert (feedback["run_id"], feedback["trace_id"]) == (ids["root"], ids["root"])
    assert (feedback["key"], feedback["score"], feedback["comment"]) == ("k", 0.5, TEXT)
    attached = {
        each["name"]: (each["media_type"], base64.b64decode(each["content"]))
        for one in kept
        for each in one["attachments"]
        if each["run_id"] == ids["root"]
    }
    assert attached == FILES
