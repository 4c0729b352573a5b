"""The choice of ports: the requested one, else the one of the last start, else a free one."""

import secrets
import socket
from collections.abc import Mapping

HOST = "127.0.0.1"
NAMES = (
    "api",
    "temporal",
    "web_ui",
    "postgres",
    "clickhouse",
    "s3",
    "smtp",
    "imap",
    "mailbox",
    "sandboxes",
    "signer",
    "signer_tls",
    "signer_page",
    "gotenberg",
    "metrics",
    "api_metrics",
)
# These ports are also settings of Aktum itself.
SETTINGS_WITH_A_PORT = {"metrics": "AKTUM_METRICS_PORT", "api_metrics": "AKTUM_API__METRICS_PORT"}
# Below the range that the system uses for outgoing connections, so that a port is still free at the next start.
FIRST, LAST = 15000, 32000


class PortTaken(Exception):
    """A requested port is in use, or no free port was found."""


def choose(environment: Mapping[str, str], earlier: Mapping[str, int]) -> dict[str, int]:
    """Return the port of each name. `earlier` holds the ports of the last start. Raises PortTaken."""
    chosen: dict[str, int] = {}
    for name in NAMES:
        variables = [
            f"AKTUM_PORT_{name.upper()}",
            *([SETTINGS_WITH_A_PORT[name]] if name in SETTINGS_WITH_A_PORT else []),
        ]
        requested = next((variable for variable in variables if environment.get(variable)), None)
        if requested is not None:
            chosen[name] = int(environment[requested])
            if not is_free(chosen[name]):
                raise PortTaken(f"Port {chosen[name]}, which {requested} requests, is in use. Choose another one.")
        elif name in earlier and earlier[name] not in chosen.values() and is_free(earlier[name]):
            chosen[name] = earlier[name]
        else:
            chosen[name] = free_port(taken=set(chosen.values()))
    return chosen


def free_port(taken: set[int]) -> int:
    for _ in range(1000):
        port = FIRST + secrets.randbelow(LAST - FIRST)
        if port not in taken and is_free(port):
            return port
    raise PortTaken(f"No free port was found between {FIRST} and {LAST}.")


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
