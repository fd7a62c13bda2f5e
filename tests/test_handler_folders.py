"""Functions of --handlers folders: which operation each computes, and what is told of others."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from locum.exceptions import ProviderError
from locum.handler_folders import functions, handlers, names_of
from locum.openapi import documents
from locum.openapi.documents import Document
from locum.provider_code import imported_anew

OK = {"responses": {"200": {"description": "fine"}}}


def document(folder: Path, paths: dict[str, Any], name: str = "shop") -> Document:
    file = folder / f"{name}.json"
    content = {"openapi": "3.1.0", "info": {"title": name, "version": "1"}, "paths": paths}
    file.write_text(json.dumps(content))
    return documents.load(file)


def written(folder: Path, **modules: str) -> Path:
    (folder / "handlers").mkdir(exist_ok=True)
    for name, source in modules.items():
        (folder / "handlers" / f"{name}.py").write_text(source)
    return folder / "handlers"


def operation(**fields: Any) -> dict[str, Any]:
    return {"get": {**OK, **fields}}


@pytest.mark.parametrize(
    ("operation_id", "names"),
    [
        ("getOrderStats", ("getOrderStats", "get_order_stats")),
        ("getHTTPStats", ("getHTTPStats", "get_http_stats")),
        ("get-order.stats", ("get_order_stats", "get_order_stats")),
        ("import", ("import_", "import_")),
        ("orders2List", ("orders2List", "orders2_list")),
        (None, ("get_items_id",)),
    ],
)
def test_a_function_is_named_as_its_operation(
    operation_id: str | None, names: tuple[str, ...]
) -> None:
    definition = {} if operation_id is None else {"operationId": operation_id}
    assert names_of("/items/{id}", "get", definition) == names


def test_each_operation_has_the_first_function_of_its_name(tmp_path: Path) -> None:
    """`first` begins before `second`; and what both have is told."""
    folder = written(
        tmp_path,
        second="def b(data, tenant): return 'second'\ndef c(data, tenant): return 'second'\n",
        first="def a(data, tenant): return 'first'\ndef b(data, tenant): return 'first'\n",
    )
    shop = document(tmp_path, {f"/{n}": operation(operationId=n) for n in "abcd"})
    (found,), doubts = handlers(functions([folder]), [shop])
    assert {name: handler(None, None) for name, handler in found.items()} == {
        "a": "first",
        "b": "first",
        "c": "second",
    }
    assert [str(each) for each in doubts] == [
        f"{folder}/second.py:1: the function b is not used: {folder}/first.py has one before it"
    ]


def test_the_first_folder_counts(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one = written(tmp_path, z="def a(data, tenant): return 1\n")
    two = written(tmp_path / "other", a="def a(data, tenant): return 2\n")
    shop = document(tmp_path, {"/a": operation(operationId="a")})
    (found,), _ = handlers(functions([one, two]), [shop])
    assert found["a"](None, None) == 1


def test_an_exact_name_is_no_others_in_snake_case(tmp_path: Path) -> None:
    folder = written(tmp_path, a="def get_item(data, tenant): return 1\n")
    shop = document(
        tmp_path, {"/a": operation(operationId="getItem"), "/b": operation(operationId="get_item")}
    )
    (found,), _ = handlers(functions([folder]), [shop])
    assert list(found) == ["get_item"]


def test_an_operation_without_an_id_is_found_by_method_and_path(tmp_path: Path) -> None:
    folder = written(tmp_path, a="def get_items_id(data, tenant, id): return id\n")
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    shop = document(tmp_path, {"/items/{id}": operation(parameters=[parameter])})
    (found,), doubts = handlers(functions([folder]), [shop])
    assert (list(found), doubts) == (["GET /items/{id}"], [])


def test_each_document_has_its_own(tmp_path: Path) -> None:
    folder = written(tmp_path, a="def a(data, tenant): pass\ndef b(data, tenant): pass\n")
    one = document(tmp_path, {"/a": operation(operationId="a")}, "one")
    two = document(tmp_path, {"/b": operation(operationId="b")}, "two")
    found, doubts = handlers(functions([folder]), [one, two])
    assert ([list(each) for each in found], doubts) == ([["a"], ["b"]], [])


def test_a_name_that_is_no_operations_is_doubted(tmp_path: Path) -> None:
    source = "def get_order_stat(data, tenant): pass\n\n\ndef _own(): pass\n"
    folder = written(tmp_path, a=source)
    shop = document(tmp_path, {"/a": operation(operationId="getOrderStats")})
    (found,), (doubt,) = handlers(functions([folder]), [shop])
    assert found == {}
    told = "the function get_order_stat computes no operation; did you mean get_order_stats?"
    assert str(doubt) == f"{folder}/a.py:1: {told}"
    assert doubt.fix == "name it as an operation, or let its name begin with _"
    assert not doubt.is_error


def test_what_is_imported_or_private_or_a_test_is_left_alone(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        a="from ._shared import a, b\nfrom json import dumps\nclass C: ...\ndef c(data, t): ...\n",
        _shared="def a(data, tenant): pass\ndef b(data, tenant): pass\n",
        test_a="1 / 0",
        conftest="1 / 0",
    )
    assert [each.name for each in functions([folder])] == ["c"]


def test_modules_import_each_other_and_are_imported_anew(tmp_path: Path) -> None:
    folder = written(tmp_path, a="from .b import X\ndef a(data, tenant): return X\n", b="X = 1\n")
    assert functions([folder])[0].handler(None, None) == 1
    written(tmp_path, b="X = 23\n")
    with imported_anew():
        assert functions([folder])[0].handler(None, None) == 23


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("async def a(data, tenant): pass", "is async: async def a"),
        ("def a(data): pass", "cannot be called: a(data): "),
        ("def a(data, tenant, x): pass", "cannot be called: a(data, tenant, x): "),
    ],
)
def test_a_handler_that_cannot_be_called_is_an_error_with_its_place(
    tmp_path: Path, source: str, fault: str
) -> None:
    folder = written(tmp_path, a=f"\n{source}\n")
    shop = document(tmp_path, {"/a": operation(operationId="a")})
    where = re.escape(f"{folder}/a.py:2: the handler of GET /a (a) {fault}")
    with pytest.raises(ProviderError, match=where) as error:
        handlers(functions([folder]), [shop])
    assert error.value.fix.startswith("define it as def a(data, tenant, …)")


def test_a_module_that_cannot_be_imported_is_an_error_with_its_place(tmp_path: Path) -> None:
    folder = written(tmp_path, a="x = 1\nraise ValueError('broken')\n")
    with pytest.raises(ProviderError, match=r"a\.py:2: ValueError: broken"):
        functions([folder])


@pytest.mark.parametrize(
    ("name", "what"), [("none", "is no folder"), (".", "has no Python module")]
)
def test_a_folder_without_modules_is_an_error(tmp_path: Path, name: str, what: str) -> None:
    with pytest.raises(ProviderError, match=what):
        functions([tmp_path / name])
