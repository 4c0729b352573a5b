"""The connection to Temporal and the data converter that API, worker and replay share.

Large payloads (an invoice with thousands of lines) are compressed; small ones stay readable in the Web UI.
"""

import dataclasses
import zlib
from collections.abc import Sequence

from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import PayloadCodec
from temporalio.runtime import Runtime

COMPRESS_FROM_BYTES = 32 * 1024
_ENCODING = b"binary/zlib"


class Compression(PayloadCodec):
    """Compresses large payloads: JSON of lines shrinks about tenfold, and the server rejects more than 2 MiB.

    See docs/specification/temporal.md 7.3.
    """

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [_compressed(p) if p.ByteSize() >= COMPRESS_FROM_BYTES else p for p in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [_decompressed(p) if p.metadata.get("encoding") == _ENCODING else p for p in payloads]


def _compressed(payload: Payload) -> Payload:
    return Payload(metadata={"encoding": _ENCODING}, data=zlib.compress(payload.SerializeToString(), level=6))


def _decompressed(payload: Payload) -> Payload:
    return Payload.FromString(zlib.decompress(payload.data))


DATA_CONVERTER = dataclasses.replace(pydantic_data_converter, payload_codec=Compression())


async def connect(
    address: str,
    namespace: str,
    *,
    api_key: str | None = None,
    tls: bool = False,
    runtime: Runtime | None = None,
    lazy: bool = False,
) -> Client:
    """Return a connected client. With `lazy` it connects at the first call, so the API can start before Temporal.

    A worker cannot use a lazy client.
    """
    return await Client.connect(
        address,
        namespace=namespace,
        api_key=api_key,
        tls=tls,
        data_converter=DATA_CONVERTER,
        runtime=runtime,
        lazy=lazy,
    )
