"""The API's connection to Temporal.

The API starts without Temporal. While Temporal is down, requests that need it are answered with 503 at once.
"""

from datetime import timedelta

from temporalio.client import Client
from temporalio.converter import PayloadCodec
from temporalio.service import RPCError

from settings import TemporalSettings
from workflows.client.connection import connect
from workflows.client.errors import TemporalUnavailable

_CONNECT = timedelta(seconds=3)


class Temporal:
    """A Temporal client that connects when it is first used."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._was_reached = False

    @classmethod
    async def at(cls, settings: TemporalSettings) -> "Temporal":
        key = settings.api_key.get_secret_value() if settings.api_key else None
        client = await connect(
            settings.address,
            settings.namespace,
            api_key=key,
            tls=settings.tls,
            encryption_keys=settings.key_ring,
            lazy=True,
        )
        return cls(client)

    @property
    def payload_codec(self) -> PayloadCodec:
        """The codec that encodes the payloads sent to Temporal and decodes those read from it."""
        codec = self._client.data_converter.payload_codec
        assert codec is not None, "connect() sets one"
        return codec

    async def client(self) -> Client:
        """Return the connected client. Raise TemporalUnavailable when the first connection fails.

        The SDK's lazy client raises a plain RuntimeError when its first connection fails, so it is checked here.
        """
        if not self._was_reached:
            await self.check()
            self._was_reached = True
        return self._client

    async def check(self) -> None:
        """Raise TemporalUnavailable when Temporal does not answer or is not serving."""
        try:
            serving = await self._client.service_client.check_health(timeout=_CONNECT)
        except (RPCError, RuntimeError) as error:
            raise TemporalUnavailable(str(error)) from error
        if not serving:
            raise TemporalUnavailable("Temporal answers that it is not serving")
