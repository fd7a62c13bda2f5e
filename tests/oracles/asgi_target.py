"""An application over `tiny` for whichever server imports it: `tests.oracles.asgi_target:app`."""

from __future__ import annotations

from tests.oracles.bundled import application_of, find, scenarios_of

scenarios = scenarios_of([find("tiny")])
scenarios.load_chosen()
app = application_of(scenarios)
