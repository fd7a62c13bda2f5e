"""Recordings of speech."""

from __future__ import annotations

from locum.generator.recordings import in_words, recording


def test_a_recording_is_as_long_as_its_bytes_say() -> None:
    """2 s and a tenth for each number, at 4,000 bytes a second."""
    assert recording(0) == {"format": "opus", "seconds": 2.0, "bytes": 8000}
    assert recording(4) == {"format": "opus", "seconds": 2.4, "bytes": 9600}
    assert recording(999) == {"format": "opus", "seconds": 101.9, "bytes": 407600}


def test_it_is_told_in_words() -> None:
    assert in_words(recording(4)) == "2.4 s of opus"
