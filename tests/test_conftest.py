"""The guard itself: nothing leaves this machine, what stays on it works."""

import os
import socket

import pytest


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80)])
def test_no_connection_leaves_the_machine(address):
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as outside:
        for way in (outside.connect, outside.connect_ex):
            with pytest.raises(pytest.fail.Exception, match="reaches for the network"):
                way(address)


def test_no_datagram_leaves_the_machine():
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outside,
        pytest.raises(pytest.fail.Exception, match="reaches for the network"),
    ):
        outside.sendto(b"x", ("192.0.2.1", 53))


def test_no_name_is_looked_up():
    with pytest.raises(pytest.fail.Exception, match="looks up"):
        socket.create_connection(("huggingface.co", 443), timeout=1)


def test_loopback_and_unix_sockets_work():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=1).close()
    left, right = socket.socketpair(socket.AF_UNIX)
    left.sendall(b"x")
    assert right.recv(1) == b"x"
    left.close()
    right.close()


def test_the_hub_is_offline_and_torch_has_one_thread():
    import torch

    assert os.environ["HF_HUB_OFFLINE"] == "1"
    assert torch.get_num_threads() == 1
