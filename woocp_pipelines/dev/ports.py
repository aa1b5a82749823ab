"""Ports on this machine: the usual one when it is free, else any."""

import socket
from typing import Final

HOST: Final = "127.0.0.1"


def free_port(wished: int) -> int:
    """A port that nothing listens on now; `wished` if possible."""
    for port in (wished, 0):
        try:
            # create_server, so that a port in TIME_WAIT counts as free, as it does for servers.
            with socket.create_server((HOST, port)) as probe:
                return int(probe.getsockname()[1])
        except OSError:
            continue
    raise OSError(f"no free port on {HOST}")
