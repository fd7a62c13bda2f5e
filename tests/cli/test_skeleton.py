"""What a skeleton computes, and which files it has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from locum import app
from locum.cli import skeleton
from locum.http.connexion_app import ServedDocument


def served(folder: Path, paths: dict[str, Any], **fields: Any) -> ServedDocument:
    file = folder / "shop.json"
    content = {"openapi": "3.1.0", "info": {"title": "a", "version": "1"}, "paths": paths}
    file.write_text(json.dumps({**content, **fields}))
    (found,) = app.read((), [file])
    return found


def answering(properties: dict[str, Any], *required: str, **fields: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": list(required)}
    content = {"application/json": {"schema": schema}}
    return {"get": {"responses": {"200": {"description": "ok", "content": content}}, **fields}}


INTEGER, NUMBER, TEXT = {"type": "integer"}, {"type": "number"}, {"type": "string"}


def test_numbers_are_computed_by_their_names(tmp_path: Path) -> None:
    """Of 120, 80 and 200: the median is 120, 95 % of two steps 0.9 of the way from 120 to 200, the
    sum 400, a third of that the mean."""
    properties = {
        "count": INTEGER,
        "p50_ms": NUMBER,
        "p95Ms": NUMBER,
        "avg_ms": NUMBER,
        "totalMs": INTEGER,
        "visits": INTEGER,
    }
    found = skeleton.computed(served(tmp_path, {"/stats": answering(properties, *properties)}))
    assert found is not None
    assert found.function == "get_stats"
    assert found.numbers == {
        "count": 3,
        "p50_ms": 120,
        "p95Ms": 192,
        "avg_ms": pytest.approx(400 / 3),
        "totalMs": 400,
        "visits": 3,
    }


def test_a_number_that_does_not_fit_is_another_and_what_may_be_absent_is(tmp_path: Path) -> None:
    """A total of at most ten is the count; an id is no number; the optional text is left out."""
    total = {"type": "integer", "maximum": 10}
    properties = {"total": total, "id": INTEGER, "unit": TEXT, "note": TEXT}
    shop = served(tmp_path, {"/stats": answering(properties, "total", "id", "unit")})
    found = skeleton.computed(shop)
    assert found is not None
    assert found.numbers == {"total": 3}
    assert set(found.members) == {"total", "id", "unit"}


def test_the_operation_is_the_one_most_like_a_statistic(tmp_path: Path) -> None:
    numbers = {"count": INTEGER, "total": INTEGER, "avg": NUMBER}
    shop = served(
        tmp_path,
        {
            "/orders": answering(numbers, *numbers),
            "/orders/stats": answering({"count": INTEGER}, "count"),
            "/config": answering({"limit": INTEGER}, "limit"),
        },
    )
    found = skeleton.computed(shop)
    assert found is not None
    assert found.where == "GET /orders/stats"


@pytest.mark.parametrize(
    "operation",
    [
        answering({"name": TEXT}, "name"),
        answering({"id": INTEGER}, "id"),
        answering(
            {"count": INTEGER},
            "count",
            parameters=[{"name": "a", "in": "query", "required": True, "schema": TEXT}],
        ),
        {"get": {"responses": {"204": {"description": "nothing"}}}},
        {"post": answering({"count": INTEGER})["get"]},
    ],
)
def test_where_nothing_is_computable_the_handler_is_a_comment(
    tmp_path: Path, operation: dict[str, Any]
) -> None:
    shop = served(tmp_path, {"/stats": operation})
    files, found = skeleton.files("shop", shop, tmp_path / "shop")
    assert found is None
    source = files["handlers/shop.py"]
    assert "# def get_stats(data, tenant, **parameters):" in source or "# def post_stats" in source
    compile(source, "shop.py", "exec")
    assert "test_numbers_are_computed" not in files["test_contract.py"]


def test_a_document_that_stands_alone_is_copied_with_its_overlays(tmp_path: Path) -> None:
    shop = served(tmp_path, {"/stats": answering({"count": INTEGER})})
    overlay = "overlay: 1.0.0\ninfo: {title: a, version: '1'}\nactions: [{target: $, update: {}}]\n"
    (tmp_path / "shop.overlay.yaml").write_text(overlay)
    (tmp_path / "shop.tolerated.yaml").write_text(overlay.replace("title: a", "title: b"))
    files, _ = skeleton.files("mine", shop, tmp_path / "mine")
    assert files["mine.json"] == (tmp_path / "shop.json").read_text()
    assert files["mine.overlay.yaml"] == overlay
    assert files["mine.tolerated.yaml"] == overlay.replace("title: a", "title: b")
    assert 'spec = "mine.json"' in files["locum.toml"]


def test_a_document_that_needs_others_or_is_there_stays_where_it_is(tmp_path: Path) -> None:
    shop = served(tmp_path, {"/stats": answering({"count": INTEGER})})
    files, _ = skeleton.files("mine", shop, tmp_path)
    assert 'spec = "shop.json"' in files["locum.toml"]
    assert "mine.json" not in files
    (tmp_path / "other.yaml").write_text("type: string\n")
    needing = answering({"name": {"$ref": "other.yaml"}})
    files, _ = skeleton.files("mine", served(tmp_path, {"/a": needing}), tmp_path / "mine")
    assert 'spec = "../shop.json"' in files["locum.toml"]


def test_a_document_may_hold_numbers_of_any_size(tmp_path: Path) -> None:
    large = {"type": "integer", "minimum": -9223372036854776000}
    shop = served(tmp_path, {"/stats": answering({"count": large})})
    files, found = skeleton.files("mine", shop, tmp_path / "mine")
    assert found is not None
    assert "mine.json" in files
