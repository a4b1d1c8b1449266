"""The socket that all serve on."""

import os
import socket

from runtime.failures import CannotStart


def listening_on(host: str, port: int) -> socket.socket:
    """A socket bound to an address, which processes started later may inherit. Raises CannotStart where it cannot be had."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as failure:
        bound.close()
        raise CannotStart(f"HOST {host} and PORT {port} cannot be listened on: {os.strerror(failure.errno or 0)}.") from failure
    bound.set_inheritable(True)
    return bound
