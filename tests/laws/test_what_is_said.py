"""What the runs of the bundled datasets say reads like an application, differs from run to run, and
agrees along a trace and between the vendors.

Every check is plain Python over the files' rows; nothing of the generator takes part.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from tests.oracles.bundled import find
from tests.oracles.fixture_rows import Row, Tables, by, instant, read, thread


@pytest.fixture(scope="module", params=["tiny", "default"])
def tables(request: pytest.FixtureRequest) -> Tables:
    """Datasets that have something of everything."""
    return read(find(request.param))


def traces(tables: Tables) -> Iterator[list[Row]]:
    """The runs of each trace, in the order in which they started."""
    found = defaultdict(list)
    for run in tables["langsmith/runs"]:
        found[run["trace_id"]].append(run)
    for runs in found.values():
        yield sorted(runs, key=lambda run: (run["start_time"], run["id"]))


def of_type(trace: list[Row], run_type: str) -> list[Row]:
    return [run for run in trace if run["run_type"] == run_type]


def answered(trace: list[Row]) -> bool:
    """Whether the whole trace has succeeded, its tools and retrievers too."""
    return {run["status"] for run in trace} == {"success"}


def said(call: Row) -> str:
    return str(call["outputs"]["message"]["content"])


def contents(call: Row) -> list[str]:
    return [message["content"] for message in call["inputs"]["messages"]]


def test_every_call_of_a_trace_is_asked_the_question(tables: Tables) -> None:
    for trace in traces(tables):
        for call in of_type(trace, "llm"):
            if trace[0]["run_type"] == "chain":
                assert trace[0]["inputs"]["question"] in contents(call)
            assert call["inputs"]["messages"][0]["role"] == "system"


def test_a_call_is_told_the_earlier_turns_of_its_thread_that_were_answered(tables: Tables) -> None:
    turns = defaultdict(list)
    for trace in traces(tables):
        if thread(trace[0]) and trace[0]["run_type"] == "chain":
            turns[thread(trace[0]), trace[0]["session_id"]].append(trace)
    told = 0
    for of_thread in turns.values():
        history: list[str] = []
        for trace in sorted(of_thread, key=lambda trace: trace[0]["start_time"]):
            root = trace[0]
            for call in of_type(trace, "llm"):
                assert contents(call)[1 : len(history) + 2] == [
                    *history,
                    root["inputs"]["question"],
                ]
                told += len(history)
            if root["status"] == "success":
                history += [root["inputs"]["question"], root["outputs"]["answer"]]
    assert told > 50


def test_a_call_that_plans_asks_for_the_tool_as_it_is_called(tables: Tables) -> None:
    seen = 0
    for trace in traces(tables):
        for call, after in pairwise(trace):
            if call["run_type"] == "llm" and after["run_type"] == "tool" and call["outputs"]:
                message = call["outputs"]["message"]
                if call["parent_run_id"] == after["parent_run_id"]:
                    (asked,) = message["tool_calls"]
                    assert {"tool": asked["name"], "args": asked["args"]} == after["inputs"]
                    assert call["outputs"]["finish_reason"] == "tool_calls"
                    seen += 1
    assert seen > 5


def texts_of(tool: str, result: dict[str, Any]) -> list[str]:
    """What of a tool's result an answer tells."""
    if tool == "lookup_order":
        return [result["status"], result["order_id"]]
    if tool == "run_query":
        return [str(value) for row in result["rows"] for value in row]
    return [f"{result['seconds']} s"]


def test_what_a_tool_finds_is_in_the_answer(tables: Tables) -> None:
    """The status of an order, every value of a query's rows, how long a recording is."""
    seen: set[str] = set()
    for trace in traces(tables):
        if not answered(trace):
            continue
        for tool in of_type(trace, "tool"):
            result, answer = tool["outputs"]["result"], trace[0]["outputs"]["answer"]
            expected = texts_of(tool["name"], result)
            assert expected
            assert [text for text in expected if text not in answer] == []
            (told,) = [text for text in contents(of_type(trace, "llm")[-1]) if "{" in text]
            assert json.loads(told[told.index("{") :]) == result
            seen.add(tool["name"])
    assert seen == {"lookup_order", "run_query", "fetch_audio"}


def test_a_model_is_told_that_a_tool_failed_and_does_not_know_what_it_would_find(
    tables: Tables,
) -> None:
    states = ("packed", "shipped", "out for delivery", "delivered", "lost", "on hold")
    seen = 0
    for trace in traces(tables):
        failed = [run for run in of_type(trace, "tool") if run["status"] == "error"]
        if failed and trace[0]["status"] == "success":
            (told,) = [text for text in contents(of_type(trace, "llm")[-1]) if '{"error"' in text]
            assert json.loads(told[told.index("{") :]) == {"error": failed[0]["error"]}
            assert not [state for state in states if state in trace[0]["outputs"]["answer"]]
            seen += 1
    assert seen


def test_what_a_retriever_finds_has_a_title_and_is_quoted(tables: Tables) -> None:
    """By the answer where it is about the help center; else tables are told to the model."""
    seen: set[str] = set()
    for trace in traces(tables):
        if not answered(trace):
            continue
        for retriever in of_type(trace, "retriever"):
            documents = retriever["outputs"]["documents"]
            assert 1 <= len(documents) <= 3
            assert all(each["title"] and each["content"] for each in documents)
            scores = [each["score"] for each in documents]
            assert scores == sorted(scores, reverse=True)
            system = contents(of_type(trace, "llm")[0])[0]
            assert all(each["content"] in system for each in documents)
            if retriever["name"] == "search-help-center":
                assert documents[0]["content"] in trace[0]["outputs"]["answer"]
            else:
                statement = of_type(trace, "tool")[0]["inputs"]["args"]["sql"]
                assert documents[0]["title"] in statement
            seen.add(retriever["name"])
    assert seen == {"search-help-center", "find-tables"}


def test_a_parser_reads_what_the_model_said(tables: Tables) -> None:
    seen = 0
    for trace in traces(tables):
        for parser in of_type(trace, "parser"):
            before = [run for run in trace[: trace.index(parser)] if run["run_type"] == "llm"]
            assert parser["inputs"]["text"] == said(before[-1])
            if parser["outputs"]:
                answer = parser["outputs"]["answer"]
                text = parser["inputs"]["text"]
                assert answer in text or json.loads(text) == {"answer": answer}
                seen += 1
    assert seen > 10


def test_the_answer_of_a_trace_is_that_of_its_last_run(tables: Tables) -> None:
    for trace in traces(tables):
        root, last = trace[0], trace[-1]
        if root["run_type"] == "chain" and root["status"] == "success":
            answer = last["outputs"]["answer"] if last["run_type"] == "parser" else said(last)
            assert root["outputs"]["answer"] == answer


def test_an_error_tells_which_model_failed_or_how_long_it_took(tables: Tables) -> None:
    runs, failed = by(tables["langsmith/runs"], "id"), 0
    parents = {run["parent_run_id"] for run in runs.values() if run["status"] == "error"}
    for run in runs.values():
        if run["status"] == "error" and run["id"] not in parents:
            took = (instant(run["end_time"]) - instant(run["start_time"])).total_seconds()
            if run["run_type"] == "llm" and "RateLimit" in run["error"]:
                assert run["metadata"]["ls_model_name"] in run["error"]
            if "timed out" in run["error"]:
                assert str(took) in run["error"]
            if run["run_type"] in ("tool", "retriever", "embedding", "parser"):
                assert run["name"] in run["error"]
            failed += 1
    assert failed > 5


def plain(provider: str, body: dict[str, Any]) -> list[Any]:
    """What is said in a request's body, message by message: texts, and calls of tools."""
    if provider == "GOOGLE":
        parts = [body["systemInstruction"]["parts"], *(c["parts"] for c in body["contents"])]
        return [
            part[0].get("text")
            or part[0].get("functionCall", {}).get("name")
            or part[0]["functionResponse"]["response"]
            for part in parts
        ]
    messages = body["messages"]
    if provider == "ANTHROPIC":
        return [body["system"], *(_block(message["content"]) for message in messages)]
    return [
        message["content"]
        if "tool_calls" not in message
        else message["tool_calls"][0]["function"]["name"]
        for message in messages
    ]


def _block(content: Any) -> Any:
    if isinstance(content, str):
        return content
    return content[0].get("text") or content[0].get("name") or content[0]["content"]


def expected_texts(provider: str, messages: list[dict[str, Any]]) -> list[Any]:
    return [
        message["tool_calls"][0]["name"]
        if message.get("tool_calls")
        else json.loads(message["content"])
        if provider == "GOOGLE" and message["role"] == "tool"
        else message["content"]
        for message in messages
    ]


def test_a_request_says_what_its_run_does_in_the_words_of_its_provider(tables: Tables) -> None:
    runs, providers = by(tables["langsmith/runs"], "id"), set()
    for request in tables["helicone/requests"]:
        run, provider = runs[request["request_id"]], request["provider"]
        body = json.loads(request["request_body"])
        assert plain(provider, body) == expected_texts(provider, run["inputs"]["messages"])
        if request["status"] == 200:
            answer = json.loads(request["response_body"])
            (text,) = expected_texts(provider, [run["outputs"]["message"]])
            assert text in reply(provider, answer)
            assert usage(provider, answer) == (run["prompt_tokens"], run["completion_tokens"])
        elif request["status"] >= 400:
            assert json.loads(request["response_body"])["error"]["message"] == run["error"]
        providers.add(provider)
    assert providers == {"ANTHROPIC", "OPENAI", "GOOGLE"}


def reply(provider: str, body: dict[str, Any]) -> tuple[Any, ...]:
    """The text that a response has, or the tool that it asks for."""
    if provider == "GOOGLE":
        (part,) = body["candidates"][0]["content"]["parts"]
        return part.get("text"), part.get("functionCall", {}).get("name")
    if provider == "ANTHROPIC":
        return (_block(body["content"]),)
    message = body["choices"][0]["message"]
    calls = message.get("tool_calls") or [{"function": {"name": None}}]
    return message["content"], calls[0]["function"]["name"]


def usage(provider: str, body: dict[str, Any]) -> tuple[Any, Any]:
    """Prompt and completion tokens; what is cached or thought is counted apart by some."""
    names = {"GOOGLE": "usageMetadata"}
    if (found := body.get(names.get(provider, "usage"))) is None:
        return None, None
    if provider == "GOOGLE":
        thought = found["candidatesTokenCount"] + found["thoughtsTokenCount"]
        return found["promptTokenCount"], thought
    if provider == "ANTHROPIC":
        cached = found["cache_read_input_tokens"] + found["cache_creation_input_tokens"]
        return found["input_tokens"] + cached, found["output_tokens"]
    return found["prompt_tokens"], found["completion_tokens"]


def test_questions_and_answers_hardly_come_again() -> None:
    """In each application more than 95 of 100 questions; of all root runs and calls of a model,
    experiments among them, more than 99 of 100 inputs with outputs. No turn asks what the one
    before it in its project does."""
    tables = read(find("default"))
    names = {row["id"]: row["name"] for row in tables["langsmith/sessions"]}
    experiments = {r["id"] for r in tables["langsmith/sessions"] if r["reference_dataset_id"]}
    questions, pairs = defaultdict(list), []
    for run in tables["langsmith/runs"]:
        if run["parent_run_id"] is None or run["run_type"] == "llm":
            pairs.append(json.dumps([run["inputs"], run["outputs"]], sort_keys=True))
        if run["parent_run_id"] is None and run["session_id"] not in experiments:
            inputs = run["inputs"]
            asked = inputs.get("question") or inputs["messages"][-1]["content"]
            questions[names[run["session_id"]]].append(asked)
    assert len(questions) == 5
    for asked in questions.values():
        assert len(set(asked)) > 0.95 * len(asked)
        assert all(one != other for one, other in pairwise(asked))
    assert len(set(pairs)) > 0.99 * len(pairs)


def test_a_wrong_statement_is_not_the_reference_and_a_right_one_says_the_same() -> None:
    """In experiments, whatever the style that a model writes in."""
    tables = read(find("default"))
    examples, seen = by(tables["langsmith/examples"], "id"), set()
    runs = by(tables["langsmith/runs"], "id")
    for feedback in tables["langsmith/feedback"]:
        run = runs[feedback["run_id"]]
        if feedback["key"] == "correctness" and run["status"] == "success":
            reference = examples[run["reference_example_id"]]["outputs"]["answer"]
            same = bare(run["outputs"]["answer"]) == bare(reference)
            assert same == (feedback["value"] == "correct")
            seen.add(same)
    assert seen == {True, False}


def bare(statement: str) -> str:
    return " ".join(statement.rstrip(";").split()).lower()


def test_a_streamed_call_has_its_first_token_as_an_event(tables: Tables) -> None:
    for run in tables["langsmith/runs"]:
        streams = run["run_type"] == "llm" and run["first_token_time"] is not None
        first = [{"name": "new_token", "time": run["first_token_time"]}]
        assert run["events"] == (first if streams else None)
