"""The pages for people are whole: short enough, linked without a dead end, naming every flag."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import unquote

import attrs
import click
import pytest

from locum import Provider
from locum.cli.main import cli
from tests.conftest import ROOT
from tests.docs import operations
from tests.docs.pages import Block, blocks, is_output
from tests.laws.test_stable_ids import DEMO_THREAD
from tests.oracles.bare_rows import rows_of

PROJECT = "https://github.com/locum-server/locum"
MOST_LINES = 150
LANGUAGES = {"sh", "json", "text", "yaml", "python"}
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
        *sorted((ROOT / "docs").glob("*.md")),
        ROOT / "fixtures" / "README.md",
        ROOT / "specs" / "README.md",
        ROOT / "tests" / "data" / "README.md",
    ]
}
REQUEST = re.compile(r"^curl (?:.*\\\n)*.*", re.MULTILINE)
OWN = [name for name in PAGES if name.startswith("docs/") or name == "README.md"]
PAGES_WITH_REQUESTS = [
    name for name in OWN if any(REQUEST.search(block.text) for block in blocks(PAGES[name]))
]


def prose(page: str) -> str:
    """The page without fenced blocks and code."""
    without = re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`]*`", "", without)


def links(page: str) -> list[str]:
    """Where the page's links and pictures lead."""
    return re.findall(r"\]\(([^)\s]+)\)", prose(page))


def anchors(page: str) -> set[str]:
    """The anchors of the page's headings, made as GitHub makes them: in lower case, a space is a
    hyphen, other punctuation is dropped, and a heading that comes again has a number."""
    seen: Counter[str] = Counter()
    found = set()
    without = re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)
    for heading in re.findall(r"^#+ +(.*?) *#*$", without, re.MULTILINE):
        shown = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        found.add(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return found


def dead_ends(name: str, page: str) -> list[str]:
    """Those links that lead to a file or an anchor which is not there."""
    return [link for link in links(page) if not leads(name, page, link)]


def leads(name: str, page: str, link: str) -> bool:
    path, _, anchor = link.partition("#")
    own = re.match(rf"{PROJECT}/(?:blob|raw|tree)/main/(.+)", path)
    if own is None and re.match(r"\w+:", path):
        return True  # somebody else's
    place = ROOT / own[1] if own else (ROOT / name).parent / unquote(path)
    if path and not place.exists():
        return False
    return not anchor or anchor in anchors(place.read_text(encoding="utf-8") if path else page)


# What the tour shows of both vendors: the operations that compute statistics.
STATISTICS = {
    ("POST", "/api/v1/runs/group/stats"),
    ("POST", "/api/v1/public/{share_token}/datasets/runs/stats"),
    ("POST", "/api/v1/datasets/{dataset_id}/group/runs"),
    ("GET", "/v2/threads/{thread_id}/stats"),
    ("POST", "/v1/session/metrics/query"),
}


def test_readme_is_short() -> None:
    assert len(PAGES["README.md"].splitlines()) <= MOST_LINES


def test_readme_names_the_commands_to_begin_with() -> None:
    commands = "".join(b.text for b in blocks(PAGES["README.md"]) if b.language == "sh")
    lines = [line.partition("#")[0].strip() for line in commands.splitlines()]
    for command in ("scripts/serve", "scripts/test", "pip install locum", "locum serve"):
        assert command in lines


def test_every_operation_is_listed_with_what_it_answers() -> None:
    """`python -m tests.docs.operations` writes the tables."""
    page = operations.PAGE.read_text(encoding="utf-8")
    assert operations.written(page) == page
    assert {(m, p) for m, p in re.findall(r"`([A-Z]+) (/[^`]+)`", page)} >= STATISTICS


def test_links_of_the_readme_are_absolute() -> None:
    """The package index shows the README, and nothing that stands beside it."""
    assert [link for link in links(PAGES["README.md"]) if not link.startswith("https://")] == []


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    assert dead_ends(name, PAGES[name]) == []


PAGE = "# Here `it` is!\n```text\n# None\n```\n## [Here](tour.md), it is\n[x](%s)\n"


@pytest.mark.parametrize(
    "link",
    [
        "tour.md",
        "../fixtures/README.md#the-logical-hash",
        "#here-it-is",
        "#here-it-is-1",
        "https://example.com/none",
        f"{PROJECT}/blob/main/docs/cli.md#exit-status",
        f"{PROJECT}/raw/main/docs/speed.png",
    ],
)
def test_link_that_leads_somewhere_is_let_through(link: str) -> None:
    assert dead_ends("docs/x.md", PAGE % link) == []


@pytest.mark.parametrize(
    "link",
    [
        "none.md",
        "tour.md#none",
        "#here-it-is-2",
        "#none",
        f"{PROJECT}/blob/main/docs/none.md",
        f"{PROJECT}/blob/main/docs/tour.md#none",
    ],
)
def test_dead_end_is_found(link: str) -> None:
    assert dead_ends("docs/x.md", PAGE % link) == [link]


@pytest.mark.parametrize("name", OWN)
def test_blocks_are_of_a_language_that_is_tested(name: str) -> None:
    page = PAGES[name]
    assert page.count("\n```") == 2 * len(blocks(page))
    assert {block.language for block in blocks(page)} <= LANGUAGES


@pytest.mark.parametrize("name", PAGES_WITH_REQUESTS)
def test_each_request_shows_its_answer(name: str) -> None:
    page = PAGES[name]
    for block, following in pairwise([*blocks(page), Block("", "", len(page), len(page))]):
        if block.language == "sh" and REQUEST.search(block.text):
            assert is_output(page[block.end : following.start], following), block.text


def test_the_index_leads_to_every_page() -> None:
    index = set(links(PAGES["docs/README.md"]))
    assert {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"} <= index


def test_the_tour_asks_each_operation_that_computes_statistics() -> None:
    asked = set()
    for block in blocks(PAGES["docs/tour.md"]):
        for command in REQUEST.findall(block.text):
            path = re.search(r"http://127\.0\.0\.1:4010(/[^'\s?]*)", command)
            assert path, command
            method = "POST" if " -d " in command else "GET"
            asked.add((method, re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "{}", path[1])))
    assert {(method, re.sub(r"\{\w+\}", "{}", path)) for method, path in STATISTICS} <= asked


def test_every_flag_of_every_command_is_explained() -> None:
    page = PAGES["docs/cli.md"]
    assert [flag for flag in flags(cli) if not re.search(rf"`(locum )?{flag}`", page)] == []


def flags(command: click.Command) -> Iterator[str]:
    context = click.Context(command)
    for option in command.params:
        if isinstance(option, click.Option):
            yield from (*option.opts, *option.secondary_opts)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            further = command.get_command(context, name)
            assert further is not None
            yield from flags(further)


def test_flags_of_nested_commands_are_known() -> None:
    assert {"--version", "--port", "--no-cors", "--dry-run", "--anonymise"} <= set(flags(cli))


def test_every_environment_variable_is_explained() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "handlers").rglob("*.py")]
    used = {name for source in sources for name in re.findall(r"\bLOCUM_[A-Z_]*[A-Z]\b", source)}
    assert {"LOCUM_PORT", "LOCUM_CACHE", "LOCUM_SECRET"} <= used
    assert {name for name in used if f"`{name}" not in PAGES["docs/cli.md"]} == set()


def test_the_ids_of_the_world_are_listed() -> None:
    """Of the demo tenant, as `empty` has them; tests/laws/test_stable_ids.py has it of all."""
    rows = rows_of(ROOT / "fixtures" / "empty")
    page, demo = PAGES["docs/scenarios.md"], rows("keys")[0]["tenant_id"]
    for row in rows("langsmith/sessions"):
        kind = "experiment" if row["reference_dataset_id"] else "project"
        listed = f"| {kind} `{row['name']}` | `{row['id']}` |" in page
        assert listed == (row["tenant_id"] == demo)
    shared = rows("langsmith/datasets")[0]
    assert f"| the dataset of the experiments | `{shared['id']}` |" in page
    assert f"| its share token | `{shared['share_token']}` |" in page
    assert re.search(rf"\| the demo thread, [^|]*\| `{DEMO_THREAD}` \|", page)


def test_the_example_of_a_provider_is_shown_as_it_is() -> None:
    source = (ROOT / "examples" / "toy" / "provider.py").read_text(encoding="utf-8")
    assert source in [block.text for block in blocks(PAGES["docs/providers.md"])]


def test_every_field_of_a_provider_is_explained() -> None:
    fields = {field.name for field in attrs.fields(Provider)}
    explained = PAGES["docs/providers.md"].partition("## What a provider says")[2]
    assert {name for name in fields if f"`{name}`" not in explained} == set()
