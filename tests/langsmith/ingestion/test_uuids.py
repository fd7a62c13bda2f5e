"""UUIDs as clients write them."""

from __future__ import annotations

import pytest

from locum.langsmith.ingestion.uuids import uuid_text

USUAL = "0192f0c4-5b1e-7000-8abc-0123456789ab"


@pytest.mark.parametrize(
    "text", [USUAL, USUAL.upper(), USUAL.replace("-", ""), USUAL.replace("-", "").upper()]
)
def test_every_form_becomes_the_usual_one(text: str) -> None:
    assert uuid_text(text) == USUAL


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        USUAL[:-1],
        f"{USUAL}0",
        f"{{{USUAL}}}",
        f"urn:uuid:{USUAL}",
        f" {USUAL}",
        f"{USUAL}\n",
        USUAL.replace("-", "", 1),
        USUAL.replace("a", "g"),
        USUAL.replace("0", "\u0660"),
        "\u0130" * 32,
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert uuid_text(text) is None
