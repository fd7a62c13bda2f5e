"""What a provider's code raises: one line with its place, whatever its class is."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from locum.exceptions import DatasetError, NotFound, ProviderError
from locum.provider_code import called


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (ValueError("two\nlines"), "toy: ValueError: two lines"),
        (KeyError("a"), "toy: KeyError: 'a'"),
        (SystemExit(3), "toy: SystemExit: 3"),
        (NotFound("a", "b"), "toy: NotFound:"),
    ],
)
def test_any_exception_becomes_one_line(raised: BaseException, message: str) -> None:
    with pytest.raises(ProviderError) as error, called("toy"):
        raise raised
    assert "\n" not in error.value.message
    here = re.escape(str(Path(__file__)))
    assert re.sub(rf"{here}:\d+: ", "", error.value.message, count=1).startswith(message)
    assert error.value.__cause__ is raised


def test_what_says_how_to_mend_it_stays() -> None:
    with pytest.raises(DatasetError), called("toy"):
        raise DatasetError("no rows", "write some")


def test_an_interruption_stays() -> None:
    with pytest.raises(KeyboardInterrupt), called("toy"):
        raise KeyboardInterrupt


def test_the_place_is_the_innermost_in_the_folder_of_the_code(tmp_path: Path) -> None:
    """Not that of json, which raises it."""
    file = tmp_path / "code.py"
    file.write_text("import json\ndef inner():\n    json.loads('{')\ndef outer():\n    inner()\n")
    spec = importlib.util.spec_from_file_location("code_of_a_test", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.raises(ProviderError) as error:
        _call(module.outer)
    assert f"toy: {file}:3: JSONDecodeError: " in error.value.message


def _call(function: object) -> None:
    exec(  # noqa: S102 - so that this file is no frame of the call
        compile("with called('toy'):\n    function()", "<test>", "exec"),
        {"called": called, "function": function},
    )
