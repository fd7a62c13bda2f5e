"""Datasets by name: the bundled ones, those made on first use, folders, and a provider's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from attrs import evolve

from locum.datasets.columns import TEXT
from locum.engine.tables import Table
from locum.exceptions import DatasetError
from locum.generator import catalog
from locum.provider import Provider
from tests.oracles.bundled import GENERATED, PROVIDERS, TABLES

COLUMNS = {"id": TEXT}


def acme(folder: Path) -> Provider:
    """A provider that brings data of its own."""
    (folder / "acme").mkdir(parents=True)
    (folder / "acme" / "widgets.jsonl").write_text('{"id": "own"}', encoding="utf-8")
    (folder / "keys.jsonl").write_text('{"key": "own"}', encoding="utf-8")
    return Provider(name="acme", tables={"acme/widgets": Table(COLUMNS)}, data=folder)


def test_a_bundled_name_goes_before_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tiny").mkdir()
    monkeypatch.chdir(tmp_path)
    found = catalog.find("tiny", TABLES, PROVIDERS)
    assert found.folder != tmp_path / "tiny"
    assert list(found.files) == list(GENERATED)


def test_a_path_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "keys.jsonl").touch()
    found = catalog.find(str(tmp_path / "mine"), TABLES, PROVIDERS)
    assert (found.name, list(found.files)) == ("mine", ["keys"])


def test_a_name_before_a_folder_is_its_scenarios(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two folders of the same name; one whose own name has such a beginning is told by its path."""
    monkeypatch.chdir(tmp_path)
    for place in ("a/shop", "b/shop", "c=d"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "keys.jsonl").touch()
    texts = ["a=a/shop", f"b={tmp_path}/b/shop", "./c=d", "c=c=d", "few=tiny"]
    found = [catalog.find_named(text, TABLES, PROVIDERS) for text in texts]
    assert [each.name for each in found] == ["a", "b", "c=d", "c", "few"]
    places = [tmp_path / "a" / "shop", tmp_path / "b" / "shop", tmp_path / "c=d"]
    assert [each.folder.resolve() for each in found[:4]] == [*places, places[-1]]
    assert list(found[4].files) == list(GENERATED)


@pytest.mark.parametrize("text", ["a=", "=tiny", "a b=tiny", "-a=tiny", "a=no-such"])
def test_what_is_no_name_and_dataset_is_refused(text: str) -> None:
    with pytest.raises(DatasetError, match="neither a bundled name nor a folder"):
        catalog.find_named(text, TABLES, PROVIDERS)


def test_a_dataset_made_on_first_use_keeps_its_name_when_it_is_made_again() -> None:
    """many-groups is not needed for that: what makes it is asked by a dataset of another name."""
    anew = catalog.find("tiny", TABLES, PROVIDERS)
    found = evolve(anew, make_again=lambda: anew).renamed("mine")
    assert found.make_again is not None
    assert (found.name, found.make_again().name) == ("mine", "mine")


def test_what_is_neither_is_told_the_names(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="neither a bundled name nor a folder") as error:
        catalog.find(str(tmp_path / "no-such"), TABLES, PROVIDERS)
    assert "tiny" in error.value.fix


@pytest.mark.parametrize(
    ("name", "told"),
    [("tinny", "; did you mean tiny?"), ("outrage", "; did you mean outage?"), ("x", "")],
)
def test_a_mistyped_name_is_told_the_nearest(name: str, told: str) -> None:
    with pytest.raises(DatasetError) as error:
        catalog.find(name, TABLES, PROVIDERS)
    assert str(error.value) == f"no dataset {name!r}: neither a bundled name nor a folder{told}"


def test_a_dataset_made_on_first_use_has_the_tables_of_the_providers_that_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each set of providers has one of its own: it is no half of the other's."""
    monkeypatch.setenv("LOCUM_CACHE", str(tmp_path))
    both = catalog.find("spike", TABLES, PROVIDERS)
    (langsmith,) = (each for each in PROVIDERS if each.name == "langsmith")
    one = catalog.find("spike", TABLES, [langsmith])
    assert list(both.files) == list(GENERATED)
    assert list(one.files) == ["keys", *(each for each in langsmith.tables if each in GENERATED)]
    assert catalog.find("spike", TABLES, PROVIDERS).folder == both.folder
    keys = [json.loads(line) for line in one.files["keys"].read_text("utf-8").splitlines()]
    assert {key["provider"] for key in keys} == {"langsmith"}


def test_a_providers_own_data_stand_in_where_the_dataset_has_none(tmp_path: Path) -> None:
    provider = acme(tmp_path / "own")
    tables = {**TABLES, "acme/widgets": COLUMNS}
    found = catalog.find("tiny", tables, [*PROVIDERS, provider])
    assert found.files["acme/widgets"] == tmp_path / "own" / "acme" / "widgets.jsonl"
    assert found.files["keys"].parent.name == "tiny"


def test_a_dataset_that_has_tables_of_the_provider_needs_no_others(tmp_path: Path) -> None:
    provider = acme(tmp_path / "own")
    (tmp_path / "mine" / "acme").mkdir(parents=True)
    (tmp_path / "mine" / "acme" / "widgets.jsonl").touch()
    found = catalog.find(str(tmp_path / "mine"), {"keys": {}, "acme/widgets": COLUMNS}, [provider])
    assert list(found.files.values()) == [tmp_path / "mine" / "acme" / "widgets.jsonl"]
