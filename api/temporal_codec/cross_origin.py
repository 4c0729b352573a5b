"""CORS for the codec routes only: pages of the Temporal Web UI have another origin and may call them."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

PATH = "/api/v1/temporal-codec/"


class CrossOrigin:
    def __init__(self, app: ASGIApp, origin: str | None) -> None:
        self._app = app
        self._for_codec: ASGIApp = app
        if origin:
            self._for_codec = CORSMiddleware(
                app,
                allow_origins=[origin.rstrip("/")],
                allow_methods=["POST"],
                allow_headers=["Authorization", "Content-Type", "X-Namespace"],
                allow_credentials=True,
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asks_for_codec = scope["type"] == "http" and scope["path"].startswith(PATH)
        await (self._for_codec if asks_for_codec else self._app)(scope, receive, send)
