"""The application as a whole: it serves both documents on one port, or does not start."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from starlette.testclient import TestClient

from locum import Provider, app
from locum.cli.main import main
from locum.exceptions import DocumentError, ProviderError
from locum.http import operation as dispatch
from tests.conftest import ROOT, application_over
from tests.oracles.bundled import PROVIDERS, application_of, find, scenarios_of
from tests.oracles.requests_of_tiny import OPERATIONS, request
from tests.oracles.small_api import document, operation

LANGSMITH, HELICONE = ROOT / "specs" / "langsmith.yaml", ROOT / "specs" / "helicone.yaml"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_operation_answers(client: TestClient, world: dict[str, str], operation: str) -> None:
    answer = client.request(**request(operation, world))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_same_request_same_bytes(client: TestClient, world: dict[str, str], operation: str) -> None:
    first, second = (client.request(**request(operation, world)).content for _ in range(2))
    assert first == second


@pytest.mark.parametrize("more", [{}, {"If-None-Match": "*"}, {"Origin": "http://a.test"}])
def test_the_very_same_request_goes_the_whole_way_twice(
    world: dict[str, str], monkeypatch: pytest.MonkeyPatch, more: dict[str, str]
) -> None:
    """From then on it is answered at once, with the same headers but the time."""
    ways: list[str] = []
    whole_way = dispatch.Operation.__call__

    async def watched(self: dispatch.Operation, *arguments: Any) -> None:
        ways.append(self.name)
        await whole_way(self, *arguments)

    monkeypatch.setattr(dispatch.Operation, "__call__", watched)
    asked = request("group_stats", world)
    asked["headers"] = asked["headers"] | more
    with TestClient(application_over("tiny")) as client:
        answers = [client.request(**asked) for _ in range(4)]
    assert ways == ["POST /api/v1/runs/group/stats"] * 2
    assert len({(a.status_code, a.content, str(a.headers)) for a in answers}) == 1


def edited(folder: Path, source: Path, edit: Callable[[str], str]) -> str:
    """A copy of a document, with its overlay, after an edit of its text."""
    text = source.read_text(encoding="utf-8")
    changed = edit(text)
    assert changed != text, "the edit changes nothing"
    path = folder / source.name
    path.write_text(changed, encoding="utf-8")
    shutil.copy(source.with_suffix(".overlay.yaml"), folder)
    return str(path)


FAULTS: dict[str, tuple[Path, Callable[[str], str], tuple[str, ...]]] = {
    "duplicate id": (
        LANGSMITH,
        lambda text: text.replace(
            "read_examples_with_runs_grouped_api_v1_datasets__dataset_id__group_runs_post",
            "stats_group_runs_api_v1_runs_group_stats_post",
        ),
        ("langsmith.yaml", "stats_group_runs_api_v1_runs_group_stats_post"),
    ),
    "unknown schema keyword": (
        LANGSMITH,
        lambda text: text.replace("minimum: 0", "minimun: 0", 1),
        ("langsmith.yaml", "minimun"),
    ),
    "unknown version": (
        HELICONE,
        lambda text: text.replace("openapi: 3.0.0", "openapi: 4.0.0"),
        ("helicone.yaml", "4.0.0"),
    ),
    "no YAML": (HELICONE, lambda text: text + "\n\t- {", ("helicone.yaml",)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_document_at_fault_stops_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    """One clear line that names document and fault, one that says how to mend it, exit code 2."""
    source, edit, words = FAULTS[fault]
    document = edited(tmp_path, source, edit)
    status = main(["serve", "--strict", "--port", "0", "--data", "tiny", document])
    error, fix = capsys.readouterr().err.splitlines()
    assert status == 2
    assert error.startswith("error: ")
    assert fix.startswith("fix: ")
    assert all(word in error for word in words), error


def test_colliding_paths_stop_the_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two documents with the same path, whatever its parameter is called and the id is."""
    other = tmp_path / "other.yaml"
    shutil.copy(HELICONE, other)
    status = main(["serve", "--port", "0", "--data", "tiny", str(HELICONE), str(other)])
    error = capsys.readouterr().err.splitlines()[0]
    assert status == 2
    assert "collides" in error
    assert "helicone.yaml" in error
    assert "other.yaml" in error


def api(folder: Path, name: str, path: str, **fields: Any) -> Provider:
    """A provider of that name with one document, `openapi.yaml`, of one public operation `list`,
    which answers with the provider's name."""
    (folder / name).mkdir()
    file = folder / name / "openapi.yaml"
    made = document({path: {"get": operation(**{"operationId": "list"} | fields)}})
    file.write_text(json.dumps(made), encoding="utf-8")
    return Provider(name=name, documents=(file,), handlers={"list": lambda _data, _tenant: name})


def test_two_providers_may_have_operations_of_one_id(tmp_path: Path) -> None:
    """Each answers with its own handler, also where the other's is cached."""
    one, other = api(tmp_path, "one", "/one"), api(tmp_path, "other", "/other")
    application = application_of(scenarios_of([find("tiny")], (one, other)))
    with TestClient(application) as client:
        for _ in range(3):
            assert client.get("/one").json() == "one"
            assert client.get("/other").json() == "other"


def test_one_provider_may_not_have_two_operations_of_one_id(tmp_path: Path) -> None:
    one, other = api(tmp_path, "one", "/one"), api(tmp_path, "other", "/other")
    both = evolve(one, documents=(*one.documents, *other.documents))
    with pytest.raises(DocumentError, match=r"/get/operationId of openapi\.yaml beside another"):
        app.read([both])


def test_documents_of_one_file_name_are_served_under_a_name_each(tmp_path: Path) -> None:
    """The provider that is called like its document keeps the name, whichever comes first."""
    one, other = api(tmp_path, "one", "/one"), api(tmp_path, "other", "/other")
    copied = [tmp_path / "one" / "helicone.yaml", tmp_path / "other" / "openapi.json"]
    shutil.copy(one.documents[0], copied[0])
    text = other.documents[0].read_text(encoding="utf-8")
    copied[1].write_text(text.replace("/other", "/more").replace('"list"', '"more"'))
    chosen = (
        evolve(one, documents=(copied[0],)),
        *(each for each in PROVIDERS if each.name == "helicone"),
        api(tmp_path, "third", "/third"),
        evolve(
            other,
            documents=(*other.documents, copied[1]),
            handlers={**other.handlers, "more": lambda _data, _tenant: "more"},
        ),
    )
    served = app.read(chosen)
    assert [each.document.name for each in served] == [
        "one-helicone",
        "helicone",
        "third-openapi",
        "other-openapi",
    ]
    with TestClient(application_of(scenarios_of([find("tiny")], chosen))) as client:
        paths = {
            name: list(client.get(f"/__locum/openapi/{name}.json").json()["paths"])
            for name in ("one-helicone", "third-openapi", "other-openapi")
        }
    assert paths == {
        "one-helicone": ["/one"],
        "third-openapi": ["/third"],
        "other-openapi": ["/other", "/more"],  # of one provider's documents one is made
    }


def test_a_document_of_a_name_of_its_own_keeps_it(tmp_path: Path) -> None:
    assert [each.document.name for each in app.read([api(tmp_path, "one", "/one")])] == ["openapi"]
    assert [each.document.name for each in app.read(PROVIDERS)] == ["langsmith", "helicone"]


@pytest.mark.parametrize("path", ["/__locum", "/__locum/health", "/__locum/{any}"])
def test_a_path_below_the_reserved_prefix_stops_the_start(tmp_path: Path, path: str) -> None:
    parameters = [{"name": "any", "in": "path", "required": True, "schema": {"type": "string"}}]
    given = parameters if "{" in path else []
    with pytest.raises(DocumentError, match=f"GET {re.escape(path)} of one is below /__locum,"):
        app.read([api(tmp_path, "one", path, parameters=given)])


def test_a_path_that_only_begins_alike_is_served(tmp_path: Path) -> None:
    assert app.read([api(tmp_path, "one", "/__locum_shop")])


@pytest.mark.parametrize("field", ["handlers", "uncached", "raw", "body_limits"])
def test_a_name_that_no_document_has_stops_the_start(tmp_path: Path, field: str) -> None:
    one = api(tmp_path, "one", "/one")
    more: Any = {
        "handlers": {**one.handlers, "lits": lambda *_: None},
        "refused": {"lits": "No."},
        "uncached": ["list", "lits"],
        "raw": ["lits"],
        "body_limits": {"lits": 1},
    }
    with pytest.raises(ProviderError, match=f"one names lits in {field}, which none of its doc"):
        app.read([evolve(one, **{field: more[field]})])
    assert app.read([evolve(one, uncached=["list"])])


def test_a_handler_of_a_raw_body_gets_it_whether_one_is_documented_or_not(tmp_path: Path) -> None:
    one = evolve(api(tmp_path, "one", "/one"), raw=["list"])
    with pytest.raises(ProviderError, match=r"the handler of GET /one \(list\) of one cannot be"):
        app.read([evolve(one, handlers={"list": lambda _data, _tenant: None})])
    assert app.read([evolve(one, handlers={"list": lambda _data, _tenant, body: body})])


def test_an_operation_of_another_document_is_looked_for_in_all_of_the_provider(
    tmp_path: Path,
) -> None:
    """And nowhere where the documents are not the provider's own but named."""
    assert app.read(PROVIDERS, [HELICONE])


async def answers_later(_data: Any, _tenant: Any, **_: Any) -> None: ...


class AnswersLater:
    async def __call__(self, _data: Any, _tenant: Any, **_: Any) -> None: ...


def misses_one(_data: Any, _tenant: Any, a_b: Any) -> None: ...
def wants_another(_data: Any, _tenant: Any, a_b: Any, body: Any, more: Any) -> None: ...
def takes_it_by_place(_data: Any, a_b: Any, body: Any = None) -> None: ...
def takes_no_tenant(*, a_b: Any, body: Any) -> None: ...


@pytest.mark.parametrize(
    ("handler", "fault"),
    [
        (answers_later, "is async: async def answers_later"),
        (partial(answers_later, more=1), "is async: async def functools.partial("),
        (AnswersLater(), "is async: async def <"),
        ("answers", "is 'answers', no function"),
        (misses_one, "misses_one(.*got an unexpected keyword argument 'body'"),
        (wants_another, "wants_another(.*missing a required argument: 'more'"),
        (takes_it_by_place, "takes_it_by_place(.*multiple values for argument 'a_b'"),
        (takes_no_tenant, "takes_no_tenant(.*too many positional arguments"),
    ],
)
def test_a_handler_that_cannot_be_called_stops_the_start(
    tmp_path: Path, handler: Any, fault: str
) -> None:
    one = evolve(post_api(tmp_path), handlers={"list": handler})
    where = "the handler of POST /one (list) of one "
    expected = ".*".join(map(re.escape, f"{where}.*{fault}".split(".*")))
    with pytest.raises(ProviderError, match=expected):
        app.read([one])


def post_api(folder: Path) -> Provider:
    """A provider of one operation with the parameter A-b and a body."""
    file = folder / "post.yaml"
    parameter = {"name": "A-b", "in": "query", "schema": {"type": "string"}}
    made = {"/one": {"post": operation(parameter, body={"type": "object"}, operationId="list")}}
    file.write_text(json.dumps(document(made)), encoding="utf-8")
    return Provider(name="one", documents=(file,))


@pytest.mark.parametrize(
    "handler",
    [
        lambda _data, _tenant, a_b, body: (a_b, body),
        lambda _data, _tenant, *, body, **more: (body, more),
        lambda data, tenant, /, **more: (data, tenant, more),
        lambda *_, **__: None,
        partial(lambda _more, _data, _tenant, a_b, body: (a_b, body), 1),
        dict,
    ],
)
def test_a_handler_may_take_its_parameters_as_it_likes(tmp_path: Path, handler: Any) -> None:
    """`dict` has no signature that could be read."""
    assert app.read([evolve(post_api(tmp_path), handlers={"list": handler})])


def test_a_parameter_may_be_called_as_the_first_arguments_are_where_they_go_by_place(
    tmp_path: Path,
) -> None:
    parameter = {"name": "data", "in": "query", "schema": {"type": "string"}}
    one = api(tmp_path, "one", "/one", parameters=[parameter])

    def clashes(data: Any, _tenant: Any) -> Any:
        return data

    def told_apart(_: Any, _tenant: Any, /, data: Any) -> Any:
        return data

    with pytest.raises(ProviderError, match=r"clashes.*multiple values for argument 'data'"):
        app.read([evolve(one, handlers={"list": clashes})])
    chosen = (evolve(one, handlers={"list": told_apart}),)
    with TestClient(application_of(scenarios_of([find("tiny")], chosen))) as client:
        assert client.get("/one", params={"data": "x"}).json() == "x"
