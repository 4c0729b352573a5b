"""What Temporal keeps is encrypted with the first key of the ring, and read with whichever key it names."""

import base64
import json
import secrets
from pathlib import Path

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.converter import DataConverter

from workflows.client.connection import COMPRESS_FROM_BYTES, DATA_CONVERTER, data_converter
from workflows.client.payload_encryption import ENCODING, KEY_ID, PayloadUnreadable

OLD, NEW = {"old": secrets.token_bytes(32)}, {"new": secrets.token_bytes(32)}
TEXTS = ("", "ACME Corp", "ООО «Альфа»", "x" * 3 * COMPRESS_FROM_BYTES)


async def written(converter: DataConverter, value: object) -> Payload:
    return (await converter.encode([value]))[0]


async def read(converter: DataConverter, payload: Payload) -> object:
    return (await converter.decode([payload]))[0]


@pytest.mark.parametrize("text", TEXTS, ids=len)
async def test_what_was_written_is_read(text: str) -> None:
    converter = data_converter(NEW)
    payload = await written(converter, {"name": text})
    assert payload.metadata == {"encoding": ENCODING, KEY_ID: b"new"}
    assert text == "" or text.encode() not in payload.SerializeToString()
    assert await read(converter, payload) == {"name": text}


async def test_large_payloads_are_compressed_before_they_are_encrypted() -> None:
    assert (await written(data_converter(NEW), TEXTS[-1])).ByteSize() < COMPRESS_FROM_BYTES / 10


async def test_the_same_value_never_looks_the_same() -> None:
    converter = data_converter(NEW)
    assert (await written(converter, "ACME")).data != (await written(converter, "ACME")).data


async def test_nothing_and_an_empty_result_are_encrypted_too() -> None:
    payload = await written(data_converter(NEW), None)
    assert payload.metadata["encoding"] == ENCODING
    assert await read(data_converter(NEW), payload) is None


@pytest.mark.parametrize("text", TEXTS, ids=len)
async def test_what_was_written_in_clear_is_still_read(text: str) -> None:
    assert await read(data_converter(NEW), await written(DATA_CONVERTER, text)) == text


async def test_without_keys_nothing_is_encrypted() -> None:
    assert await written(data_converter({}), "ACME") == await written(DATA_CONVERTER, "ACME")
    assert data_converter({}).failure_converter_class is DATA_CONVERTER.failure_converter_class


async def test_after_a_rotation_both_keys_read_and_the_first_writes() -> None:
    before = await written(data_converter(OLD), "ACME")
    rotated = data_converter(NEW | OLD)
    assert await read(rotated, before) == "ACME"
    assert (await written(rotated, "ACME")).metadata[KEY_ID] == b"new"
    # During the deployment of the rotation: processes that have both keys and still write with the old one.
    assert await read(data_converter(OLD | NEW), await written(rotated, "ACME")) == "ACME"


@pytest.mark.parametrize("ring", [NEW, {}], ids=["another ring", "no ring"])
async def test_a_missing_key_is_named(ring: dict[str, bytes]) -> None:
    payload = await written(data_converter(OLD), "ACME")
    with pytest.raises(PayloadUnreadable, match=r"'old'.*AKTUM_TEMPORAL__ENCRYPTION_KEYS"):
        await read(data_converter(ring), payload)


async def test_another_key_under_the_same_id_reads_nothing() -> None:
    payload = await written(data_converter(OLD), "ACME")
    with pytest.raises(PayloadUnreadable, match="'old'"):
        await read(data_converter({"old": secrets.token_bytes(32)}), payload)


@pytest.mark.parametrize("place", [0, 11, 12, -17, -1], ids=["nonce", "its end", "text", "its end", "tag"])
async def test_a_changed_byte_is_noticed(place: int) -> None:
    payload = await written(data_converter(OLD), "ACME")
    data = bytearray(payload.data)
    data[place] ^= 1
    with pytest.raises(PayloadUnreadable):
        await read(data_converter(OLD), Payload(metadata=payload.metadata, data=bytes(data)))


@pytest.mark.parametrize("length", [0, 5, 12, 20])
async def test_a_payload_that_is_cut_off_is_noticed(length: int) -> None:
    payload = await written(data_converter(OLD), "ACME")
    with pytest.raises(PayloadUnreadable):
        await read(data_converter(OLD), Payload(metadata=payload.metadata, data=payload.data[:length]))


@pytest.mark.parametrize("named", [{}, {KEY_ID: b"new"}, {KEY_ID: b"\xff"}], ids=["none", "another", "no text"])
async def test_the_id_of_the_key_cannot_be_exchanged(named: dict[str, bytes]) -> None:
    """Both ids hold the same key here, so that the id alone differs."""
    key = secrets.token_bytes(32)
    payload = await written(data_converter({"old": key}), "ACME")
    with pytest.raises(PayloadUnreadable):
        await read(
            data_converter({"old": key, "new": key}),
            Payload(metadata={"encoding": ENCODING} | named, data=payload.data),
        )


@pytest.mark.parametrize("data", [b"", b"no zlib at all", b"\x78\x9c"], ids=["nothing", "junk", "cut off"])
async def test_damaged_compression_is_named(data: bytes) -> None:
    with pytest.raises(PayloadUnreadable, match="compressed"):
        await read(data_converter(NEW), Payload(metadata={"encoding": b"binary/zlib"}, data=data))


async def test_messages_of_failures_are_encrypted() -> None:
    converter = data_converter(NEW)
    stored = await _failure(converter, "ACME Corp owes 10")
    assert b"ACME" not in stored
    assert b"ACME" in await _failure(DATA_CONVERTER, "ACME Corp owes 10")


async def _failure(converter: DataConverter, message: str) -> bytes:
    failure = Failure()
    await converter.encode_failure(RuntimeError(message), failure)
    return failure.SerializeToString()


async def test_stored_payloads_of_real_histories_are_read() -> None:
    """Each payload of a history that was recorded without encryption."""
    folder = Path(__file__).parents[1] / "histories"
    found = [payload for path in folder.glob("*.json") for payload in _payloads(json.loads(path.read_text()))]
    assert len(found) > 100
    assert await data_converter(NEW).payload_codec.decode(found) == await DATA_CONVERTER.payload_codec.decode(found)  # type: ignore[union-attr]


def _payloads(node: object) -> list[Payload]:
    if isinstance(node, list):
        return [payload for part in node for payload in _payloads(part)]
    if not isinstance(node, dict):
        return []
    if node.keys() <= {"metadata", "data"} and "encoding" in node.get("metadata", {}):
        metadata = {name: base64.b64decode(value) for name, value in node["metadata"].items()}
        return [Payload(metadata=metadata, data=base64.b64decode(node.get("data", "")))]
    return [payload for part in node.values() for payload in _payloads(part)]
