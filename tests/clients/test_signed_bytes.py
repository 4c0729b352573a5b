"""The bytes that are signed, and what is read from a signature: the assumptions about Didox and E-IMZO in one place."""

import base64

import pytest
from asn1crypto import cms, core
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

from activities.clients import decimal_json
from activities.clients.didox.signing import signed_bytes
from activities.clients.pkcs7 import NotASignature, read_signature
from tests.fixtures.signers import GOOD


@pytest.mark.parametrize(
    ("received", "signed"),
    [
        ('{"b": 1, "a": 2}', '{"b":1,"a":2}'),  # the order of Didox, not of the alphabet
        ('{"summa": 50000.10, "count": 4.0}', '{"summa":50000.10,"count":4.0}'),  # no digit is lost
        ('{"name": "\\u041e\\u041e\\u041e \\/ \\"Ромашка\\""}', '{"name":"ООО / \\"Ромашка\\""}'),
        ('{"a": null, "b": true, "c": [], "d": {}}', '{"a":null,"b":true,"c":[],"d":{}}'),
    ],
)
def test_what_was_received_is_signed_without_blanks(received: str, signed: str) -> None:
    assert signed_bytes(decimal_json.loads(received)) == signed.encode()


def test_a_signature_of_indefinite_lengths() -> None:
    """Java programs write a PKCS#7 message with indefinite lengths, and its content in pieces of 1000 bytes."""
    content = b"0123456789" * 250
    pkcs7, _ = GOOD.sign(content)
    der = base64.b64decode(pkcs7)
    signed = cms.ContentInfo.load(der)["content"]
    inner = signed["encap_content_info"]
    pieces = b"".join(core.OctetString(content[at : at + 1000]).dump() for at in range(0, len(content), 1000))
    octets = _indefinite(0x24, pieces)
    parts = [signed[name].dump() for name in ("version", "digest_algorithms")]
    parts.append(_indefinite(0x30, inner["content_type"].dump() + _indefinite(0xA0, octets)))
    parts += [signed[name].dump() for name in ("certificates", "signer_infos")]
    kind = core.ObjectIdentifier("1.2.840.113549.1.7.2").dump()
    message = _indefinite(0x30, kind + _indefinite(0xA0, _indefinite(0x30, b"".join(parts))))
    found = read_signature(base64.b64encode(message).decode())
    assert (found.content, found.certificate) == (content, read_signature(pkcs7).certificate)


def _indefinite(tag: int, content: bytes) -> bytes:
    return bytes([tag, 0x80]) + content + b"\x00\x00"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("not base64!", "is not base64"),
        ("AAAA", "is no PKCS#7 message"),
        (base64.b64encode(b"0\x80").decode(), "is no PKCS#7 message"),
        (base64.b64encode(b"plain text, not a message").decode(), "is no PKCS#7 message"),
        ("", "is no PKCS#7 message"),
    ],
)
def test_what_is_no_signature(text: str, problem: str) -> None:
    with pytest.raises(NotASignature, match=problem):
        read_signature(text)


def test_a_cut_signature() -> None:
    der = base64.b64decode(GOOD.sign(b"{}")[0])
    for length in range(1, len(der), 37):
        with pytest.raises(NotASignature):
            read_signature(base64.b64encode(der[:length]).decode())


def test_a_detached_signature() -> None:
    """It does not contain what was signed, so nobody could tell."""
    builder = PKCS7SignatureBuilder().set_data(b"{}").add_signer(GOOD.certificate, GOOD.private_key, SHA256())
    der = builder.sign(Encoding.DER, [PKCS7Options.Binary, PKCS7Options.DetachedSignature])
    with pytest.raises(NotASignature, match="does not contain the signed bytes"):
        read_signature(base64.b64encode(der).decode())
