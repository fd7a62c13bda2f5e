"""The bundled providers, installed ones, and one from outside of the package: examples/toy."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from attrs import evolve
from starlette.testclient import TestClient

from locum import Provider, providers
from locum.cli.main import main
from locum.exceptions import StartError
from locum.generator import catalog
from tests.conftest import ROOT
from tests.oracles.bundled import PROVIDERS, application_of, scenarios_of
from tests.oracles.requests_of_tiny import OPERATIONS, request

TOY = ROOT / "examples" / "toy"
SALES = "/v1/shops/north/sales"
ANN, BOB = {"Toy-Key": "toy-key"}, {"Toy-Key": "other-toy-key"}


def client_of(*chosen: Provider, data: str = "tiny") -> TestClient:
    every = tuple(dict.fromkeys([*PROVIDERS, *chosen]))
    found = catalog.find(data, providers.columns(every), every)
    application = application_of(scenarios_of([found], chosen))
    return TestClient(application, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def toy() -> Provider:
    return providers.at_path(str(TOY))


@pytest.fixture(scope="module")
def toys(toy: Provider) -> Iterator[TestClient]:
    """A client of the bundled providers and the toy vendor."""
    with client_of(*PROVIDERS, toy) as client:
        yield client


def test_the_bundled_providers_are_installed() -> None:
    assert [provider.name for provider in providers.installed()] == ["langsmith", "helicone"]


def test_a_name_chooses_and_a_path_adds() -> None:
    def names(*given: str) -> list[str]:
        return [provider.name for provider in providers.chosen(given)]

    assert names() == ["langsmith", "helicone"]
    assert names("helicone") == ["helicone"]
    assert names(str(TOY)) == ["langsmith", "helicone", "toy"]
    assert names(str(TOY / "provider.py"), "helicone") == ["helicone", "toy"]
    assert names(str(TOY), str(TOY)) == ["langsmith", "helicone", "toy"]


def test_an_operation_is_computed_from_the_providers_own_table(toys: TestClient) -> None:
    """Ann's north shop: 250 + 1200 + 999 = 2449; from 999 on two sales, 2199."""
    assert toys.get(SALES, headers=ANN).json() == {"sales": 3, "cents": 2449}
    assert toys.get(SALES, headers=ANN, params={"least": 999}).json() == {"sales": 2, "cents": 2199}


def test_a_handler_may_answer_another_status(toys: TestClient) -> None:
    """Which its document has, and no entity tag goes with it."""
    for _ in range(3):
        answer = toys.get(SALES, headers=BOB)
        assert (answer.status_code, answer.json()) == (404, {"reason": "no sales in north"})
        assert "etag" not in answer.headers


def test_a_failure_is_told_in_the_providers_words(toys: TestClient) -> None:
    """Also where another provider has paths under /v1/; a path of nobody's is the nearest one's."""
    invalid = toys.get(SALES, headers=ANN, params={"least": -1})
    assert (invalid.status_code, invalid.json()) == (422, {"complaints": ["least: minimum"]})
    unknown = toys.get(SALES, headers={"Toy-Key": "nobody"})
    assert (unknown.status_code, unknown.json()) == (401, {"reason": "Invalid token"})
    assert toys.get("/v1/shops").json() == {"reason": "Not Found"}
    assert toys.get("/v1/session").json() == {"error": "Not Found"}
    assert toys.get("/v3/anything").json() == {"detail": "Not Found"}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_others_answer_as_without_it(
    toys: TestClient, client: TestClient, world: dict[str, str], operation: str
) -> None:
    asked = request(operation, world)
    assert toys.request(**asked).content == client.request(**asked).content


def test_a_provider_is_served_by_several_processes(tmp_path: Path, world: dict[str, str]) -> None:
    command = [sys.executable, "-m", "locum", "serve", "--provider", str(TOY), "--workers", "2"]
    command += ["--data", "tiny", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().split()[-1]
            assert "4 sales of toys" in server.stdout.readline()
            for _ in range(12):  # connections, which go to both
                with httpx.Client(base_url=url) as client:
                    assert client.get(SALES, headers=ANN).json() == {"sales": 3, "cents": 2449}
                    for operation in OPERATIONS:
                        assert client.request(**request(operation, world)).status_code == 200
        finally:
            server.terminate()


def test_data_of_a_dataset_come_before_the_providers_own(tmp_path: Path, toy: Provider) -> None:
    (tmp_path / "toy").mkdir()
    row = {"shop": "north", "owner": "ann", "cents": 7}
    (tmp_path / "toy" / "sales.jsonl").write_text(json.dumps(row), encoding="utf-8")
    with client_of(toy, data=str(tmp_path)) as client:
        assert client.get(SALES, headers=ANN).json() == {"sales": 1, "cents": 7}


def test_a_table_that_nobody_declares_stops_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(TOY / "data", tmp_path / "mine")
    assert main(["serve", "--data", str(tmp_path / "mine"), "--port", "0"]) == 2
    error, fix = capsys.readouterr().err.splitlines()
    assert "has the table toy/sales, which no provider declares" in error
    assert "--provider" in fix


def test_an_entry_point_is_installed(tmp_path: Path) -> None:
    """As a package brings it: its metadata lie beside its modules."""
    shutil.copytree(TOY, tmp_path / "toyland")
    (tmp_path / "toyland" / "__init__.py").touch()
    metadata = tmp_path / "toyland-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: toyland\nVersion: 1.0\n")
    entry = "[locum.providers]\ntoy = toyland.provider:PROVIDER\n"
    (metadata / "entry_points.txt").write_text(entry)
    program = "from locum import providers; print([p.name for p in providers.installed()])"

    def installed() -> subprocess.CompletedProcess[str]:
        environment = {"PYTHONPATH": str(tmp_path)}
        return subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )

    assert installed().stdout == "['langsmith', 'helicone', 'toy']\n"
    (metadata / "entry_points.txt").write_text("[locum.providers]\ntoy = toyland:GONE\n")
    assert "the provider toy (toyland:GONE) cannot be loaded" in installed().stderr


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (None, "neither a name nor a folder or Python file"),
        ("", "holds 0 providers, expected one"),
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ("from locum import Provider\nA = Provider(name='a')\nB = Provider(name='b')", "holds 2"),
        ("from locum import Provider\nA = Provider(name='langsmith')", "two providers are named"),
        ("from locum import Provider\nA = Provider(nam='a')", "TypeError"),
    ],
)
def test_what_is_no_provider_stops_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], source: str | None, message: str
) -> None:
    file = tmp_path / f"of_{abs(hash((source, message)))}.py"
    if source is not None:
        file.write_text(source)
    assert main(["serve", "--provider", str(file), "--data", "tiny", "--port", "0"]) == 2
    error, fix = capsys.readouterr().err.splitlines()
    assert error.startswith("error: ")
    assert message in error
    assert fix.startswith("fix: ")


def test_modules_of_a_folder_import_each_other(tmp_path: Path) -> None:
    """And folders of one name are different packages."""
    for number in (1, 2):
        folder = tmp_path / str(number) / "mine"
        folder.mkdir(parents=True)
        (folder / "names.py").write_text(f"NAME = 'mine{number}'")
        main_file = folder / ("__init__.py" if number == 1 else "provider.py")
        main_file.write_text(
            "from locum import Provider\nfrom .names import NAME\nP = Provider(name=NAME)"
        )
    found = [providers.at_path(str(tmp_path / str(number) / "mine")).name for number in (1, 2)]
    assert found == ["mine1", "mine2"]


def test_two_providers_may_not_declare_one_table(toy: Provider) -> None:
    other = evolve(toy, name="other", tables={**toy.tables})
    assert providers.declared([toy, other])  # the very same table is no conflict
    copied = evolve(other, tables={name: evolve(table) for name, table in toy.tables.items()})
    with pytest.raises(StartError, match="the table toy/sales of other is another provider's too"):
        providers.declared([toy, copied])


def test_a_refused_operation_says_so(toy: Provider) -> None:
    (name,) = toy.handlers
    with client_of(evolve(toy, handlers={}, refused={name: "Sales are secret."})) as client:
        answer = client.get(SALES, headers=ANN)
    assert (answer.status_code, answer.json()) == (403, {"reason": "Sales are secret."})


def test_an_alias_yields_to_a_path_of_a_document(tmp_path: Path, toy: Provider) -> None:
    """/v1/sales/… is a further path of the shops', and then another document's own."""
    aliased = evolve(toy, aliases=lambda path: [path.replace("/shops/", "/sales/")])
    path = "/v1/sales/north/sales"
    with client_of(aliased) as client:
        assert client.get(path, headers=ANN).json() == {"sales": 3, "cents": 2449}
    text = (TOY / "toy.yaml").read_text(encoding="utf-8").replace("/v1/shops/", "/v1/sales/")
    own = tmp_path / "own.yaml"
    own.write_text(text.replace("toy: []", "toy2: []").replace("    toy:", "    toy2:"))
    (name,) = toy.handlers
    other = Provider(
        name="other",
        documents=(own,),
        handlers={name.replace("/shops/", "/sales/"): lambda *_, **__: {"sales": 9, "cents": 9}},
    )
    with client_of(aliased, other) as client:
        # The other provider has no keys, so any will do; its answer is its own.
        assert client.get(path, headers=ANN).json() == {"sales": 9, "cents": 9}
        assert client.get(SALES, headers=ANN).json() == {"sales": 3, "cents": 2449}
