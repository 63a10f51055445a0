"""Whether a process that leaves the network has left it is tried against a server on this machine."""

import os
import socket
import subprocess
import sys

import pytest

# In a process of its own: what it gives up does not come back.
_LEAVE = """
import socket, sys
from evaluation.checkpoints import confinement
for name in sys.argv[2].split():
    setattr(confinement, name, lambda: False)
print(confinement.leave_network())
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), 2)
    print("reached")
except OSError:
    print("not reached")
"""


@pytest.mark.parametrize(
    ("without", "way"),
    [("", "network namespace"), ("_own_network", "system call filter"), ("_own_network _without_calls", "none")],
)
def test_a_server_is_not_reached_unless_it_is_said(without: str, way: str) -> None:
    if without == "" and os.geteuid() != 0:
        pytest.skip("an ordinary user may be denied a network of his own")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        done = subprocess.run([sys.executable, "-c", _LEAVE, port, without], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == [way, "reached" if way == "none" else "not reached"]
