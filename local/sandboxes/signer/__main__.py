"""Serve the sandbox signer on the loopback interface until the process is stopped."""

import argparse
import asyncio
import signal

from websockets.asyncio.server import serve

from local.sandboxes.signer.app import Signer, answer_health
from local.sandboxes.signer.keys import keys_of
from local.sandboxes.signer.tls import server_context

HOST = "127.0.0.1"


async def run(port: int, tls_port: int, tin: str) -> None:
    """Serve both ports until SIGTERM or Ctrl-C."""
    signer = Signer(keys_of(tin))
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with (
        serve(signer.serve, HOST, port, process_request=answer_health),
        serve(signer.serve, HOST, tls_port, ssl=server_context(HOST)),
    ):
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.sandboxes.signer", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="for ws://; E-IMZO uses 64646")
    parser.add_argument("--tls-port", type=int, required=True, help="for wss://; E-IMZO uses 64443")
    parser.add_argument("--tin", required=True, help="the TIN of the company whose keys it has")
    arguments = parser.parse_args()
    asyncio.run(run(arguments.port, arguments.tls_port, arguments.tin))


if __name__ == "__main__":
    main()
