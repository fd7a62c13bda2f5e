"""The folders that come with the package, in a checkout and in an installed wheel."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from locum import resources
from locum.resources import DATA_DICTIONARY, bundled
from tests.conftest import ROOT


@pytest.mark.parametrize("folder", ["specs", "fixtures"])
def test_folder_of_the_checkout(folder: str) -> None:
    assert bundled(folder) == ROOT / folder
    assert bundled(folder).is_dir()


def test_folder_in_an_installed_wheel_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wheel has specs/ inside the package; two levels up is site-packages' own parent."""
    package = tmp_path / "lib" / "site-packages" / "locum"
    (package / "specs").mkdir(parents=True)
    (tmp_path / "lib" / "specs").mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", package)
    assert bundled("specs") == package / "specs"


def test_the_data_dictionary_is_a_page_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    repository, _, page = DATA_DICTIONARY.partition("/blob/main/")
    assert repository == project["urls"]["Source"]
    assert (ROOT / page).is_file()
