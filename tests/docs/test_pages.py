"""README.md and the pages of docs/ can be executed: what they say a command prints, it prints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.docs.pages import Servers, blocks, executed, pages

PAGES = pages()


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(stack)


@pytest.mark.parametrize("page", PAGES)
def test_commands_print_what_the_page_shows(servers: Servers, tmp_path: Path, page: str) -> None:
    """`python -m tests.docs.pages` writes the outputs anew."""
    text = PAGES[page].read_text(encoding="utf-8")
    assert executed(text, tmp_path, servers) == text


PAGE = """\
```yaml
# sub/mine.yaml
runs: 3
```

```sh
# not run: false
cat sub/mine.yaml \\
  | tail -1
```

```text
%s
```

```sh
curl -s http://127.0.0.1:4010/__locum/health | python3 -m json.tool | sed -n 1,2p
curl -s -o /dev/null -w '%%{http_code} %%header{content-type}\\n' http://127.0.0.1:4010/ | cat
```

```json
%s
```
"""
SHOWN = ("runs: 3", '{\n    "status": "ok",\n200 application/json')


def test_outputs_are_put_in_their_places(servers: Servers, tmp_path: Path) -> None:
    assert executed(PAGE % ("x", "y\nz"), tmp_path, servers) == PAGE % SHOWN


def test_server_is_the_one_that_the_page_starts(servers: Servers, tmp_path: Path) -> None:
    page = """```sh
LOCUM_AUTH=off locum serve --port 4444 --data tiny &
```

```text
```

```sh
curl -s http://127.0.0.1:4444/__locum/health
```

```json
```
"""
    greeting, health = [
        block.text for block in blocks(executed(page, tmp_path, servers)) if block.language != "sh"
    ]
    assert greeting.startswith(
        "Locum listens on http://127.0.0.1:4444\ndataset: tiny (250 LangSmith runs, "
    )
    assert "curl -s http://127.0.0.1:4444/api" in greeting
    assert '"dataset":"tiny","datasets":["tiny"]' in health


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("locum fixtures check nothing", "nothing"),
        ("locum serve --data nothing", "no dataset 'nothing'"),
        ("curl -s --compressed http://127.0.0.1:4010/", "--compressed"),
        ("curl -s http://127.0.0.1:4011/", "4011"),
        ("curl -s -w '%{size_download}' http://127.0.0.1:4010/", "size_download"),
        ("scripts/nothing", "scripts/nothing"),
        ("scripts/bench --nothing", "--nothing"),
        ("pip install 'locum[nothing]'", "nothing"),
        ("pip install '.[nothing]'", "nothing"),
        ("cat nothing | cat", "nothing"),
    ],
)
def test_command_that_fails_fails_the_page(
    servers: Servers, tmp_path: Path, command: str, message: str
) -> None:
    with pytest.raises(AssertionError, match=re.escape(message)):
        executed(f"```sh\n{command}\n```\n", tmp_path, servers)


def test_commands_of_a_workflow_are_run(servers: Servers, tmp_path: Path) -> None:
    page = "```yaml\njobs: {test: {steps: [{uses: x}, {run: 'echo here > there; %s'}]}}\n```\n"
    assert executed(page % "true", tmp_path, servers) == page % "true"
    assert (tmp_path / "there").read_text(encoding="utf-8") == "here\n"
    with pytest.raises(AssertionError, match="false"):
        executed(page % "false", tmp_path, servers)
