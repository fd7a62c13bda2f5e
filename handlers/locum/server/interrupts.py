"""Interrupts before the server serves."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130  # as a shell says it: 128 and the signal


@contextmanager
def ending_at_once() -> Iterator[None]:
    """End the process at an interrupt in this context, where it would be raised otherwise: what is
    raised while an object is freed is printed and forgotten, and then the process would go on."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def end_at_once(status: int) -> None:
    """End the process, whatever its threads do."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _end(sig: int, frame: FrameType | None) -> None:
    del sig, frame
    end_at_once(INTERRUPTED)
