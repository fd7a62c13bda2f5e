"""Listening sockets: free, taken, shared."""

from __future__ import annotations

import socket
import sys

import pytest

from locum.exceptions import StartError
from locum.server.listeners import listen, listen_first


def test_zero_is_any_free_port() -> None:
    with listen("127.0.0.1", 0) as listener:
        host, port = listener.getsockname()
        assert (host, port > 0) == ("127.0.0.1", True)
        with socket.create_connection((host, port), timeout=5):
            pass


def test_a_taken_port_is_refused_with_the_reason() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            StartError, match=f"cannot listen on 127.0.0.1 port {port}: Address"
        ) as e:
            listen("127.0.0.1", port)
    assert "--port" in e.value.fix


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(StartError, match=r"cannot listen on 192\.0\.2\.1 port 0"):
        listen("192.0.2.1", 0)


@pytest.mark.skipif(sys.platform != "linux", reason="shared sockets are for --workers, on Linux")
def test_the_first_of_several_listens_where_the_others_will_and_no_stranger_does() -> None:
    with listen_first("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with listen("127.0.0.1", port, shared=True):
            pass
        with pytest.raises(StartError, match="cannot listen"):
            listen_first("127.0.0.1", port)
