"""Every scenario of `scripts/chaos`."""

from __future__ import annotations

from tests.chaos import admission, clock, connections, inputs, memory, processes, writing

_MODULES = (connections, memory, admission, processes, writing, clock, inputs)

SCENARIOS = [scenario for module in _MODULES for scenario in module.SCENARIOS]
OF_A_MILLION = admission.OF_A_MILLION
