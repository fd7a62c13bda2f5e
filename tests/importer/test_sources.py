"""Export files in all their forms, and what is wrong with them: told with its place."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from locum.cli.main import main
from tests.conftest import Rows
from tests.oracles import exported
from tests.oracles.bare_rows import rows_of
from tests.oracles.exported import ID, RUN, imported, text_of

FORMS: dict[str, Callable[[list[str]], str]] = {
    "lines": "\n".join,
    "windows": lambda rows: "\ufeff" + "\r\n".join(rows) + "\r\n\r\n",
    "array": lambda rows: f"[{','.join(rows)}]",
    # Helicone's export tool has written a comma before the bracket.
    "trailing comma": lambda rows: "[\n" + "".join(f"{row},\n" for row in rows) + "]\n",
    "answer": lambda rows: '{"cursors": {"next": [1]}, "runs": [' + ",".join(rows) + "]}",
    "clickhouse": lambda rows: '{"meta": [{"name": "data"}],\n"data":\n[' + ",".join(rows) + "]}",
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("form", FORMS)
def test_forms_of_files(tmp_path: Path, tiny: Rows, form: str, *, packed: bool) -> None:
    """Brackets, braces, commas and quotes in texts are no structure."""
    rows = [exported.run(row) for row in tiny("langsmith/runs")[:3]]
    rows[1]["name"] = '}],"[{\\" \u2028'
    text = FORMS[form]([json.dumps(row, ensure_ascii=False) for row in rows]).encode()
    file = tmp_path / "file"
    file.write_bytes(gzip.compress(text) if packed else text)
    found = imported(tmp_path / "out", str(file))("langsmith/runs")
    assert [row["name"] for row in found] == [row["name"] for row in rows]


def test_standard_input_is_read(tmp_path: Path, tiny: Rows) -> None:
    text = json.dumps(exported.run(tiny("langsmith/runs")[0]))
    command = [sys.executable, "-m", "locum", "fixtures", "import", "-", "--out", "out"]
    done = subprocess.run(
        command, input=text, text=True, capture_output=True, cwd=tmp_path, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(rows_of(tmp_path / "out")("langsmith/runs")) == 1


def nested(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


GOOD = text_of(RUN)
# A file, and what is told of it.
BAD = {
    "empty": (b"", "1: found an empty file, expected rows"),
    "blank": (b" \r\n \t\n", "1: found white space only, expected rows"),
    "utf-16": ('{"id": 1}'.encode("utf-16"), "1: found UTF-16, expected UTF-8"),
    "latin-1": (GOOD + b'\n{"name": "caf\xe9"}', "2: found no JSON (str is not valid UTF-8"),
    "cut line": (GOOD + b"\n" + GOOD[:40], "2: found no JSON ("),
    "a text": (b'"x"', '1: found "x", expected an object'),
    "a number in an array": (b"[\n1]", "2: element 0: found 1, expected an object"),
    "a hole": (b"[" + GOOD + b",\n,]", "2: element 1: found no JSON ("),
    "no end": (b"[" + GOOD + b"\n", "1: element 0: found the end of the file, expected ]"),
    "no end of a row": (b"[" + GOOD + b",\n" + GOOD[:9], "1: element 1: found the end of the file"),
    "a comma left out": (b"[" + GOOD + b"\n" + GOOD + b"]", "1: element 0: found no JSON ("),
    "not a number": (b'{"x": NaN}', "1: found no JSON ("),
    "infinite": (b'{"x": 1e999}', "1: found no JSON (number is infinity"),
    "lone surrogate": (b'{"x": "\\ud800"}', "1: found no JSON (no low surrogate"),
    "5,000 digits": (b'{"x": ' + b"9" * 5000 + b"}", "1: found no JSON (number is infinity"),
    "20 digits": (text_of(RUN, inputs={"n": 2**64}), "1: found an integer of 20 digits,"),
    "below 64 bits": (text_of(RUN, inputs={"n": -(2**63) - 1}), "1: found an integer of 19 digit"),
    "too deep to read": (nested(5000).encode(), "1: found no JSON (depth limit"),
    "too deep to write": (nested(300).encode(), "1: found more than 250 levels of nesting"),
    "too large": (text_of(RUN, name="x" * 2**24), "1: found a row of 16,777,"),
    "neither": (b'{"a": 1}', "1: found neither run_type (a run), run_id and key (feedback) nor"),
    "again": (GOOD + b"\n\n" + text_of(RUN, id=ID.format(1).upper()), "3: id: found aa"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_told_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    content, told = BAD[case]
    file = tmp_path / "file"
    file.write_bytes(content)
    assert main(["fixtures", "import", str(file), "--out", str(tmp_path / "out")]) == 2
    first, *_, error, fix = capsys.readouterr().err.splitlines()
    assert first.startswith(f"{file}:{told}")
    assert "nothing was written" in error
    assert fix.startswith("fix: ")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
