"""The installed providers put together with datasets, as the command line does it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from locum import app, providers
from locum.datasets.dataset import Dataset
from locum.engine.data import Data
from locum.engine.duckdb import Engine
from locum.generator import catalog
from locum.http.connexion_app import Application
from locum.provider import Provider
from locum.scenarios import Scenarios

PROVIDERS = providers.installed()
TABLES = providers.columns(PROVIDERS)
# The columns of runs that a server took in, and their files, which no generated dataset has.
_TAKEN_IN = ("extra", "serialized", "attachments", "dotted_order", "usage", "received")
_FILES = "langsmith/attachments"
GENERATED = {
    table: {
        name: kind
        for name, kind in columns.items()
        if table != "langsmith/runs" or name not in _TAKEN_IN
    }
    for table, columns in TABLES.items()
    if table != _FILES
}


def find(name_or_folder: str | Path) -> Dataset:
    """Return the bundled dataset of that name, or the one in a folder."""
    return catalog.find(str(name_or_folder), TABLES, PROVIDERS)


def data_of(dataset: Dataset, days: int = 0) -> Data:
    """Load a dataset, its times so many days later."""
    derived = [table for provider in PROVIDERS for table in provider.derived]
    return Data(Engine(dataset, providers.declared(PROVIDERS), derived, days))


def scenarios_of(
    datasets: Sequence[Dataset], chosen: Sequence[Provider] = PROVIDERS, **options: Any
) -> Scenarios:
    """Return the datasets as scenarios, and every bundled one beside them."""
    every = dict.fromkeys([*PROVIDERS, *chosen])
    given = partial(catalog.find, tables=providers.columns(every), providers=tuple(every))
    return Scenarios(datasets, chosen, given, **options)


def application_of(scenarios: Scenarios, *specs: Path | str, **options: Any) -> Application:
    """Return the application of the scenarios' providers, or of the documents at the paths."""
    return app.build(app.read(scenarios.providers, specs), scenarios, **options)
