"""LangSmith's request bodies as a FastAPI application would declare them: from the published
document by hand, so that pydantic itself says what its answers to wrong bodies are."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, TypeAdapter, ValidationError


class RunGroupBy(StrEnum):
    conversation = "conversation"


class RunGroupRequest(BaseModel):
    session_id: UUID
    group_by: RunGroupBy
    filter: str | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    offset: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=100)] = 10


class RunType(StrEnum):
    tool = "tool"
    chain = "chain"
    llm = "llm"
    retriever = "retriever"
    embedding = "embedding"
    prompt = "prompt"
    parser = "parser"


class DataSourceType(StrEnum):
    current = "current"
    historical = "historical"
    lite = "lite"
    root_lite = "root_lite"
    runs_feedbacks_rmt_wide = "runs_feedbacks_rmt_wide"


class GroupByAttribute(StrEnum):
    name = "name"
    run_type = "run_type"
    tag = "tag"
    metadata = "metadata"


class RunStatsGroupBy(BaseModel):
    attribute: GroupByAttribute
    path: str | None = None
    max_groups: int = 5


class RunStatsQueryParams(BaseModel):
    id: list[UUID] | None = None
    trace: UUID | None = None
    parent_run: UUID | None = None
    run_type: RunType | None = None
    session: list[UUID] | None = None
    reference_example: list[UUID] | None = None
    execution_order: Annotated[int, Field(ge=1, le=1)] | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    error: bool | None = None
    query: str | None = None
    filter: str | None = None
    is_root: bool | None = None
    data_source_type: DataSourceType | None = None
    skip_pagination: bool | None = None
    use_experimental_search: bool = False
    group_by: RunStatsGroupBy | None = None
    groups: list[str | None] | None = None


class GroupExampleRunsByField(StrEnum):
    run_metadata = "run_metadata"
    example_metadata = "example_metadata"


class QueryGroupedExamplesWithRuns(BaseModel):
    session_ids: Annotated[list[UUID], Field(min_length=1)]
    offset: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1)] = 10
    preview: bool = False
    group_by: GroupExampleRunsByField
    metadata_key: str
    per_group_limit: Annotated[int, Field(ge=1, le=10)] = 5
    filters: dict[UUID, list[str]] | None = None


MODELS: dict[str, type[BaseModel]] = {
    "group_stats": RunGroupRequest,
    "shared_stats": RunStatsQueryParams,
    "group_runs": QueryGroupedExamplesWithRuns,
}


def detail(model: type[BaseModel], body: Any) -> list[dict[str, Any]]:
    """FastAPI's `detail` for the body (fastapi/dependencies/utils.py: validated as an object with
    attributes, located under body), without the links to pydantic's pages."""
    try:
        TypeAdapter(model).validate_python(body, from_attributes=True)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        return [{**fault, "loc": ["body", *fault["loc"]]} for fault in faults]
    return []
