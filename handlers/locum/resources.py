"""What comes with the package: its version, its documents and its datasets."""

from __future__ import annotations

from pathlib import Path

__version__ = "0.1.0"

DATA_DICTIONARY = "https://github.com/locum-server/locum/blob/main/fixtures/README.md"

_PACKAGE = Path(__file__).parent


def bundled(folder: str) -> Path:
    """The folder `specs` or `fixtures`: inside an installed wheel, else of the checkout."""
    installed = _PACKAGE / folder
    return installed if installed.is_dir() else _PACKAGE.parents[1] / folder
