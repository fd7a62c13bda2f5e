"""The bundled providers, installed ones, and one from outside of the package: examples/toy."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from attrs import evolve
from starlette.testclient import TestClient

from locum import Provider, providers
from locum.cli.main import main
from locum.exceptions import ProviderError, StartError
from locum.generator import catalog
from locum.openapi import documents
from locum.provider import TEXT, TIME, Table
from locum.provider_code import imported_anew
from locum.scenarios import latest_time
from locum.server.run import greeting
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


@pytest.mark.parametrize("name", ["langsmith", "helicone"])
def test_a_server_loads_neither_generator_nor_importer(name: str) -> None:
    """They are loaded when they are asked for."""
    program = (
        f"import sys, locum.{name} as vendor\n"
        f"def loaded(): return sorted(m for m in sys.modules if m.startswith('locum.{name}.') "
        "and m.rpartition('.')[2] in ('fixtures', 'exports'))\n"
        "before = loaded(); vendor.PROVIDER.world(); vendor.PROVIDER.exports()\n"
        "print(before, loaded())"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert found.stdout == f"[] ['locum.{name}.exports', 'locum.{name}.fixtures']\n"


@pytest.mark.parametrize("provider", providers.bundled(), ids=lambda provider: provider.name)
def test_its_part_of_generator_and_importer_is_about_its_tables(provider: Provider) -> None:
    assert provider.world is not None
    assert provider.exports is not None
    world, exports = provider.world(), provider.exports()
    assert {kind.table for kind in exports.kinds} <= provider.tables.keys()
    assert world.ids.keys() <= provider.tables.keys()
    assert {rule.table for rule in world.rules} <= provider.tables.keys()
    vocabulary = exports.vocabulary
    for columns in (vocabulary.columns, vocabulary.contents, vocabulary.labels):
        for table, names in columns.items():
            assert set(names) <= provider.tables[table].columns.keys()


def test_a_name_chooses_and_a_path_adds() -> None:
    def names(*given: str) -> list[str]:
        return [provider.name for provider in providers.chosen(given)]

    assert names() == ["langsmith", "helicone"]
    assert names("helicone") == ["helicone"]
    assert names(str(TOY)) == ["langsmith", "helicone", "toy"]
    assert names(str(TOY / "provider.py"), "helicone") == ["helicone", "toy"]
    assert names(str(TOY), str(TOY)) == ["langsmith", "helicone", "toy"]


def test_the_provider_at_a_path_may_be_chosen_by_its_name() -> None:
    """Then it is served alone; a name without a separator is looked up before it is a folder."""
    found = providers.chosen(["toy", str(TOY)])
    assert [provider.name for provider in found] == ["toy"]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("empty", "the folder has neither __init__.py nor provider.py"),
        ("helicon", "neither a name nor a folder or Python file; did you mean helicone?"),
        ("./nothing", "neither a name nor a folder or Python file"),
    ],
)
def test_what_is_at_no_place_is_told_by_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, words: str
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProviderError) as raised:
        providers.chosen([place])
    assert raised.value.message == f"no provider {place!r}: {words}"


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
    assert "sales.jsonl is the table toy/sales, which no provider declares" in error
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


def test_a_sample_that_raises_stops_the_start_in_two_lines(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "keys.jsonl").write_text('{"key": "k", "tenant_id": "ann"}')
    (tmp_path / "provider.py").write_text(
        "from pathlib import Path\nfrom locum import Provider\n"
        "P = Provider(name='mine', data=Path(__file__).parent / 'data', sample=lambda *_: 1 / 0,\n"
        f"    documents=(Path({str(TOY / 'toy.yaml')!r}),),\n"
        "    handlers={'GET /v1/shops/{shop}/sales': lambda data, tenant, **_: {}})"
    )
    program = (
        "import sys; from locum import providers; "
        f"mine = providers.at_path({str(tmp_path)!r}); providers.chosen = lambda _: (mine,); "
        "from locum.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "serve", "--data", "tiny", "--port", "0"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    error, fix = done.stderr.splitlines()
    assert "error: mine cannot make its sample: " in error
    assert error.endswith("provider.py:3: ZeroDivisionError: division by zero")
    assert (done.returncode, fix) == (2, "fix: mend the provider")


BASE = "from pathlib import Path\nfrom locum import Provider\nfrom locum.provider import *\n"
SERVES_SALES = f"""SALES = {{"documents": (Path("{TOY}/toy.yaml"),),
    "handlers": {{"GET {SALES.replace("north", "{shop}")}": lambda data, tenant, **_: {{}}}}}}
"""
BROKEN: dict[str, tuple[str, str]] = {
    "ValueError": ("raise ValueError('of mine')", "provider.py:6: ValueError: of mine"),
    "KeyError": ("{}['x']", "provider.py:6: KeyError: 'x'"),
    "ZeroDivisionError": ("1 / 0", "provider.py:6: ZeroDivisionError: division by zero"),
    "AssertionError": ("assert 1 > 2", "provider.py:6: AssertionError"),
    "SystemExit": ("raise SystemExit(0)", "provider.py:6: SystemExit: 0"),
    "SyntaxError": ("P = = 1", "provider.py:6: SyntaxError: "),
    "derived": (
        "P = Provider(name='a', derived=(Derived('bad', 'SELEC 1'),))",
        "the derived table bad: Parser Error",
    ),
    "select": (
        "P = Provider(name='a', tables={'a/b': Table({'c': TEXT}, 'SELECT d FROM rows')})",
        "the table a/b: Binder Error",
    ),
    "prepare": (
        "def prepare(data):\n    return {}[data.name]\nP = Provider(name='a', prepare=prepare)",
        "provider.py:7: KeyError: 'tiny'",
    ),
    "prepare of rows": (
        "def prepare(data):\n    data.rows('SELEC 1')\nP = Provider(name='a', prepare=prepare)",
        "provider.py:7: ParserException: ",
    ),
    "counted": (
        "P = Provider(name='a', tables={'a/b': Table({'c': TEXT})}, counted={'a/c': 'things'})",
        "a counts the table a/c, which it does not declare",
    ),
    "credential": (
        "P = Provider(name='a', **SALES, credential=lambda t: t['gone'])",
        "provider.py:6: KeyError: 'gone'",
    ),
    "credential of another type": (
        "P = Provider(name='a', **SALES, credential=lambda t: 'key')",
        "found 'key', expected Presented",
    ),
    "aliases": (
        "P = Provider(name='a', **SALES, aliases=lambda path: [path[999]])",
        "provider.py:6: IndexError: string index out of range",
    ),
}


def start(capsys: pytest.CaptureFixture[str], folder: Path, source: str) -> tuple[str, str]:
    """Start the server with a provider of this source, which does not: its error, and its fix."""
    folder.mkdir(exist_ok=True)
    (folder / "provider.py").write_text(BASE + SERVES_SALES + source)
    assert main(["serve", "--provider", str(folder), "--data", "tiny", "--port", "0"]) == 2
    error, fix = capsys.readouterr().err.splitlines()
    assert error.startswith("error: ")
    assert fix.startswith("fix: ")
    return error, fix


@pytest.mark.parametrize("fault", BROKEN)
def test_whatever_a_provider_raises_stops_the_start_in_two_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    source, message = BROKEN[fault]
    assert message in start(capsys, tmp_path / "broken", source)[0]


def test_a_constraint_on_a_column_that_is_not_there_stops_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = (
        "from locum.provider import TEXT, Constraints, Table\n"
        "P = Provider(name='a', tables={'a/b': Table({'name': TEXT}, "
        "constraints=Constraints(required=('nam',)))})"
    )
    error, fix = start(capsys, tmp_path, source)
    assert error == (
        "error: a names the column nam in the constraints of a/b, which has none of that name; "
        "did you mean name?"
    )
    assert fix == "fix: name its columns: name"


def test_a_key_of_a_provider_without_key_stops_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "keys.jsonl").write_text('{"key": "k"}\n{"tenant_id": "ann"}\n')
    source = "P = Provider(name='a', data=Path(__file__).parent / 'data')"
    assert "keys.jsonl: row 2 has no key" in start(capsys, tmp_path, source)[0]


def test_a_key_of_a_dataset_without_key_stops_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "keys.jsonl").write_text('{"provider": "helicone", "tenant_id": "ann"}\n')
    arguments = ["serve", "--data", str(tmp_path), "--port", "0"]
    assert main(arguments) == 2
    told = capsys.readouterr().err.splitlines()[0]
    assert told == f"error: {tmp_path}/keys.jsonl:1: key is null, expected a value"
    assert main([*arguments, "--unchecked"]) == 2
    assert "key 1 of helicone" in capsys.readouterr().err.splitlines()[0]


def test_a_provider_of_another_name_than_its_entry_point_is_refused(tmp_path: Path) -> None:
    done = in_environment(tmp_path, "from locum import Provider\nP = Provider(name='b')", LIST)
    assert "the provider a (brought) is named b" in done.stderr


LIST = "from locum import providers; print([p.name for p in providers.installed()])"
RUN = "import sys; from locum.cli.main import main; sys.exit(main(sys.argv[1:]))"


def in_environment(
    folder: Path, source: str, program: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run a program where the package `brought` with that source is installed."""
    (folder / "brought.py").write_text(source)
    metadata = folder / "brought-1.0.dist-info"
    metadata.mkdir(exist_ok=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[locum.providers]\na = brought\n")
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(folder)},
        check=False,
    )


@pytest.mark.parametrize("source", ["1 / 0", "raise SystemExit(0)", "{}['x']"])
def test_a_broken_package_is_named_where_it_is_loaded(tmp_path: Path, source: str) -> None:
    done = in_environment(tmp_path, source, RUN, "serve", "--data", "tiny", "--port", "0")
    error, fix = done.stderr.splitlines()
    assert done.returncode == 2
    assert error.startswith(
        "error: the provider a (brought) cannot be loaded from the package brought: "
    )
    assert f"{tmp_path / 'brought.py'}:1: " in error
    assert fix.startswith("fix: mend or uninstall the package brought")


def test_a_broken_package_stops_no_other(tmp_path: Path) -> None:
    """Only what is chosen is loaded."""
    program = (
        "from locum import providers; print([p.name for p in providers.chosen(['helicone'])]); "
        "from types import SimpleNamespace as Wanted; from locum.cli import serving; "
        "print(serving._load(Wanted(data=('tiny',), provider=('helicone',), handlers=(), "
        "auth='strict', clock='fixed', unchecked=False)).first)"
    )
    done = in_environment(tmp_path, "1 / 0", program)
    assert (done.stdout, done.stderr) == ("['helicone']\ntiny\n", "")
    done = in_environment(tmp_path, "1 / 0", RUN, "fixtures", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "import" in done.stdout


def test_what_a_module_calls_provider_is_its_provider(tmp_path: Path) -> None:
    """Whatever else it imports."""
    file = tmp_path / "provider.py"
    file.write_text(
        "from locum import Provider\nfrom locum.helicone.provider import PROVIDER as OTHER\n"
        "PROVIDER = Provider(name='mine')"
    )
    assert providers.at_path(str(file)).name == "mine"


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


def test_a_table_of_any_name_is_counted_and_sets_the_clock(tmp_path: Path) -> None:
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "line-items.jsonl").write_text('{"order": "a", "to": "2026-01-02T00:00Z"}')
    name = "acme/line-items"
    acme = Provider(
        name="acme", tables={name: Table({"order": TEXT, "to": TIME})}, counted={name: "items"}
    )
    found = catalog.find(str(tmp_path), providers.columns([acme]), [acme])
    scenarios = scenarios_of([found], [acme])
    scenarios.load_chosen()
    assert f"dataset: {tmp_path.name} (1 items)" in greeting("http://a.test", scenarios)
    assert latest_time(found, [acme]) == datetime(2026, 1, 2, tzinfo=UTC)


def test_the_names_of_installed_providers_are_known_without_loading_them(tmp_path: Path) -> None:
    program = "from locum import providers; print(providers.names())"
    done = in_environment(tmp_path, "1 / 0", program)
    assert (done.stdout, done.stderr) == ("['langsmith', 'helicone', 'a']\n", "")


def test_the_names_of_the_bundled_providers_are_those_of_their_packages() -> None:
    assert providers.names() == [provider.name for provider in providers.bundled()]


# Code that changes.


def titled(folder: Path, title: str) -> None:
    """A provider in a folder, whose title is another module's."""
    text = "from locum import Provider\nfrom .words import TITLE\n"
    (folder / "provider.py").write_text(f"{text}PROVIDER = Provider(name='mine', title=TITLE)\n")
    (folder / "words.py").write_text(f"TITLE = {title!r}\n")


def test_code_at_a_path_is_imported_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the modules that it imports; else it is the one that was imported before."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    titled(tmp_path, "first")
    first = providers.at_path(str(tmp_path))
    titled(tmp_path, "other")
    assert providers.at_path(str(tmp_path)) is first
    with imported_anew():
        other = providers.at_path(str(tmp_path))
    assert (first.title, other.title) == ("first", "other")
    assert providers.at_path(str(tmp_path)) is other


def test_where_code_cannot_be_imported_anew_the_old_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    titled(tmp_path, "first")
    first = providers.at_path(str(tmp_path))
    (tmp_path / "words.py").write_text("TITLE = \n")
    with pytest.raises(ProviderError, match=r"words\.py:1: SyntaxError"), imported_anew():
        providers.at_path(str(tmp_path))
    assert providers.at_path(str(tmp_path)) is first


def test_code_at_paths_is_in_folders_and_beside_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is named is in packages that do not change."""
    monkeypatch.chdir(tmp_path)
    folder, alone = tmp_path / "folder", tmp_path / "alone"
    for each in (folder, alone):
        each.mkdir()
        titled(each, "a")
    named = ["langsmith", str(folder), str(alone / "provider.py"), str(tmp_path / "gone.py")]
    files, folders = providers.code_at_paths(named)
    assert folders == {folder}
    assert files == {alone / "provider.py", alone / "words.py", tmp_path / "gone.py"}


# Foreign documents.


@pytest.mark.parametrize(
    ("file", "taken", "name"),
    [
        ("shop.yaml", (), "shop"),
        ("Train Travel_3.1.yaml", (), "train-travel-3-1"),
        ("shop.yaml", ("shop", "shop-2"), "shop-3"),
        ("___.yaml", (), "document"),
    ],
)
def test_a_foreign_document_has_a_provider_of_its_own(
    tmp_path: Path, file: str, taken: tuple[str, ...], name: str
) -> None:
    """Named by its file."""
    place = tmp_path / file
    place.write_text("openapi: 3.1.0\ninfo: {title: The shop, version: '1'}\npaths: {}\n")
    found = providers.foreign(documents.load(place), taken)
    assert (found.name, found.title, found.documents) == (name, "The shop", (place,))
    assert (found.handlers, found.tables) == ({}, {})


def test_named_are_those_that_a_name_or_path_leads_to() -> None:
    assert providers.named([]) == frozenset()
    assert providers.named(["helicone", str(TOY)]) == {"helicone", "toy"}
    assert providers.named(["toy", str(TOY)]) == {"toy"}
