"""Traces a chain of LangChain's with its tracer, as its users do, in an environment with
langchain-core.

Prints the lines of `python_traced.py`, but evaluates nothing. Costs are not told.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Iterator
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.output_parsers import StrOutputParser
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda
from langchain_core.tracers.langchain import LangChainTracer, wait_for_all_tracers
from langsmith import Client

from tests.clients.sdks import python_probes

PROJECT, TURNS, FAILING = "application", 12, 7


class Model(BaseChatModel):  # type: ignore[misc]
    """Answers with the number that it is asked for."""

    @property
    def _llm_type(self) -> str:
        return "small"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        number = number_of(messages)
        message = AIMessage(f"answer {number}", usage_metadata=usage(number))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self, messages: list[BaseMessage], *_: Any, run_manager: Any = None, **__: Any
    ) -> Iterator[ChatGenerationChunk]:
        number = number_of(messages)
        for text, used in (("answer ", None), (str(number), usage(number))):
            chunk = ChatGenerationChunk(message=AIMessageChunk(text, usage_metadata=used))
            if run_manager is not None:
                run_manager.on_llm_new_token(text, chunk=chunk)
            yield chunk


def number_of(messages: list[BaseMessage]) -> int:
    time.sleep(0.02)
    number = int(str(messages[-1].content))
    if number == FAILING:
        raise ValueError("no answer")
    return number


def usage(number: int) -> UsageMetadata:
    return UsageMetadata(
        input_tokens=100 + number,
        output_tokens=10,
        total_tokens=110 + number,
        input_token_details={"cache_read": 4},
    )


chain = (ChatPromptTemplate([("human", "{number}")]) | Model() | StrOutputParser()).with_config(
    run_name="answer"
)


def streamed(number: int) -> str:
    """The answer; that of thread 1 comes by and by."""
    if number % 3 == 1:
        return "".join(chain.stream({"number": number}))
    answer: str = chain.invoke({"number": number})
    return answer


turn = RunnableLambda(streamed).with_config(run_name="turn")


def conversations(client: Client) -> list[str]:
    """Trace turns of three threads; return the ids of their runs."""
    turns: list[str] = []
    for number in range(TURNS):
        tracer = LangChainTracer(project_name=PROJECT, client=client)
        metadata = {"thread_id": f"thread {number % 3}"}
        try:
            turn.invoke(number, {"callbacks": [tracer], "metadata": metadata})
        except ValueError:
            assert number == FAILING
        assert tracer.latest_run is not None
        turns.append(str(tracer.latest_run.id))
    wait_for_all_tracers()
    for number, run_id in enumerate(turns):
        client.create_feedback(run_id, key="helpful", score=number % 2, trace_id=run_id)
    return turns


def main() -> None:
    heard = python_probes.listening()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ResourceWarning)
        client = Client()
        made: dict[str, Any] = {"turns": conversations(client)}
        client.flush()
        made["flushed"] = time.time()
        sys.stdout.write(json.dumps(made) + "\n")
        sys.stdout.flush()
        client.close()
    told = [f"{each.category.__name__}: {each.message}" for each in warned]
    sys.stdout.write(json.dumps({"log": heard.lines, "warnings": told}) + "\n")


if __name__ == "__main__":
    main()
