"""The same conversation costs the same, and takes as many tokens, in both vendors' answers."""

from __future__ import annotations

import pytest
from attrs import evolve

from locum.datasets import dataset as datasets
from tests.laws.two_views import conversations, in_helicone, in_langsmith
from tests.oracles.bare_rows import rows_of
from tests.oracles.bundled import data_of, find
from tests.oracles.run_oracle import World

# Of so many conversations, one with its tokens and, in the second place, one with its cost.
SHARES = {"default": (120, 1), "many-groups": (5000, 100), "spike": (100, 1)}


@pytest.mark.parametrize("dataset", datasets.names())
def test_every_session_has_the_cost_and_tokens_of_its_thread(dataset: str) -> None:
    """Costs of every one, but where there are thousands; tokens, which take Helicone a hundred
    requests, of fewer."""
    found = find(dataset)
    engine, known = data_of(found), conversations(World(rows_of(found.folder)))
    every, each = SHARES.get(dataset, (1 if dataset == "tiny" else 5, 1))
    for place, (tenant, name, projects) in enumerate(known[::each]):
        tokens = place % (every // each) == 0
        there = in_langsmith(engine, tenant, name, projects)
        here = in_helicone(engine, tenant, name, tokens=tokens)
        if not tokens:
            there = evolve(there, prompt_tokens=0, completion_tokens=0)
        assert here == there, name


def test_what_is_compared_is_something() -> None:
    """Every Helicone session of `tiny` but the one without an id; most cost something."""
    rows = rows_of(find("tiny").folder)
    ids = {row["properties"].get("Helicone-Session-Id") for row in rows("helicone/requests")}
    known = conversations(World(rows))
    assert ids - {None} <= {name for _, name, _ in known}
    engine = data_of(find("tiny"))
    totals = [in_langsmith(engine, *one) for one in known]
    assert sum(t.cost > 0 and t.prompt_tokens > 0 for t in totals) > len(totals) / 2
