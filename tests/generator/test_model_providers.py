"""The providers of models: whichever a recipe names, each vendor has a word for it."""

from __future__ import annotations

import pytest
from attrs import evolve

from locum.generator.model_providers import NAMES
from tests.oracles.drawn import TINY, drawn


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_may_name_it(name: str) -> None:
    """All models of tiny are its then: their calls, and where they were sent, are named for it."""
    models = {key: evolve(model, provider=name) for key, model in TINY.models.items()}
    rows = drawn(evolve(TINY, models=models))
    clients = {run["name"] for run in rows["langsmith/runs"] if run["run_type"] == "llm"}
    addresses = {request["target_url"] for request in rows["helicone/requests"]}
    hosts = {"ANTHROPIC": "anthropic.com", "OPENAI": "openai.com", "GOOGLE": "googleapis.com"}
    assert len(clients) == len(addresses) == 1
    assert name.lower() in clients.pop().lower()
    assert hosts[name] in addresses.pop()


def test_there_are_three() -> None:
    assert len(set(NAMES)) == len(NAMES) == 3
