"""The connection to Temporal and the data converter that API, worker and replay share.

Large payloads (an invoice with thousands of lines) are compressed. With encryption keys every payload and failure is
encrypted after that; without keys small payloads stay readable in the Web UI.
"""

import dataclasses
import zlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes, PayloadCodec
from temporalio.runtime import Runtime

from workflows.client.payload_encryption import Encryption, PayloadUnreadable

COMPRESS_FROM_BYTES = 32 * 1024
# Far above the largest invoice, and little enough for the memory of a process that decompresses it.
LARGEST_BYTES = 128 * 1024 * 1024
_ENCODING = b"binary/zlib"


class Compression(PayloadCodec):
    """Compresses large payloads: JSON of lines shrinks about tenfold, and the server rejects more than 2 MiB.

    See docs/specification/temporal.md 7.3.
    """

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [_compressed(p) if p.ByteSize() >= COMPRESS_FROM_BYTES else p for p in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Raises PayloadUnreadable."""
        return [_decompressed(p) if p.metadata.get("encoding") == _ENCODING else p for p in payloads]


def _compressed(payload: Payload) -> Payload:
    return Payload(metadata={"encoding": _ENCODING}, data=zlib.compress(payload.SerializeToString(), level=6))


def _decompressed(payload: Payload) -> Payload:
    decompressor = zlib.decompressobj()
    try:
        data = decompressor.decompress(payload.data, LARGEST_BYTES)
        if not decompressor.eof:
            raise PayloadUnreadable(f"a compressed payload is cut off, or holds more than {LARGEST_BYTES} bytes")
        return Payload.FromString(data)
    except (zlib.error, DecodeError) as error:
        raise PayloadUnreadable("a payload that is marked as compressed is damaged") from error


class CompressionThenEncryption(PayloadCodec):
    """Compresses before it encrypts, because encrypted data does not shrink."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._compression = Compression()
        self._encryption = Encryption(keys)

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return await self._encryption.encode(await self._compression.encode(payloads))

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return await self._compression.decode(await self._encryption.decode(payloads))


DATA_CONVERTER = dataclasses.replace(pydantic_data_converter, payload_codec=Compression())


def data_converter(encryption_keys: Mapping[str, bytes]) -> DataConverter:
    """Return the converter for these keys. With or without keys it reads payloads in clear."""
    codec = CompressionThenEncryption(encryption_keys)
    converter = dataclasses.replace(DATA_CONVERTER, payload_codec=codec)
    if not encryption_keys:
        return converter
    # Messages and stack traces of failures would otherwise stay in clear.
    return dataclasses.replace(converter, failure_converter_class=DefaultFailureConverterWithEncodedAttributes)


async def connect(
    address: str,
    namespace: str,
    *,
    api_key: str | None = None,
    tls: bool = False,
    encryption_keys: Mapping[str, bytes] = MappingProxyType({}),
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
        data_converter=data_converter(encryption_keys),
        runtime=runtime,
        lazy=lazy,
    )
