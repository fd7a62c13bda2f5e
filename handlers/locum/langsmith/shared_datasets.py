"""What the token of a shared dataset gives to anybody, beside the dataset itself and its examples:
its experiments, their runs, and the feedback on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from locum.engine.data import Data
from locum.langsmith import feedback, projects, selection, sessions
from locum.langsmith.projects import Asked, Order, Scope
from locum.langsmith.run_schema import FIELDS, PUBLIC_FIELDS, run_schemas
from locum.langsmith.runs import page_of
from locum.provider import Answer

# Of a run in a shared dataset (RunPublicDatasetSchema), as they are written.
_FIELDS = tuple(field for field in FIELDS if field in PUBLIC_FIELDS or field == "session_id")


def read_shared_sessions(
    data: Data,
    tenant: str | None,  # noqa: ARG001 - public: the token says whose dataset it is
    share_token: str,
    **asked: Any,
) -> Answer:
    """Answer with the page of the experiments over the dataset that are asked for, with the
    statistics over all of their runs; `facets` adds run_facets. 404 for an unknown token.

    X-Pagination-Total tells how many there are in all. Raises InvalidRequest for sort_by=feedback
    without a key, and for a key without that.
    """
    dataset_id, owner = selection.shared_dataset(data, share_token)
    found = projects.found(
        data,
        owner,
        Asked(
            ids=asked["id"],
            datasets=[dataset_id],
            name=asked["name"],
            name_contains=asked["name_contains"],
        ),
    )
    order = Order.of(
        asked["sort_by"],
        asked["sort_by_feedback_key"],
        None,
        is_descending=asked["sort_by_desc"],
    )
    fields = projects.selected(None, facets=asked["facets"])
    return sessions.page(data, found, asked, order, Scope(), fields)


def read_shared_feedback(
    data: Data,
    tenant: str | None,  # noqa: ARG001 - as above
    share_token: str,
    **asked: Any,
) -> list[dict[str, Any]]:
    """Answer with the page of the feedback on the experiments over the dataset, and on their runs,
    that all parameters admit, as `list_feedback` says, without the names of users: 404 for an
    unknown token."""
    dataset_id, owner = selection.shared_dataset(data, share_token)
    over = selection.experiments(data, owner, dataset_id)
    if asked["session"] is not None:
        wanted = {*map(str.lower, asked["session"])}
        over = [session_id for session_id in over if session_id.lower() in wanted]
    unasked = dict.fromkeys(("min_created_at", "max_created_at", "include_user_names"))
    return feedback.list_feedback(data, owner, **asked | unasked | {"session": over})


def query_shared_dataset_runs(
    data: Data,
    tenant: str | None,  # noqa: ARG001 - as above
    share_token: str,
    body: Mapping[str, Any],
) -> dict[str, Any]:
    """Answer a BodyParamsForRunSchema with a page of the runs, root and child, of the experiments
    over the dataset, as `query_runs` does: 404 for an unknown token. Nothing need narrow the
    search, and another project in `session` has no runs here."""
    runs = selection.runs_over_dataset(data, share_token, body)
    return page_of(data, runs, share_token.lower(), body, _FIELDS)


def read_shared_dataset_run(
    data: Data,
    tenant: str | None,  # noqa: ARG001 - as above
    share_token: str,
    run_id: str,
    exclude_s3_stored_attributes: bool = False,  # noqa: ARG001, FBT001, FBT002 - there are none
) -> dict[str, Any]:
    """Answer with a run of an experiment over the dataset: 404 for an unknown token, and for any
    other run."""
    runs = selection.runs_over_dataset(data, share_token, {"id": [run_id]})
    return run_schemas(data, [selection.only(data, runs, run_id)], _FIELDS)[0]
