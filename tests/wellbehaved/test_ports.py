"""Ports are looked at before a server tries them."""

import socket

import pytest

from wellbehaved.ports import PortTaken, refuse_taken


def test_a_port_that_nobody_has_is_left_free() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    refuse_taken(port, "127.0.0.1", "--port")
    refuse_taken(0, "127.0.0.1", "--port")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))


def test_an_address_of_another_machine_is_refused() -> None:
    # 192.0.2.0/24 is kept for documentation: no machine has such an address.
    with pytest.raises(PortTaken, match=r"^Port 0 on 192.0.2.1 cannot be listened on: .*assign.*Choose another"):
        refuse_taken(0, "192.0.2.1", "--port")
