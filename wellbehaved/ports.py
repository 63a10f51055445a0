"""Whether a port can be listened on, said in a sentence before a server tries."""

import errno
import socket


class PortTaken(RuntimeError):
    """The port cannot be listened on; the message says which, why and how to choose another."""


def refuse_taken(port: int, host: str, option: str) -> None:
    """Look whether a port can be listened on, so that a taken one is reported in a sentence and not in a log.

    Args:
        port: 0 stands for any free one and always passes.
        host: the address to listen on.
        option: how the caller chooses another port.

    Raises:
        PortTaken: it cannot.
    """
    with bound_socket(port, host, option):
        pass


def bound_socket(port: int, host: str, option: str) -> socket.socket:
    """A socket that holds a port as long as it is open.

    Args:
        port: 0 takes any free one.
        host: the address to listen on.
        option: how the caller chooses another port.

    Raises:
        PortTaken: it cannot be listened on.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        probe = socket.socket(family, kind, protocol)
        try:
            # A named port that a program has just left may be taken again at once; a free one must be no one's.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(port > 0))
            probe.bind(address)
        except OSError:
            probe.close()
            raise
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        reason = "is taken by another program" if taken else f"cannot be listened on: {error.strerror}"
        raise PortTaken(f"Port {port} on {host} {reason}. Choose another with {option}.") from None
    return probe
