"""Which port each part listens on: as asked for, else as last time, else any that is free."""

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
    "mailbox",
    "sandboxes",
    "gotenberg",
    "metrics",
)
# Also a setting of Aktum itself, which means the same there.
ALSO_NAMED = {"metrics": "AKTUM_METRICS_PORT"}
# Below the range from which the system takes ports for outgoing connections, so that a port is still free next time.
FIRST, LAST = 15000, 32000


class PortTaken(Exception):
    pass


def choose(environment: Mapping[str, str], earlier: Mapping[str, int]) -> dict[str, int]:
    chosen: dict[str, int] = {}
    for name in NAMES:
        variables = [f"AKTUM_PORT_{name.upper()}", *([ALSO_NAMED[name]] if name in ALSO_NAMED else [])]
        asked = next((variable for variable in variables if environment.get(variable)), None)
        if asked is not None:
            chosen[name] = int(environment[asked])
            if not is_free(chosen[name]):
                raise PortTaken(f"Port {chosen[name]}, which {asked} asks for, is in use. Choose another one.")
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
