"""What was answered to a call, from the JSON, the text or the stream that a log has of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from locum.helicone.ingestion import json_texts, streams

_CANCELLED = -3  # the status of a stream that the caller did not read to its end
_HTML = ("<html", "<!doctype html", "<body", "<head", "<?xml")  # how what is no answer begins


@frozen
class Response:
    """What was answered: the value that is kept of it, what reports its usage, and whether it tells
    of an error in the midst of it, as only a stream of Anthropic's does."""

    body: Any
    reported: Mapping[str, Any]
    has_failed: bool = False


def read(
    found: Mapping[str, Any], *, streamed: bool, anthropic: bool, joins_streams: bool = False
) -> Response:
    """Return what a log's `providerResponse` says: its text where that is not empty, else JSON.

    `anthropic` says whether a stream is Anthropic's. With `joins_streams` the chunks that JSON has
    as streamed_data are joined into one line, as the vendor's logging servers do, which then can be
    read of one chunk only. What JavaScript takes for false is told of as what is no JSON.
    """
    text, value = found.get("textBody"), found.get("json")
    if not (isinstance(text, str) and text):
        parts = value.get("streamed_data") if isinstance(value, dict) else None
        if not (joins_streams and isinstance(parts, list)):
            return _of_value(value)
        text = "".join(f"data: {json_texts.written(part)}" for part in parts)
    if streamed and found.get("status") == _CANCELLED:
        text = text.rpartition("\n")[0]  # its last line may be half a chunk
    if not text:
        return Response({}, {})
    try:
        return _of_value(json_texts.read(text))
    except json_texts.NoJSON as error:
        reason = str(error)
    if text.lower().startswith(_HTML):
        return Response({"error": "HTML response detected:", "html_response": text}, {})
    if streamed and (chunks := streams.chunks(text)):
        failed = anthropic and streams.has_failed(chunks)
        return Response(streams.consolidated(chunks), streams.reported(chunks), failed)
    return Response(_unread(f"Error parsing body: {reason}, {text}"), {})


def _of_value(value: Any) -> Response:
    """A response of JSON; of a list, as Google's streams may be, the last that reports usage."""
    if not (value or isinstance(value, dict | list)):
        return Response(_unread(None), {})
    if isinstance(value, dict):
        return Response(value, value)
    items = value if isinstance(value, list) else []
    objects = [each for each in items if isinstance(each, dict)]
    return Response(value, streams.reported(objects))


def _unread(reason: str | None) -> dict[str, Any]:
    return {"helicone_error": "error parsing response", "parse_response_error": reason}
