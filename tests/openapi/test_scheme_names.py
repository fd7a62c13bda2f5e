"""Names of security schemes without what OpenAPI does not allow in them."""

from __future__ import annotations

from typing import Any

from locum.openapi.scheme_names import allowed


def document(*schemes: str, security: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "paths": {"/a": {"summary": "s", "get": {"security": security}, "post": {}}},
        "security": security,
        "components": {"securitySchemes": {name: {"type": name} for name in schemes}},
    }


def test_blanks_are_taken_out_wherever_a_scheme_is_named() -> None:
    given = document("API Key", "other", security=[{"API Key": [], "other": []}])
    expected = document("APIKey", "other", security=[{"APIKey": [], "other": []}])
    expected["components"]["securitySchemes"]["APIKey"] = {"type": "API Key"}
    assert allowed(given) == expected
    assert "API Key" in given["components"]["securitySchemes"]  # which is another document


def test_a_document_of_allowed_names_is_the_same() -> None:
    documents: list[dict[str, Any]] = [document("a.b_C-9", security=[]), {"paths": {}}]
    for given in documents:
        assert allowed(given) is given


def test_a_name_that_would_be_there_twice_stays() -> None:
    given = document("API Key", "APIKey", security=[{"API Key": []}])
    assert allowed(given) is given
    given = document("API Key", "A PIKey", security=[{"API Key": []}])
    assert allowed(given) is given
