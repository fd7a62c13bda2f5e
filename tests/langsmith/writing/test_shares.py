"""Sharing runs and datasets: the token that is answered, and what anybody reads under it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from locum.exceptions import Conflict, InvalidRequest, NotFound, UnreadableBody
from tests.oracles.langsmith_rows import at
from tests.oracles.written_rows import OTHER, TENANT, Written, uuid

SHARE_RUN = "share_run_api_v1_runs__run_id__share_put"
UNSHARE_RUN = "unshare_run_api_v1_runs__run_id__share_delete"
SHARE_TRACE, UNSHARE_TRACE = "post_v2_runs_run_id_share", "delete_v2_runs_run_id_share"
SHARE_DATASET = "share_dataset_api_v1_datasets__dataset_id__share_put"
UNSHARE_DATASET = "unshare_dataset_api_v1_datasets__dataset_id__share_delete"
RUN_STATE = "read_run_share_state_api_v1_runs__run_id__share_get"
DATASET_STATE = "read_dataset_share_state_api_v1_datasets__dataset_id__share_get"
SHARED_RUN = "get_shared_run_api_v1_public__share_token__run_get"
SHARED_DATASET = "read_shared_dataset_api_v1_public__share_token__datasets_get"
QUESTIONS, THEIRS, PROJECT = uuid(1), uuid(2), uuid(3)
RUN, FOREIGN, CHILD = uuid(20), uuid(21), uuid(22)
TRACE = {"session_id": PROJECT, "trace_id": RUN}


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def run(id_: str, tenant: str) -> dict[str, object]:
        return {
            "id": id_,
            "tenant_id": tenant,
            "session_id": PROJECT,
            "trace_id": id_,
            "name": "agent",
            "run_type": "chain",
            "status": "success",
            "start_time": at(0),
        }

    of_root = {"trace_id": RUN, "parent_run_id": RUN}
    return Written(
        tmp_path,
        sessions=[{"id": PROJECT, "tenant_id": TENANT, "name": "bot", "start_time": at(0)}],
        datasets=[
            {"id": QUESTIONS, "tenant_id": TENANT, "name": "questions"},
            {"id": THEIRS, "tenant_id": OTHER, "name": "theirs", "share_token": uuid(50)},
        ],
        runs=[
            run(RUN, TENANT),
            run(CHILD, TENANT) | of_root,
            run(FOREIGN, OTHER) | {"share_token": uuid(51)},
        ],
    )


def test_a_run_is_shared_under_the_token_that_is_wished_for(written: Written) -> None:
    body = {"run_id": RUN, "share_token": uuid(7).upper()}
    shared = written.write(SHARE_RUN, run_id=RUN.upper(), body=body)
    assert shared == {"run_id": RUN, "share_token": uuid(7)}
    assert written.read(RUN_STATE, run_id=RUN) == shared
    assert written.read(SHARED_RUN, tenant=None, share_token=uuid(7))["id"] == RUN
    again = {"run_id": RUN, "share_token": uuid(8)}
    assert written.write(SHARE_RUN, run_id=RUN, body=again) == shared


def test_a_run_is_shared_under_a_new_token(written: Written) -> None:
    assert written.write(SHARE_RUN, run_id=RUN)["share_token"] == uuid(9000)
    assert written.write(SHARE_TRACE, run_id=RUN, body=TRACE) == {"share_token": uuid(9000)}


def test_a_child_shares_the_root_of_its_trace(written: Written) -> None:
    shared = written.write(SHARE_TRACE, run_id=CHILD, body=TRACE)
    assert written.read(RUN_STATE, run_id=RUN) == shared | {"run_id": RUN}
    assert written.read(RUN_STATE, run_id=CHILD) is None
    for body in ({"trace_id": CHILD}, {"trace_id": FOREIGN}, {"session_id": uuid(98)}):
        with pytest.raises(NotFound):
            written.write(SHARE_TRACE, run_id=RUN, body=TRACE | body)
    with pytest.raises(NotFound):
        written.write(UNSHARE_TRACE, run_id=RUN, body={"session_id": uuid(98)})


def test_a_run_is_shared_no_longer(written: Written) -> None:
    written.write(SHARE_TRACE, run_id=RUN, body=TRACE)
    assert written.write(UNSHARE_RUN, run_id=RUN) == {"message": "Run unshared"}
    assert written.read(RUN_STATE, run_id=RUN) is None
    with pytest.raises(NotFound):
        written.read(SHARED_RUN, tenant=None, share_token=uuid(9000))
    again = written.write(UNSHARE_TRACE, run_id=RUN, body={"session_id": PROJECT})
    assert again is None  # and changes nothing
    assert written.write(SHARE_RUN, run_id=RUN)["share_token"] == uuid(9001)


def test_the_body_may_be_a_text_that_holds_json(written: Written) -> None:
    """As npm's SDK sends it."""
    body = f'{{"run_id": "{RUN}", "share_token": "{uuid(7)}"}}'
    assert written.write(SHARE_RUN, run_id=RUN, body=body)["share_token"] == uuid(7)
    written.write(SHARE_DATASET, dataset_id=QUESTIONS, body=f'{{"dataset_id": "{QUESTIONS}"}}')
    for text in ("", "[]", "share_token"):
        with pytest.raises(UnreadableBody):
            written.write(SHARE_RUN, run_id=RUN, body=text)


def test_a_token_is_of_one_run(written: Written) -> None:
    with pytest.raises(Conflict):
        written.write(SHARE_RUN, run_id=RUN, body={"share_token": uuid(51)})
    with pytest.raises(InvalidRequest):
        written.write(SHARE_RUN, run_id=RUN, body={"share_token": "secret"})


def test_a_dataset_is_shared_and_shared_no_longer(written: Written) -> None:
    shared = written.write(SHARE_DATASET, dataset_id=QUESTIONS)
    assert shared == {"dataset_id": QUESTIONS, "share_token": uuid(9000)}
    assert written.write(SHARE_DATASET, dataset_id=QUESTIONS, share_projects=True) == shared
    assert written.read(DATASET_STATE, dataset_id=QUESTIONS) == shared
    read = written.read(SHARED_DATASET, tenant=None, share_token=uuid(9000))
    assert read["id"] == QUESTIONS
    written.write(UNSHARE_DATASET, dataset_id=QUESTIONS)
    assert written.read(DATASET_STATE, dataset_id=QUESTIONS) is None
    with pytest.raises(NotFound):
        written.read(SHARED_DATASET, tenant=None, share_token=uuid(9000))


def test_what_is_not_there_is_not_found(written: Written) -> None:
    of_trace: dict[str, Any] = {
        SHARE_TRACE: {"body": TRACE},
        UNSHARE_TRACE: {"body": {"session_id": PROJECT}},
    }
    for name in (SHARE_RUN, UNSHARE_RUN, SHARE_TRACE, UNSHARE_TRACE):
        for run in (uuid(99), FOREIGN):
            with pytest.raises(NotFound):
                written.write(name, run_id=run, **of_trace.get(name, {}))
    for name in (SHARE_DATASET, UNSHARE_DATASET):
        for dataset in (uuid(99), THEIRS):
            with pytest.raises(NotFound):
                written.write(name, dataset_id=dataset)
