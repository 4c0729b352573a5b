"""Serve the sandbox signer on the loopback interface until the process is stopped."""

import argparse
from pathlib import Path

import uvicorn

from local.sandboxes.signer.app import Signer
from local.sandboxes.signer.controls import create_app
from local.sandboxes.state import SandboxState

HOST = "127.0.0.1"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.sandboxes.signer", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="for ws://; E-IMZO uses 64646")
    parser.add_argument("--tls-port", type=int, required=True, help="for wss://; E-IMZO uses 64443")
    parser.add_argument("--page-port", type=int, required=True, help="of the page for a person, over http://")
    parser.add_argument("--state-dir", type=Path, required=True, help="where its requests and signatures are kept")
    parser.add_argument("--tin", required=True, help="the TIN of the company whose keys it has")
    arguments = parser.parse_args()
    signer = Signer(arguments.tin, SandboxState(arguments.state_dir / "signer.sqlite3"))
    app = create_app(signer, HOST, arguments.port, arguments.tls_port)
    uvicorn.run(app, host=HOST, port=arguments.page_port, access_log=False)


if __name__ == "__main__":
    main()
