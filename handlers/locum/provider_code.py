"""Calls of a provider's code while it is loaded: what it raises stops the start, with its place."""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from locum.exceptions import ProviderError, StartError

_HERE = Path(__file__).parent
_NOT_ITS_OWN = (_HERE, Path(importlib.__file__ or "").parent)


@contextmanager
def called(what: str) -> Iterator[None]:
    """Call a provider's code, for `what`, in the body of the `with` statement.

    Raises ProviderError for whatever that raises, SystemExit too, naming the file and line in the
    provider, and the exception.
    """
    try:
        yield
    except StartError:
        raise
    except (Exception, SystemExit) as error:
        message = " ".join(f"{type(error).__name__}: {error}".split())
        raise ProviderError(f"{what}: {_place(error)}{message}", "mend the provider") from error


def _place(error: BaseException) -> str:
    """Return file and line of the innermost call in the folder of the first file that is neither
    Locum's nor Python's machinery of imports; '' where there is none."""
    frames = [
        (Path(frame.filename), frame.lineno)
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<")
        and not any(Path(frame.filename).is_relative_to(folder) for folder in _NOT_ITS_OWN)
    ]
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}: "
    if not frames:
        return ""
    folder = frames[0][0].parent
    file, line = [frame for frame in frames if frame[0].is_relative_to(folder)][-1]
    return f"{file}:{line}: "
