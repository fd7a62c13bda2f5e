"""Tests mirror the package: the tests of `handlers/locum/http/cache.py` are in
`tests/http/test_cache.py`."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "handlers" / "locum"
LEAST = 0.95  # of the modules

# What a package holds beside its modules: `__init__` names it, `__main__` runs the command.
MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if not path.name.startswith("__")]


def mirrored(module: Path) -> Path:
    folder = ROOT / "tests" / module.relative_to(PACKAGE).parent
    return folder / f"test_{module.name}"


def test_nearly_every_module_has_a_test_file() -> None:
    without = [path for path in MODULES if not mirrored(path).is_file()]
    names = "\n".join(path.relative_to(PACKAGE).as_posix() for path in without)
    assert len(without) <= (1 - LEAST) * len(MODULES), f"no test file:\n{names}"


def test_every_test_file_has_tests() -> None:
    empty = [
        path
        for path in map(mirrored, MODULES)
        if path.is_file() and "def test_" not in path.read_text()
    ]
    assert empty == []
