"""Whose answer a log is."""

from __future__ import annotations

from typing import Any

import pytest

from locum.helicone.ingestion import models

PATH = "custom-model-nopath"


@pytest.mark.parametrize(
    ("override", "request_", "response", "path", "model"),
    [
        ("tuned", {"model": "a"}, {"model": "b"}, PATH, "tuned"),
        ("", {"model": "a"}, {"model": "b"}, PATH, "b"),
        ("", {"model": "a"}, {"model": ""}, PATH, "a"),
        ("", {"model": "a"}, {"model": 5}, PATH, "a"),
        ("", {"model": "a"}, {"model": None, "body": {"model": "c"}}, PATH, "c"),
        ("", {"model": "a"}, {"body": {"modelVersion": "v"}}, PATH, "v"),
        ("", {"model": "a"}, {"modelVersion": "v"}, PATH, "a"),  # as Google writes it: not read
        ("", {"model": "a"}, "text", PATH, "a"),
        ("", {}, {}, "https://x/v1/engines/davinci/completions", "davinci"),
        ("", {}, {}, "https://x/v1beta/models/gemini-pro:generateContent", "gemini-pro"),
        ("", {}, {}, PATH, ""),
        ("", None, None, PATH, ""),
        ("", [], [], PATH, ""),
    ],
)
def test_model(override: str, request_: Any, response: Any, path: str, model: str) -> None:
    assert models.of_log(override, request_, response, path) == model


@pytest.mark.parametrize(
    ("response", "model"),
    [
        ({"_type": "vector_db"}, "vector_db"),
        ({"_type": "tool", "toolName": "tide_table"}, "tool:tide_table"),
        ({"_type": "tool"}, "tool:undefined"),
        ({"_type": "data", "name": "tides"}, "data:tides"),
        ({"_type": "data", "toolName": "unknown"}, "data:undefined"),  # of the Python client
        ({"_type": "unknown", "toolName": "unknown"}, "over"),
    ],
)
def test_what_is_no_model_is_named_whatever_the_header_says(response: Any, model: str) -> None:
    assert models.of_log("over", {}, response, PATH) == model


def test_a_request_names_its_tool_where_the_answer_is_a_text() -> None:
    request = {"_type": "tool", "toolName": "tide_table"}
    assert models.of_log("", request, {"helicone_error": "…"}, PATH) == "tool:tide_table"


@pytest.mark.parametrize(
    ("request_", "response", "model"),
    [
        ({}, {"metadata": {}}, "assistant-call"),
        ({}, {"assistant_id": "a"}, "assistant-call"),
        ({}, {"thread_id": "t"}, "assistant-call"),
        ({}, {"data": [{"assistant_id": "a"}]}, "assistant-call"),
        ({"metadata": {}}, {}, "assistant-call"),
        ({"instructions": "i", "name": "n"}, {}, "assistant-call"),
        ({"instructions": "i", "name": "n", "messages": []}, {}, ""),
        ({"model": "a"}, {"metadata": {}}, "a"),
        ({"model": "a"}, {"thread_id": "t", "status": "in_progress"}, "assistant-polling"),
        ({"model": "a"}, {"thread_id": "t", "status": "completed"}, "a"),
    ],
)
def test_assistants(request_: Any, response: Any, model: str) -> None:
    assert models.of_log("", request_, response, PATH) == model
