"""From a request to what it is about: which runs a body asks for, and whose projects and datasets
there are. The runs are those of `six_runs`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from locum.engine.data import Data, Parameters
from locum.exceptions import FilterError, InvalidRequest, NotFound
from locum.langsmith import selection
from locum.langsmith import timestamps as times
from locum.langsmith.run_index import run_index
from locum.langsmith.run_stats import shared_dataset_stats
from tests.oracles.langsmith_rows import DATASET, PROJECT, TENANT, at, load, run, session
from tests.oracles.langsmith_selection import EXAMPLE, LLM, ONE, SHARED_AS, six_runs


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Data:
    return six_runs(tmp_path_factory.mktemp("six"))


def names(engine: Data, body: dict[str, Any]) -> set[str]:
    """The names of the runs that a body selects, as the facets tell them."""
    facets = shared_dataset_stats(engine, None, SHARED_AS, body | {"select": ["run_facets"]})[
        "run_facets"
    ]
    return {facet["value"] for facet in facets if facet["key"] == "name"}


EVERY = {"one", "one-llm", "one-tool", "two", "two-llm", "far"}


@pytest.mark.parametrize(
    ("body", "selected"),
    [
        ({}, EVERY),
        (dict.fromkeys(("id", "session", "trace", "error", "is_root", "filter")), EVERY),
        ({"is_root": True}, {"one", "two", "far"}),
        ({"is_root": False}, {"one-llm", "one-tool", "two-llm"}),
        ({"execution_order": 1}, {"one", "two", "far"}),
        ({"run_type": "llm"}, {"one-llm", "two-llm"}),
        ({"error": True}, {"one"}),
        ({"error": False}, EVERY - {"one"}),
        ({"trace": ONE.upper()}, {"one", "one-llm", "one-tool"}),
        ({"parent_run": LLM.upper()}, {"one-tool"}),
        ({"session": ["SECOND", "no experiment"]}, {"far"}),
        ({"session": []}, set()),
        ({"reference_example": [EXAMPLE.upper()]}, {"one"}),
        ({"start_time": at(3)}, {"two", "two-llm", "far"}),
        ({"end_time": at(3)}, {"one", "one-llm", "one-tool"}),
        ({"start_time": at(3), "end_time": at(5)}, {"two", "two-llm"}),
        ({"start_time": "2026-06-01t14:00:03.0000001+02:00"}, {"two-llm", "far"}),
        ({"start_time": "0000-01-01T00:00:00Z", "end_time": "9999-12-31T23:59:60Z"}, EVERY),
        ({"query": "LLM"}, {"one-llm", "two-llm"}),
        ({"query": "llm two"}, {"two-llm"}),
        ({"filter": 'eq(name, "one")'}, {"one"}),
        ({"filter": 'or(eq(name, "one"), eq(name, "two"))', "is_root": False}, set()),
        ({"filter": 'or(eq(name, "one"), eq(name, "two"))', "error": True}, {"one"}),
        ({"search_filter": 'search("deep")'}, {"one-llm"}),
        ({"trace_filter": 'eq(name, "one")'}, {"one", "one-llm", "one-tool"}),
        ({"trace_filter": 'eq(name, "one-llm")'}, set()),
        ({"tree_filter": 'eq(name, "one-llm")'}, {"one", "one-llm", "one-tool"}),
        ({"tree_filter": 'has(tags, "red")', "run_type": "llm"}, {"two-llm"}),
        ({"tree_filter": 'eq(name, "strange")'}, set()),  # in the trace, and another tenant's
        ({"id": [ONE.upper(), "l", "x", "y"], "run_type": "tool"}, {"one", "two-llm"}),
        ({"id": []}, set()),
        ({"id": ["L"] * 60}, {"two-llm"}),
        ({"session": ["second", *map(str, range(20_000))]}, {"far"}),
        ({"data_source_type": "lite", "skip_pagination": True}, EVERY),
        ({"use_experimental_search": True}, EVERY),
    ],
)
def test_a_body_selects(engine: Data, body: dict[str, Any], selected: set[str]) -> None:
    assert names(engine, body) == selected


@pytest.mark.parametrize("parameter", ["filter", "search_filter", "trace_filter", "tree_filter"])
def test_a_filter_that_cannot_be_read_is_named(engine: Data, parameter: str) -> None:
    with pytest.raises(FilterError) as raised:
        names(engine, {parameter: "eq(nme, 1)"})
    assert (raised.value.parameter, raised.value.position) == (parameter, 4)


def test_a_time_that_is_none_is_named(engine: Data) -> None:
    with pytest.raises(InvalidRequest) as raised:
        names(engine, {"end_time": "2026-02-30T00:00:00Z"})
    assert raised.value.faults[0].location == ("body", "end_time")


def test_a_selection_is_kept_with_the_data(engine: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same condition with the same values takes no statement again; another value does."""

    def roots(name: str) -> list[int]:
        parameters = Parameters()
        condition = f"runs.is_root AND runs.name = {parameters.add(name)}"
        found: list[int] = selection.where(engine, condition, parameters).tolist()
        return found

    assert roots("two") == roots("two") == [3]

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(engine, "arrays", refuse)
    assert roots("two") == [3]
    with pytest.raises(AssertionError):
        roots("far")


def test_selections_that_were_not_asked_for_lately_are_forgotten(tmp_path: Path) -> None:
    """Each counts 16 kB at least of 16 MB: of 1,030 the first ones are gone."""
    data = load(tmp_path, runs=[run("a")])
    for number in range(1030):
        parameters = Parameters()
        selection.where(data, f"runs.run < {parameters.add(number)}", parameters)
    kept, _ = data.once(selection._selections)
    assert len(kept) == 1024
    assert kept.currsize <= 16 * 2**20
    assert all(np.array_equal(each.runs, [0]) for each in list(kept.values())[-100:])


def test_a_project_is_found_for_its_tenant_in_any_letter_case(tmp_path: Path) -> None:
    data = load(tmp_path, sessions=[session("Ab", extra={"x": 1}, description="of mine")])
    project = selection.project_of(data, TENANT, "aB")
    assert (project.id, project.tenant_id, project.description) == ("Ab", TENANT, "of mine")
    for tenant, id_ in ((TENANT, "Abc"), ("other", "Ab"), (None, "Ab")):
        with pytest.raises(NotFound) as raised:
            selection.project_of(data, tenant, id_)
        assert (raised.value.kind, raised.value.id) == ("session", id_)


def test_a_projects_fields_are_those_of_the_document(tmp_path: Path) -> None:
    """A name and a start are never null there."""
    rows = [
        session("a", start_time=at(1), end_time=at(2), reference_dataset_id="d", extra={"x": [1]}),
        session("b", name=None, start_time=None),
    ]
    data = load(tmp_path, sessions=rows)
    nothing = dict.fromkeys(("description", "default_dataset_id", "trace_tier"))
    assert selection.project_fields(selection.project_of(data, TENANT, "a")) == nothing | {
        "id": "a",
        "tenant_id": TENANT,
        "name": "a",
        "start_time": at(1),
        "end_time": at(2),
        "reference_dataset_id": "d",
        "extra": {"x": [1]},
    }
    empty = dict.fromkeys(("end_time", "reference_dataset_id", "extra"))
    assert selection.project_fields(selection.project_of(data, TENANT, "b")) == (
        nothing | empty | {"id": "b", "tenant_id": TENANT}
    )


def test_experiments_are_numbered_by_start_within_tenant_and_dataset(tmp_path: Path) -> None:
    rows = [
        session("late", start_time=at(9), reference_dataset_id="d"),
        session("early", start_time=at(1), reference_dataset_id="d"),
        session("tied", start_time=at(9), reference_dataset_id="d"),
        session("other", start_time=at(5), reference_dataset_id="e"),
        session("theirs", start_time=at(0), reference_dataset_id="d", tenant_id="other"),
        session("none", start_time=at(0)),
    ]
    data = load(tmp_path, sessions=rows)
    numbers = {
        project.id: selection.experiment_number(data, project)
        for tenant in (TENANT, "other")
        for project in selection.projects_of(data, tenant)
    }
    assert numbers == {"early": 1, "late": 2, "tied": 3, "other": 1, "theirs": 1, "none": None}
    assert selection.experiments(data, TENANT, "d") == ["early", "late", "tied"]  # by id
    assert selection.experiments(data, TENANT, "nothing") == []


def test_a_dataset_is_found_by_its_id_and_by_its_token(engine: Data) -> None:
    assert selection.dataset_of(engine, TENANT, DATASET.upper()) == DATASET
    assert selection.shared_dataset(engine, SHARED_AS.upper()) == (DATASET, TENANT)
    for tenant, id_ in ((TENANT, "nothing"), ("other", DATASET)):
        with pytest.raises(NotFound) as raised:
            selection.dataset_of(engine, tenant, id_)
        assert (raised.value.kind, raised.value.id) == ("dataset", id_)
    with pytest.raises(NotFound) as raised:
        selection.shared_dataset(engine, EXAMPLE)
    assert (raised.value.kind, raised.value.id) == ("shared dataset", EXAMPLE)


def test_turns_are_the_root_runs_of_threads_by_start(tmp_path: Path) -> None:
    """Run 0 starts last, 3 never; 1 is in no thread, 4 is no root, 5 is another project's."""
    named = {"metadata": {"thread_id": "t"}}
    late = run("late", start_time=at(9), **named)
    rows = [
        late,
        run("alone"),
        run("early", start_time=at(1), **named),
        run("never", start_time=None, **named),
        run("child", late, start_time=at(2), **named),
        run("other", session_id="other", **named),
    ]
    turns = load(tmp_path, runs=rows).once(selection.turns_of_projects)
    assert turns.keys() == {(TENANT, PROJECT), (TENANT, "other")}
    mine = turns[TENANT, PROJECT]
    start, end = (times.microseconds(at(second)) for second in (1, 9))
    assert mine.runs.tolist() == mine.between(None, None).tolist() == [2, 0, 3]
    assert mine.between(start, end).tolist() == [2]
    assert mine.between(start + 1, None).tolist() == [0]
    assert mine.between(None, end + 1).tolist() == [2, 0]


def test_a_conversation_is_selected_whole_within_its_window(tmp_path: Path) -> None:
    """Threads t (0, 2) and u (1); 2 is outside of the window of the last one."""
    rows = [
        run("a", metadata={"thread_id": "t"}, start_time=at(0), total_tokens=5),
        run("b", metadata={"thread_id": "u"}, start_time=at(1), name="x"),
        run("c", metadata={"thread_id": "t"}, start_time=at(2), name="x", total_tokens=9),
    ]
    data = load(tmp_path, runs=rows, sessions=[session()])
    index, turns = data.once(run_index), data.once(selection.turns_of_projects)
    project = selection.project_of(data, TENANT, PROJECT)

    def chosen(**body: Any) -> list[int]:
        runs = selection.conversations(data, index, turns, project, body)
        return sorted(runs.tolist())

    assert chosen() == [0, 1, 2]
    assert chosen(filter="gt(total_tokens, 5)") == [0, 2]
    assert chosen(filter='and(eq(name, "x"), gt(total_tokens, 5))') == [0, 2]
    assert chosen(filter='and(eq(name, "agent"), gt(total_tokens, 5))') == []
    assert chosen(filter='eq(name, "x")', end_time=at(2)) == [1]
    assert sorted(selection.thread(data, project, "t").tolist()) == [0, 2]
    assert selection.thread(data, project, "T").tolist() == []


@pytest.mark.parametrize("name", ["start_time", "end_time"])
def test_a_time_of_no_day_is_refused_in_its_place(engine: Data, name: str) -> None:
    """The document's format admits 29 February of any year; the calendar does not."""
    with pytest.raises(InvalidRequest) as raised:
        names(engine, {name: "2026-02-29T00:00:00Z"})
    (fault,) = raised.value.faults
    assert (fault.location, fault.kind, fault.found) == (
        ("body", name),
        "datetime_parsing",
        "2026-02-29T00:00:00Z",
    )


def test_runs_of_projects_are_all_of_them_by_tenant_and_project(tmp_path: Path) -> None:
    """Ids of projects compare in any case; a tenant may have none."""
    root = run("root")
    rows = [
        root,
        run("child", root),
        run("upper", session_id=PROJECT.upper()),
        run("theirs", tenant_id="other"),
        run("nobody's", tenant_id=None),
        run("nowhere", session_id=None),
    ]
    found = selection.runs_of_projects(load(tmp_path, sessions=[session()], runs=rows))
    assert {key: sorted(runs.tolist()) for key, runs in found.items()} == {
        (TENANT, PROJECT): [0, 1, 2],
        ("other", PROJECT): [3],
        (None, PROJECT): [4],
        (TENANT, None): [5],
    }


def test_no_project_has_runs_where_there_are_none(tmp_path: Path) -> None:
    assert selection.runs_of_projects(load(tmp_path, sessions=[session()], runs=[])) == {}


def test_a_tenants_runs_are_those_of_its_projects(engine: Data) -> None:
    """Over a dataset or not; the run of another tenant is left out."""
    assert len(selection.runs_of_tenant(engine, TENANT, {})) == len(EVERY) + 1
    far = selection.runs_of_tenant(engine, TENANT, {"session": ["SECOND"]})
    assert far.tolist() == [5]
    for session_id in ("theirs", "nobody"):
        with pytest.raises(NotFound):
            selection.runs_of_tenant(engine, TENANT, {"session": ["second", session_id]})
    one = selection.runs_of_tenant(engine, TENANT, {"id": [ONE], "session": ["nobody"]})
    assert one.tolist() == [0]  # the ids alone decide
