"""What LangChain's tracer does and reads, in an environment with langchain-core, as
`python_probes.py` does in that of the SDK alone; it prints its lines.
"""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

from langchain_core.runnables import RunnableLambda
from langchain_core.tracers.langchain import LangChainTracer, wait_for_all_tracers
from langsmith import Client

from tests.clients.sdks import python_probes
from tests.clients.sdks.python_changes import Probe


def traced(client: Client, asked: SimpleNamespace) -> str:
    """What a traced chain returns."""
    tracer = LangChainTracer(project_name=asked.project_name, client=client)
    chain = RunnableLambda(str.upper).with_config(callbacks=[tracer])
    answer: str = chain.invoke("where is my parcel?")
    wait_for_all_tracers()
    return answer


def run_url(client: Client, asked: SimpleNamespace) -> str:
    """The page of the run that was traced last, for which the tracer reads project and tenant."""
    tracer = LangChainTracer(project_name=asked.project_name, client=client)
    RunnableLambda(str.upper).with_config(callbacks=[tracer]).invoke("where is my parcel?")
    assert tracer.latest_run is not None
    url: str = tracer.get_run_url()
    return url.replace(str(tracer.latest_run.id), "RUN")


PROBES: list[Probe] = [
    ("invoke", "traced answer", traced),
    ("get_run_url", "url of the traced run", run_url),
]


def main() -> None:
    asked = SimpleNamespace(**json.load(sys.stdin))
    heard = python_probes.listening()
    sys.stdout.write("[]\n")  # the methods of its SDK are told elsewhere
    for method, expected, call in PROBES:
        told = python_probes.probed("Client", call, asked, heard)
        line = {"client": "LangChainTracer", "method": method, "expected": expected, **told}
        sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
