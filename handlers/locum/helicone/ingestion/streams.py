"""Streams of a model's answer: their chunks, the one object that these make, and what of it reports
usage.

A stream is the text as it came: server-sent events
(https://html.spec.whatwg.org/multipage/server-sent-events.html), or a line of JSON for each chunk,
as the clients' builders write them. What the chunks make has the form of an answer that was not
streamed (our choice: the vendor's own consolidation is not compared), and the chunks beside it as
`streamed_data`, as at the vendor's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from locum.helicone.ingestion import json_texts

Chunk = dict[str, Any]


def chunks(text: str) -> list[Chunk]:
    """Return the objects of a stream, in their order; what is no JSON object is left out."""
    found = []
    for line in text.split("\n"):
        data = line.strip().removeprefix("data:").strip()
        if not data.startswith("{"):  # an empty line, a comment, an event's name, [DONE]
            continue
        try:
            found.append(json_texts.read(data))
        except json_texts.NoJSON:
            continue
    return found


def has_failed(events: Iterable[Chunk]) -> bool:
    """Return whether a stream of Anthropic's has told of an error."""
    return any(event.get("type") == "error" for event in events)


def reported(all_chunks: list[Chunk]) -> Mapping[str, Any]:
    """Return what reports a stream's usage: the last chunk that does, or the response in it. At
    Anthropic the first event tells what was asked and later ones what was said since."""
    of_message: dict[str, Any] = {}
    last: Mapping[str, Any] = {}
    for chunk in all_chunks:
        match chunk:
            case {"type": "message_start", "message": {"usage": dict(usage)}}:
                of_message = usage
            case {"type": "message_delta", "usage": dict(usage)}:
                last = {"usage": of_message | usage}
            case {"usage": dict()} | {"usageMetadata": dict()}:
                last = chunk
            case {"response": {"usage": dict(usage)}}:
                last = {"usage": usage}
    return last or ({"usage": of_message} if of_message else {})


def consolidated(all_chunks: list[Chunk]) -> Chunk:
    """Return the one object that the chunks make, of which there is at least one."""
    first = all_chunks[0]
    if any(chunk.get("type") == "message_start" for chunk in all_chunks):
        made = _anthropic(all_chunks)
    elif any("candidates" in chunk for chunk in all_chunks):
        made = _google(all_chunks)
    elif any("choices" in chunk for chunk in all_chunks):
        made = _openai(all_chunks)
    else:  # of the Responses API the last event has all; of others nothing is known
        answers = [each for chunk in all_chunks if isinstance(each := chunk.get("response"), dict)]
        made = dict(answers[-1]) if answers else first | all_chunks[-1]
    return made | {"streamed_data": all_chunks}


def _openai(all_chunks: list[Chunk]) -> Chunk:
    made: Chunk = {}
    choices: dict[int, Chunk] = {}
    for chunk in all_chunks:
        made |= {name: value for name, value in chunk.items() if value is not None}
        for place, part in enumerate(_dicts(chunk.get("choices"))):
            index = _index(part, place)
            choice = choices.setdefault(index, {"index": index})
            if isinstance(part.get("text"), str):
                choice["text"] = choice.get("text", "") + part["text"]
            if isinstance(delta := part.get("delta"), dict):
                message = choice.setdefault("message", {})
                _extend(message, delta)
            if part.get("finish_reason") is not None:
                choice["finish_reason"] = part["finish_reason"]
    if made.get("object") == "chat.completion.chunk":
        made["object"] = "chat.completion"
    return made | {"choices": list(choices.values())}


def _extend(message: Chunk, delta: Chunk) -> None:
    """Add a part of a message to it: texts grow, calls of tools too, by their index."""
    for name, value in delta.items():
        known = message.get(name)
        if name == "tool_calls":
            calls = message.setdefault(name, [])
            for place, part in enumerate(_dicts(value)):
                index = _index(part, place)
                same = next((call for call in calls if call.get("index") == index), None)
                if same is None:
                    calls.append(same := {"index": index})
                _extend(same, part)
        elif isinstance(known, dict) and isinstance(value, dict):
            _extend(known, value)
        elif isinstance(known, str) and isinstance(value, str) and name in _GROWING:
            message[name] = known + value
        elif value is not None or name not in message:
            message[name] = dict(value) if isinstance(value, dict) else value


_GROWING = ("content", "arguments", "reasoning", "reasoning_content", "refusal")


def _anthropic(events: list[Chunk]) -> Chunk:
    made: Chunk = {}
    for event in events:
        match event:
            case {"type": "message_start", "message": dict(message)}:
                made |= message
            case {"type": "message_delta", "delta": dict(delta)}:
                made |= delta
            case {"type": "error"}:
                made["error"] = event.get("error")
    if usage := reported(events).get("usage"):
        made["usage"] = usage
    return made | {"content": _blocks(events)}


def _blocks(events: list[Chunk]) -> list[Chunk]:
    """The blocks of an answer of Anthropic's; the input of a tool comes as parts of a JSON text."""
    blocks: dict[int, Chunk] = {}
    inputs: dict[int, str] = {}
    for event in events:
        index = _index(event, 0)
        match event:
            case {"type": "content_block_start", "content_block": dict(block)}:
                blocks[index] = dict(block)
            case {"type": "content_block_delta", "delta": dict(delta)}:
                block = blocks.setdefault(index, {"type": "text"})
                for name in ("text", "thinking", "signature"):
                    if isinstance(delta.get(name), str):
                        block[name] = block.get(name, "") + delta[name]
                if isinstance(part := delta.get("partial_json"), str):
                    inputs[index] = inputs.get(index, "") + part
    for index, text in inputs.items():
        try:
            blocks[index]["input"] = json_texts.read(text)
        except json_texts.NoJSON:
            blocks[index]["input"] = text
    return list(blocks.values())


def _google(all_chunks: list[Chunk]) -> Chunk:
    made: Chunk = {}
    candidates: dict[int, Chunk] = {}
    for chunk in all_chunks:
        made |= chunk
        for place, part in enumerate(_dicts(chunk.get("candidates"))):
            candidate = candidates.setdefault(_index(part, place), {})
            content = part.get("content")
            known = candidate.get("content")
            candidate |= part
            if isinstance(known, dict) and isinstance(content, dict):
                candidate["content"] = known | {"parts": _joined(known, content)}
            elif isinstance(known, dict):
                candidate["content"] = known
    return made | {"candidates": list(candidates.values())}


def _joined(known: Chunk, more: Chunk) -> list[Chunk]:
    """The parts of two contents; a text goes on where it ended."""
    parts = _dicts(known.get("parts"))
    for part in _dicts(more.get("parts")):
        last = parts[-1] if parts else {}
        if part.keys() == last.keys() == {"text"}:
            parts[-1] = {"text": f"{last['text']}{part['text']}"}
        else:
            parts.append(part)
    return parts


def _index(part: Chunk, place: int) -> int:
    """The number of a part, its place where it has none."""
    index = part.get("index")
    return index if isinstance(index, int) else place


def _dicts(value: Any) -> list[Chunk]:
    found = value if isinstance(value, list) else []
    return [each for each in found if isinstance(each, dict)]
