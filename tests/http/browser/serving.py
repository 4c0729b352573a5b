"""Serves an application to a browser, in a thread of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from local.stack.port_allocation import HOST


@contextmanager
def served(app: FastAPI, port: int) -> Iterator[str]:
    """Yield the address of the application."""
    server = uvicorn.Server(uvicorn.Config(app, host=HOST, port=port, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.02)
    yield f"http://{HOST}:{port}"
    server.should_exit = True
    thread.join()
