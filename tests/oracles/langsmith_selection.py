"""Six runs of two traces and a third in another project, over one shared dataset.

    one (root, error) ── one-llm (llm) ── one-tool (tool)
    two (root)        ── two-llm (llm)
    far (root), in another project over the same dataset

They start one after the other, a second apart. Two more runs are not over the dataset: one in a
project of its own, one another tenant's.
"""

from __future__ import annotations

from pathlib import Path

from locum.engine.data import Data
from tests.oracles.langsmith_rows import DATASET, TENANT, at, load, run, session

SHARED_AS = "97ff4d38-d22b-5c59-80da-02f3dc90586a"
EXAMPLE = "fda723e9-4eb6-512e-b2af-88e0086e1a5b"
ONE = "3d3c6e4f-c429-5361-a215-03870fc1fbee"
LLM = "524dfe53-e88e-5d4c-a479-02a626336eac"


def six_runs(folder: Path) -> Data:
    """The data over them, written into the folder."""
    one = run(ONE, name="one", status="error", reference_example_id=EXAMPLE, total_tokens=7)
    llm = run(LLM, one, name="one-llm", run_type="llm", start_time=at(1), tags=["deep"])
    llm["total_tokens"] = 7
    tool = run("t", llm, name="one-tool", run_type="tool", start_time=at(2), metadata={"k": "v"})
    two = run("2", name="two", start_time=at(3), tags=["red", "blue"], metadata={"k": "w"})
    two_llm = run("l", two, name="two-llm", run_type="llm", start_time=at(4), tags=["red", "null"])
    far = run("f", name="far", session_id="second", start_time=at(5), status=None)
    strangers = [
        run("x", name="outside", session_id="no experiment"),
        run("y", name="strange", tenant_id="other", session_id="theirs", trace_id=ONE),
    ]
    sessions = [
        session(reference_dataset_id=DATASET),
        session("second", reference_dataset_id=DATASET),
        session("no experiment"),
        session("theirs", tenant_id="other", reference_dataset_id=DATASET),
    ]
    return load(
        folder,
        runs=[one, llm, tool, two, two_llm, far, *strangers],
        sessions=sessions,
        datasets=[{"id": DATASET, "tenant_id": TENANT, "name": "d", "share_token": SHARED_AS}],
    )
