"""What filters select, worked out by hand over eight runs.

Each run's id is one letter; a selection is written as the letters of the runs in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from locum.engine.data import Parameters
from locum.langsmith.filters.fields import RUNS as LANGUAGE
from locum.langsmith.filters.parser import parse
from tests.oracles.bundled import data_of, find


def run(letter: str, parent: str | None = None, **columns: Any) -> dict[str, Any]:
    """A run of the trace of its root; every time is on 1 May 2024."""
    start, end = columns.pop("at")
    times = {
        "start_time": f"2024-05-01T{start}Z",
        "end_time": None if end is None else f"2024-05-01T{end}Z",
    }
    return {"id": letter, "trace_id": parent or letter, "parent_run_id": parent, **times, **columns}


RUNS = [
    run(
        "a",
        at=("12:00:00", "12:00:05"),
        name="ChatOpenAI",
        run_type="llm",
        status="success",
        tags=["prod", "v1"],
        metadata={"thread_id": "t1", "user_id": "u1", "turn": 2, "score": 0.7, "beta": True},
        inputs={"messages": [{"role": "user", "content": "Hello World"}]},
        outputs={"answer": "42", "docs": [{"id": 1}, {"id": 2}]},
        total_tokens=5000,
        total_cost_nano=1_000_000,
    ),
    run(
        "b",
        "a",
        at=("12:00:01", "12:00:06.000001"),
        name="my_tool",
        run_type="tool",
        status="error",
        error="boom: 100% of it",
        metadata={"user_id": "u2", "turn": "2", "other": "u1"},
        total_tokens=5001,
        total_cost_nano=1_000_001,
    ),
    run(
        "c",
        at=("12:00:02", None),
        name="myXtool",
        run_type="chain",
        status="pending",
        tags=["dev"],
    ),
    run(
        "d",
        at=("12:00:03", "12:00:03"),
        name="ChatAnthropic",
        run_type="llm",
        status="success",
        metadata={"session_id": "t1", "device": {"os": "iOS", "size": [1, 2]}, "user_id": None},
        inputs={"question": "hello there, world", "text": "line\nbreak"},
        total_tokens=0,
        total_cost_nano=0,
    ),
    run(
        "e",
        at=("12:00:04.123456", "12:02:04.123456"),
        name="chatopenai",
        run_type="llm",
        status="success",
        error="",
        metadata={"user_id": ["u1", "u3"], "note": "path\\to 50%", "turn": 10},
        outputs={"answer": 42},
        total_tokens=2**63 - 1,
    ),
]
EVERY = "abcde"
FEEDBACK = [
    {"run_id": "a", "key": "star_rating", "score": 5, "value": None},
    {"run_id": "a", "key": "user_score", "score": 0.1, "value": "bad"},
    {"run_id": "b", "key": "star_rating", "score": 4, "value": "good"},
    {"run_id": "b", "key": "star_rating", "score": 1, "value": None},
    {"run_id": "d", "key": "user_score", "score": True, "value": "good"},
    {"run_id": "e", "key": "user_score", "score": None, "value": "bad"},
    {"run_id": None, "key": "of_the_project", "score": 1, "value": "good"},
]

Select = Callable[[str], str]


@pytest.fixture(scope="module")
def select(tmp_path_factory: pytest.TempPathFactory) -> Select:
    """The letters of the runs that a filter selects."""
    folder: Path = tmp_path_factory.mktemp("runs")
    (folder / "langsmith").mkdir()
    for table, rows in (("runs", RUNS), ("feedback", FEEDBACK)):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"langsmith/{table}.jsonl").write_text(lines, "utf-8")
    engine = data_of(find(str(folder)))

    def letters(text: str) -> str:
        parameters = Parameters()
        condition = LANGUAGE.where(parse(text), parameters)
        statement = f"SELECT id, {condition} FROM runs ORDER BY id"
        for table in parameters.tables:
            engine.table(table)
        rows = engine.rows(statement, **parameters.values)
        assert all(holds in (True, False) for _, holds in rows), "never NULL"
        return "".join(letter for letter, holds in rows if holds)

    return letters


COLUMNS = {
    # LangSmith's own examples, "Trace query syntax" and the SDK's docstrings.
    'eq(run_type, "llm")': "ade",
    'eq(name, "ChatOpenAI")': "a",
    "neq(error, null)": "be",
    "eq(error, null)": "acd",
    'gt(latency, "5s")': "be",
    "gte(latency, 5)": "abe",
    "gt(total_tokens, 5000)": "be",
    "eq(is_root, true)": "acde",
    "lte(execution_order, 1)": "acde",
    'gt(start_time, "2023-07-15T12:34:56Z")': EVERY,
    'and(gt(start_time, "2024-05-01T12:00:01Z"), eq(run_type, "llm"))': "de",
    'or(eq(status, "pending"), eq(is_root, false))': "bc",
    'has(tags, "prod")': "a",
    # An empty error message is a message, and so is any text.
    "eq(error, true)": "be",
    "eq(error, false)": "acd",
    'like(error, "%100\\\\% of%")': "b",
    # A field that is null is not equal to a value, hence neq to it; order needs a value.
    'neq(thread_id, "t1")': "bce",
    'eq(thread_id, "t1")': "ad",
    "eq(parent_run_id, null)": "acde",
    'eq(parent_run_id, "a")': "b",
    "eq(end_time, null)": "c",
    'lt(end_time, "2025-01-01")': "abde",
    'not(lt(end_time, "2025-01-01"))': "c",
    "neq(latency, 5)": "bcde",
    "eq(total_tokens, null)": "c",
    # Durations: 5 s and one microsecond is more than 5 s; e takes two minutes.
    'eq(latency, "5000ms")': "a",
    "eq(latency, 5.000001)": "b",
    'gte(latency, "2m")': "e",
    "gt(latency, 5.0000001)": "be",
    "lte(latency, 5.0000009)": "ad",
    # Money: nano-USD against decimal dollars.
    "eq(total_cost, 0.001)": "a",
    "gt(total_cost, 0.001)": "b",
    "in(total_cost, [0, 0.001000001, null])": "bcde",
    # Bounds that lie between two integers, or beyond all of them.
    "eq(total_tokens, 5000.5)": "",
    "gt(total_tokens, 5000.5)": "be",
    "lt(total_tokens, 5000.5)": "ad",
    f"lt(total_tokens, 1{'0' * 300})": "abde",
    f"gte(total_tokens, -1{'0' * 300})": "abde",
    f"eq(total_tokens, {2**63})": "",
    f"eq(total_tokens, {2**63 - 1})": "e",
    # Times: e starts at 12:00:04.123456 UTC.
    'eq(start_time, "2024-05-01T14:00:04.123456+02:00")': "e",
    'eq(start_time, "2024-05-01 12:00:04.123456")': "e",
    'gt(start_time, "2024-05-01T12:00:04.1234559Z")': "e",
    'gt(start_time, "2024-05-01T12:00:04.123456Z")': "",
    'lt(start_time, "2024-05-01T12:00:01-00:00")': "a",
    # Case counts, but not in a search.
    'like(name, "Chat%")': "ad",
    'search(name, "CHAT")': "ade",
    'like(name, "my_tool")': "bc",
    'like(name, "my\\\\_tool")': "b",
    'notlike(name, "%Chat%")': "bce",
    'notlike(error, "%boom%")': "acde",
    'in(name, ["my_tool", "myXtool", "none"])': "bc",
    "in(name, [])": "",
    'in(error, [null, ""])': "acde",
    "gt(execution_order, 1)": "b",
    "eq(execution_order, 2)": "b",
    "gt(execution_order, 2)": "",
    "not(not(not(eq(is_root, true))))": "b",
}

DOCUMENTS = {
    # Keys are paths; array items have the array's key.
    'eq(metadata_key, "device.os")': "d",
    'eq(metadata_key, "user_id")': "abde",
    'in(metadata_key, ["session_id", "conversation_id", "thread_id"])': "ad",
    'and(in(metadata_key, ["session_id", "thread_id"]), eq(metadata_value, "t1"))': "ad",
    'like(metadata_key, "%s_on%")': "d",
    'and(eq(input_key, "messages.content"), search(input_value, "hello"))': "a",
    'and(eq(input_key, "messages.content"), like(input_value, "%World%"))': "a",
    'exists(metadata, "note")': "e",
    'exists(metadata, "device.os")': "d",
    # A key and a value in one `and`: the same entry. u1 is b's `other`, and in e's list.
    'and(eq(metadata_key, "user_id"), eq(metadata_value, "u1"))': "ae",
    'and(eq(metadata_value, "u1"), eq(metadata_key, "user_id"))': "ae",
    'and(eq(metadata_key, "user_id"), neq(metadata_value, "u1"))': "bde",
    'and(neq(metadata_key, "user_id"))': "c",
    'and(neq(metadata_key, "note"), neq(metadata_value, "u1"))': "cd",
    'and(neq(metadata_key, "other"), eq(metadata_value, "u1"))': "ae",
    # Apart, each stands for itself.
    'and(eq(metadata_key, "user_id"), and(eq(metadata_value, "u1")))': "abe",
    'eq(metadata_value, "u1")': "abe",
    'neq(metadata_value, "u1")': "cd",
    'not(and(eq(metadata_key, "user_id"), eq(metadata_value, "u1")))': "bcd",
    'or(eq(metadata_key, "note"), eq(metadata_value, "u2"))': "be",
    # Several pairs: in turn, and keys first, and a key with two values.
    'and(eq(metadata_key,"user_id"), eq(metadata_value,"u1"), eq(metadata_key,"turn"),'
    ' eq(metadata_value,"2"))': "a",
    'and(eq(metadata_key,"user_id"), eq(metadata_key,"turn"), eq(metadata_value,"u2"),'
    ' eq(metadata_value,"2"))': "b",
    'and(eq(metadata_key,"user_id"), eq(metadata_key,"turn"), eq(metadata_value,"2"))': "ab",
    'and(eq(metadata_key,"turn"), gt(metadata_value,2), lt(metadata_value,11))': "e",
    # Values before the first key are that key's.
    'and(eq(metadata_value,"u1"), eq(metadata_key,"user_id"), neq(metadata_value,"u2"),'
    ' eq(metadata_key,"turn"))': "ae",
    'and(eq(metadata_value,"u1"), eq(metadata_key,"user_id"), eq(metadata_key,"turn"),'
    " eq(metadata_value,10))": "e",
    # Numbers and texts that read the same are equal; order is number with number, text with text.
    'and(eq(metadata_key,"turn"), eq(metadata_value,2))': "ab",
    'and(eq(metadata_key,"turn"), eq(metadata_value,"2"))': "ab",
    'and(eq(metadata_key,"turn"), eq(metadata_value,2.0))': "a",
    'and(eq(metadata_key,"turn"), gte(metadata_value,2))': "ae",
    'and(eq(metadata_key,"turn"), gte(metadata_value,"10"))': "b",
    "eq(metadata_value, true)": "a",
    'eq(metadata_value, "true")': "a",
    "eq(metadata_value, null)": "d",
    'in(metadata_value, [null, 0.7, "u2"])': "abd",
    # Objects and arrays are no values, though what is in them is.
    'like(metadata_value, "%os%")': "",
    'like(metadata_value, "iOS")': "d",
    'eq(metadata_value, "[1,2]")': "",
    'search(metadata, "[1")': "",
    "eq(output_value, 2)": "a",
    'eq(output_value, "42")': "ae",
    'like(metadata_value, "path\\\\\\\\to%")': "e",
    'like(input_value, "line_break")': "d",
    # Containment.
    """has(metadata, '{"user_id": "u1"}')""": "a",
    """has(metadata, '{"user_id": ["u3"]}')""": "e",
    """has(metadata, '{"user_id": null}')""": "d",
    """has(metadata, '{"device": {"os": "iOS"}}')""": "d",
    """has(metadata, '{"device": {"size": [2, 1, 2.0]}}')""": "d",
    """has(metadata, '{"os": "iOS"}')""": "",
    """has(metadata, '{"turn": 2.0}')""": "a",
    """has(metadata, '{"turn": "2"}')""": "b",
    """has(metadata, '{"beta": true, "score": 0.7}')""": "a",
    """has(metadata, '{}')""": "abde",
    """has(outputs, '{"docs": [{"id": 2}]}')""": "a",
    """has(outputs, '{"docs": [{"id": 3}]}')""": "",
}

FEEDBACKS = {
    'and(eq(feedback_key, "star_rating"), gt(feedback_score, 4))': "a",
    'and(eq(feedback_key, "star_rating"), gte(feedback_score, 4))': "ab",
    'and(eq(feedback_key, "user_score"), eq(feedback_score, 1))': "d",
    'and(eq(feedback_key, "user_score"), eq(feedback_score, true))': "d",
    'and(eq(feedback_key, "user_score"), neq(feedback_score, 1))': "ae",
    'and(eq(feedback_key, "user_score"), eq(feedback_score, 0.1))': "a",
    'and(eq(feedback_key, "user_score"), eq(feedback_score, null))': "e",
    'and(eq(feedback_key, "star_rating"), gt(feedback_score, 1), lt(feedback_score, 5))': "b",
    'eq(feedback_value, "good")': "bd",
    'neq(feedback_key, "user_score")': "bc",
    'neq(feedback_key, "of_the_project")': EVERY,
    'and(neq(feedback_key, "star_rating"), eq(feedback_value, "good"))': "d",
    # Metadata and feedback pair each for themselves.
    'and(eq(metadata_key,"turn"), eq(feedback_key,"star_rating"), eq(metadata_value,"2"),'
    " eq(feedback_score,5))": "a",
}

SEARCHES = {
    'search("hello world")': "ad",  # d: "hello there, world"
    'search("WORLD")': "ad",
    'search("boom")': "b",
    'search("boom my_tool")': "b",  # words of different fields
    'search("v1")': "a",
    'search("ios")': "d",
    'search("question")': "d",  # a key
    'search("")': EVERY,
    'search("{")': "",
    'search("null")': "",
    'search(tags, "ro")': "a",
    'search(metadata, "T1")': "ad",
    'search(inputs, "hello world")': "a",  # one text, not words
    'search(outputs, "42")': "ae",
    'search(error, "BOOM: 100%")': "b",
}


@pytest.mark.parametrize(("text", "letters"), (COLUMNS | DOCUMENTS | FEEDBACKS | SEARCHES).items())
def test_a_filter_selects_the_runs_worked_out_by_hand(
    select: Select, text: str, letters: str
) -> None:
    assert select(text) == letters
