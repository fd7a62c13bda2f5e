"""openapi-python-client: a function for each operation, which parses live answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.clients.generators import generated
from tests.clients.generators.conftest import NAMES
from tests.clients.generators.live_answers import Live, operations, shape
from tests.clients.sdks import environments


@pytest.fixture(scope="module")
def python() -> Path:
    try:
        return environments.python("openapi-python-client", generated.PINS)
    except environments.Unavailable as error:
        pytest.skip(f"openapi-python-client: {error}")


def modules(client: Path) -> dict[str, str]:
    """The module of each operation's shape."""
    found = {}
    for file in client.glob("api/*/*.py"):
        code = file.read_text(encoding="utf-8")
        called = re.search(r'"method": "(\w+)",\s*"url": "([^"]+)"', code)
        if called is not None:
            place = file.relative_to(client.parent).with_suffix("").parts
            found[shape(called[1], called[2])] = ".".join(place)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_is_generated_and_parses_live_answers(
    python: Path,
    tmp_path: Path,
    documents: dict[str, dict[str, Any]],
    answers: dict[str, list[Live]],
    name: str,
) -> None:
    document = tmp_path / f"{name}.json"
    document.write_text(json.dumps(documents[name]), encoding="utf-8")
    command = [str(python), "-m", "openapi_python_client", "generate", "--meta", "none"]
    more = ["--path", str(document), "--output-path", "client"]
    done = generated.run([*command, *more], tmp_path)
    assert done.status == 0, done.output
    for word in ("will not be generated", "Unable to process", "removal of"):
        assert word not in done.output, done.output
    by_shape = modules(tmp_path / "client")
    wanted = {operation.shape for operation in operations(documents[name])}
    assert wanted - by_shape.keys() == set()
    lines = [
        json.dumps({"module": by_shape[live.operation.shape], "body": live.body})
        for live in answers[name]
    ]
    parse = [str(python), str(generated.HERE / "parse.py"), str(tmp_path)]
    told = generated.run(parse, tmp_path, "\n".join(lines))
    assert told.status == 0, told.output
    faults = zip(answers[name], json.loads(told.output), strict=True)
    assert [f"{live.request.url}: {fault}" for live, fault in faults if fault] == []
