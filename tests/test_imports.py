"""Imports point one way: a request, and a reader, walks down and never comes back up."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "handlers" / "understudy"

# Outermost first. A module or package imports from the lines below its own, never from its own.
# Within a package, modules import each other as they need, without a cycle.
LAYERS = [
    {"__main__"},
    {"cli"},
    {"server", "lint", "fixture_commands"},
    {"workers"},
    {"importer"},
    {"app"},
    {"openapi"},
    {"cors", "repeats"},
    {"admin"},
    {"dispatch"},
    {"scenarios"},
    {"answers", "errors", "auth", "bodies", "parameters", "ratelimit"},
    {"keys", "preferences"},
    {"validation"},
    {"excerpts", "parsing"},
    {"langsmith", "helicone"},
    {"filters"},
    {"stats"},
    {"generator"},
    {"engine"},
    {"tables", "derived", "aside"},
    {"datasets"},
    {"documents"},
    {"conformance", "overlay"},
    {"metaschema", "schemas"},
    {"structure"},
    {"resources", "exceptions", "putoff", "kept", "headers", "protocol"},
    {"__init__"},
]
# The one way back up, in a function: a bundled dataset that is not there yet is generated.
BACK = ("datasets", "generator.cache")
DEPTH = {name: depth for depth, layer in enumerate(LAYERS) for name in layer}

MODULES = sorted(
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts) for path in PACKAGE.rglob("*.py")
)


def file_of(module: str) -> Path:
    return PACKAGE.joinpath(*module.split(".")).with_suffix(".py")


def module_of(name: str) -> str:
    """The file that a dotted name under `understudy` stands in: `stats.runs.select` is in
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
            if name.split(".")[0] == "understudy":
                yield module_of(name.partition(".")[2])


def top(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def upward(module: str, source: str) -> list[str]:
    """The imports of the module that do not point down."""
    return [
        name
        for name in imports(source)
        if top(name) != top(module)
        and DEPTH[top(name)] <= DEPTH[top(module)]
        and (module, name) != BACK
    ]


def test_every_module_has_its_layer() -> None:
    assert {top(module) for module in MODULES} == DEPTH.keys()


@pytest.mark.parametrize("module", MODULES)
def test_module_imports_downwards_only(module: str) -> None:
    assert upward(module, file_of(module).read_text()) == []


@pytest.mark.parametrize(
    ("module", "source", "found"),
    [
        ("stats.runs", "from understudy.filters.runs import where", ["filters.runs"]),
        ("stats.runs", "def f():\n    import understudy.app", ["app"]),
        ("helicone.handlers", "from understudy import langsmith", ["langsmith.__init__"]),
        ("exceptions", "from understudy.resources import bundled", ["resources"]),
        ("stats.runs", "from understudy.engine import DuckDB\nimport json", []),
        ("stats.runs", "from understudy.stats import times", []),
        ("cli", "from understudy import __version__", []),
    ],
)
def test_upward_import_is_seen(module: str, source: str, found: list[str]) -> None:
    assert upward(module, source) == found


def test_only_fixtures_commands_import_the_generator() -> None:
    """It needs packages that the server does without as long as it can."""
    users = {
        top(module)
        for module in MODULES
        for name in imports(file_of(module).read_text())
        if top(name) == "generator"
    }
    assert users <= {"generator", "fixture_commands", "datasets", "importer"}


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {module: set(imports(file_of(module).read_text())) for module in MODULES}
    graph[BACK[0]].remove(BACK[1])
    assert set(TopologicalSorter(graph).static_order()) == set(MODULES)  # else a CycleError
