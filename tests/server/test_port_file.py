"""The file of a server's port is there, whole, as long as that server can be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from locum.exceptions import StartError
from locum.server.port_file import PortFile


def test_the_port_is_there_from_writing_to_removing(tmp_path: Path) -> None:
    """And nothing else beside it."""
    path = tmp_path / "port"
    file = PortFile(path)
    assert not path.exists()
    file.write(4010)
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("port", "4010\n")]
    file.remove()
    assert list(tmp_path.iterdir()) == []


def test_what_another_server_has_left_is_no_port_of_this_one(tmp_path: Path) -> None:
    path = tmp_path / "port"
    path.write_text("4010\n")
    PortFile(path)
    assert not path.exists()


def test_the_file_of_another_server_stays(tmp_path: Path) -> None:
    """Though it says the same."""
    path = tmp_path / "port"
    first, second = PortFile(path), PortFile(path)
    first.write(4010)
    second.write(4010)
    first.remove()
    assert path.read_text() == "4010\n"
    second.remove()
    assert not path.exists()


def test_a_file_that_somebody_removed_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "port"
    file = PortFile(path)
    file.remove()
    file.write(1)
    path.unlink()
    file.remove()
    assert not path.exists()


@pytest.mark.parametrize("text", ["", "\n", "a: 1\n", "4010 and more, which is no port", "-1"])
def test_nothing_but_the_file_of_a_port_is_replaced(tmp_path: Path, text: str) -> None:
    path = tmp_path / "port"
    path.write_text(text)
    with pytest.raises(StartError, match="no file of a port"):
        PortFile(path)
    assert path.read_text() == text


def test_a_folder_is_no_file_of_a_port(tmp_path: Path) -> None:
    (tmp_path / "port").mkdir()
    with pytest.raises(StartError, match="no file of a port"):
        PortFile(tmp_path / "port")


def test_a_folder_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="no folder"):
        PortFile(tmp_path / "nowhere" / "port")


def test_a_folder_that_is_gone_later_is_told_too(tmp_path: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    file = PortFile(folder / "port")
    folder.rmdir()
    with pytest.raises(StartError, match="No such file"):
        file.write(4010)
