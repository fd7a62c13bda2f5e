"""The file that tells whoever starts a server its port, once the server can be asked."""

from __future__ import annotations

import os
from pathlib import Path

from locum.exceptions import StartError

_MOST_BYTES = 10  # of a port and the end of its line, with room
_FIX = "choose another --port-file (LOCUM_PORT_FILE)"


class PortFile:
    """A file that holds the port and nothing else, or is not there.

    What a server before has left is removed now, so that the file is there only when its port can
    be asked. Raises StartError where that cannot be done, and where the file is any other.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._own: tuple[int, ...] | None = None  # what tells our file from another's
        if not path.parent.is_dir() or not os.access(path.parent, os.W_OK | os.X_OK):
            raise StartError(f"--port-file {path}: no folder that can be written to", _FIX)
        if not os.path.lexists(path):
            return
        if not path.is_file() or not path.read_bytes()[:_MOST_BYTES].strip().isdigit():
            raise StartError(f"--port-file {path}: found what is no file of a port", _FIX)
        path.unlink()

    def write(self, port: int) -> None:
        """Write the port, so that whoever finds the file finds all of it. Raises StartError."""
        aside = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            aside.write_text(f"{port}\n", encoding="ascii")
            self._own = _identity(aside)
            aside.replace(self.path)
        except OSError as error:
            aside.unlink(missing_ok=True)
            raise StartError(f"--port-file {self.path}: {error.strerror or error}", _FIX) from None

    def remove(self) -> None:
        """Remove the file, unless another server has written it since."""
        if self._own is not None and self.path.is_file() and _identity(self.path) == self._own:
            self.path.unlink(missing_ok=True)
        self._own = None


def _identity(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_mtime_ns
