"""Imports point one way: a request, and a reader, walks down and never comes back up."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "handlers" / "locum"

# Outermost first. A module or package imports from the lines below its own, never from its own.
# Within a package, modules import each other as they need, without a cycle.
LAYERS = [
    {"__main__", "__init__"},
    {"cli"},
    {"app"},
    {"server"},
    {"http"},
    {"providers"},
    {"langsmith", "helicone", "handler_folders"},
    {"generate"},
    {"scenarios", "generator", "importer", "recording"},
    {"provider", "provider_code"},
    {"stats"},
    {"engine"},
    {"otlp"},
    {"openapi", "datasets"},
    {"resources", "exceptions"},
]
DEPTH = {name: depth for depth, layer in enumerate(LAYERS) for name in layer}
MOST_AT_THE_TOP = 8  # modules, beside __init__ and __main__

MODULES = sorted(
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts) for path in PACKAGE.rglob("*.py")
)


def file_of(module: str) -> Path:
    return PACKAGE.joinpath(*module.split(".")).with_suffix(".py")


def module_of(name: str) -> str:
    """The file that a dotted name under `locum` stands in: `stats.runs.select` is in
    `stats.runs`, `stats` and a name of the package's own in `stats.__init__`."""
    parts = name.split(".")
    while parts:
        if ".".join(parts) in MODULES:
            return ".".join(parts)
        if ".".join([*parts, "__init__"]) in MODULES:
            return ".".join([*parts, "__init__"])
        parts.pop()
    return "__init__"


def imports(source: str) -> Iterator[str]:
    """The modules of the package that the source imports, wherever the statement stands: in a
    function or under TYPE_CHECKING counts."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name.split(".")[0] == "locum":
                yield module_of(name.partition(".")[2])


def top(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def upward(module: str, source: str) -> list[str]:
    """The imports of the module that do not point down."""
    return [
        name
        for name in imports(source)
        if top(name) != top(module) and DEPTH[top(name)] <= DEPTH[top(module)]
    ]


def test_every_module_has_its_layer() -> None:
    assert {top(module) for module in MODULES} == DEPTH.keys()


def test_few_modules_are_at_the_top() -> None:
    at_the_top = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    assert len(at_the_top) <= MOST_AT_THE_TOP


@pytest.mark.parametrize("module", MODULES)
def test_module_imports_downwards_only(module: str) -> None:
    assert upward(module, file_of(module).read_text()) == []


@pytest.mark.parametrize(
    ("module", "source", "found"),
    [
        ("stats.summary", "from locum.langsmith import operations", ["langsmith.operations"]),
        ("stats.summary", "def f():\n    import locum.app", ["app"]),
        ("helicone.operations", "from locum import langsmith", ["langsmith.__init__"]),
        ("exceptions", "from locum.resources import bundled", ["resources"]),
        ("provider", "from locum.http import cors", ["http.cors"]),
        ("provider", "from locum import Provider", ["__init__"]),
        ("stats.summary", "from locum.engine.data import Data\nimport json", []),
        ("stats.summary", "from locum.stats import column_store", []),
    ],
)
def test_upward_import_is_seen(module: str, source: str, found: list[str]) -> None:
    assert upward(module, source) == found


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {module: set(imports(file_of(module).read_text())) for module in MODULES}
    assert set(TopologicalSorter(graph).static_order()) == set(MODULES)  # else a CycleError


def test_serving_needs_neither_generator_nor_importer() -> None:
    """They need packages that the server does without as long as it can."""
    users = {
        (top(module), name)
        for module in MODULES
        for name in imports(file_of(module).read_text())
        if top(name) in ("generator", "importer") and top(module) != top(name)
    }
    assert {module for module, _ in users} <= {"cli", "importer", "langsmith", "helicone"}
