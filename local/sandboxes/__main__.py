"""Serve the sandboxes on the loopback interface until the process is stopped."""

import argparse
from pathlib import Path

import uvicorn

import settings
from local.sandboxes.app import create_app
from local.sandboxes.connection_reset import ResettableProtocol


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.sandboxes", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state-dir", type=Path, required=True, help="the folder for requests and effects")
    arguments = parser.parse_args()
    uvicorn.run(
        create_app(arguments.state_dir, settings.load()),
        host="127.0.0.1",
        port=arguments.port,
        http=ResettableProtocol,
        lifespan="off",
        log_level="warning",
        access_log=False,
    )


if __name__ == "__main__":
    main()
