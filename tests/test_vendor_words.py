"""A vendor's name, framework and paths stand in its folder, and in the one list of the bundled
providers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "handlers" / "locum"
VENDORS = ("langsmith", "helicone")
WORDS = re.compile(
    r"langsmith|langchain|fastapi|pydantic"  # and its framework
    r"|helicone|clickhouse|tsoa|jawn|ecmascript|javascript"  # and its own, and its database
    r"|/v1/|/v2/|/api/|x-api-key|x-tenant-id",
    re.IGNORECASE,
)
# The line of the list, and nothing else.
LIST = '_BUNDLED = ("locum.langsmith", "locum.helicone")'

CORE = sorted(
    path
    for path in PACKAGE.rglob("*")
    if path.suffix in (".py", ".lark", ".json")
    and path.relative_to(PACKAGE).parts[0] not in VENDORS
)


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_the_core_names_no_vendor(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").replace(LIST, "").splitlines()
    assert [line for line in lines if WORDS.search(line)] == []


def test_the_list_is_in_one_module() -> None:
    assert sum(LIST in path.read_text(encoding="utf-8") for path in CORE) == 1


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_does_not_know_the_other(vendor: str) -> None:
    (other,) = set(VENDORS) - {vendor}
    found = [
        f"{path.relative_to(PACKAGE)}: {line}"
        for path in (PACKAGE / vendor).rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if other in line.lower()
    ]
    assert found == []
