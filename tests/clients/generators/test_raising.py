"""What `scripts/clients` says of other generators."""

from __future__ import annotations

from tests.clients.generators.raising import KEPT, changed, versions


def test_versions_that_changed_are_told_with_both() -> None:
    before = {"orval": "8.38.0", "zod": "4.6.7"}
    assert list(changed(before, before | {"zod": "4.7.0"})) == [
        "orval 8.38.0: the newest",
        "zod 4.6.7 → 4.7.0",
    ]


def test_every_version_is_pinned_to_the_last_place() -> None:
    found = versions()
    assert found.keys() >= {"openapi-typescript", "orval", "zod", "openapi-python-client", *KEPT}
    assert [version for version in found.values() if version.count(".") != 2] == []
