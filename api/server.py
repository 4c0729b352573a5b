"""Serves the API (`python -m api.server`): uvicorn, with limits for clients that are slow or only hold connections."""

import argparse
import asyncio
import sys
from collections.abc import Callable
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from settings import ApiSettings, load

KEEP_ALIVE_SECONDS = 5
# Longer than a command may wait for its answer, shorter than what Compose waits before it kills.
SHUTDOWN_SECONDS = 35


class BoundedConfig(uvicorn.Config):
    """uvicorn's settings, and how long one connection may make the server wait."""

    request_seconds: float
    stall_seconds: float

    @classmethod
    def of(cls, app: str | Callable[[], Any], limits: ApiSettings, host: str, port: int) -> "BoundedConfig":
        config = cls(
            app,
            factory=True,
            host=host,
            port=port,
            http=BoundedHttp,
            ws="none",
            access_log=False,
            log_config=None,  # the application sets the logs up (json_logs.py)
            log_level="info",
            server_header=False,
            limit_concurrency=limits.connections + 1,  # uvicorn refuses the one that reaches its limit
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
        config.request_seconds, config.stall_seconds = limits.request_seconds, limits.stall_seconds
        return config


class BoundedHttp(H11Protocol):
    """Closes a connection whose request does not arrive, or whose answer is not taken.

    Between two requests uvicorn's own keep-alive limit holds.
    """

    config: BoundedConfig
    _arriving: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=0)  # so that every byte that is not taken counts as a stall
        self._expect_request()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._expect_request()
        else:
            self._arriving = _cancelled(self._arriving)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self._stalled or self.loop.call_later(self.config.stall_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stalled = _cancelled(self._stalled)

    def connection_lost(self, exc: Exception | None) -> None:
        self._arriving, self._stalled = _cancelled(self._arriving), _cancelled(self._stalled)
        super().connection_lost(exc)

    def _expect_request(self) -> None:
        """From the first byte on, not from the last: a client that sends a byte now and then is no faster."""
        self._arriving = self._arriving or self.loop.call_later(self.config.request_seconds, self.transport.close)


def _cancelled(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m api.server", description=__doc__)
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=8081)
    chosen = options.parse_args()
    server = uvicorn.Server(BoundedConfig.of("api.app:from_environment", load().api, chosen.host, chosen.port))
    server.run()
    if not server.started:
        sys.exit(1)


if __name__ == "__main__":
    main()
