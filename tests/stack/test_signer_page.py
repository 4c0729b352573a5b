"""The page of the sandbox signer, what its buttons change for `aktum sign`, and the faults that are queued there."""

from typing import Any

import pytest

from operations import sign
from tests.fixtures.processes import HTTP
from tests.fixtures.sandbox_pages import page_of
from tests.fixtures.sandboxes import Sandbox
from tests.fixtures.signing_api import Aktum
from tests.stack.signing import aktum, wait

pytestmark = pytest.mark.usefixtures("no_stack")


def test_it_lists_certificates_and_what_was_signed(api: Aktum, signer: Sandbox) -> None:
    wait(api, 2)
    assert aktum("--yes").exit_code == 0
    page = page_of(signer)
    for text in ("DS_GOOD KARIMOVA AMINA PROXIMAOPS 309630523", "DS_FOREIGN", "WS /pkcs7/create_pkcs7"):
        assert text in page.text
    assert page.labels("DS_EXPIRED") == ["Renew it"]
    signed = [each["record"] for each in signer.effects()]
    assert [each["key"] for each in signed] == ["DS_GOOD", "DS_GOOD"]
    assert [each["content"].encode() for each in signed] == [api.content("id-1"), api.content("id-2")]
    assert all(each["sha256"] in page.text for each in signed)
    assert not page.tags & {"script", "img"}


def test_a_signer_that_is_switched_off_does_not_run(api: Aktum, signer: Sandbox) -> None:
    wait(api, 1)
    page = page_of(signer)
    page.press("Switch the signer off", "program")
    refused = aktum("--yes")
    assert (refused.exit_code, sign.INSTALL in " ".join(refused.output.split())) == (1, True)
    page.press("Switch the signer on", "program")
    assert aktum("--yes").exit_code == 0
    assert len(api.signatures) == 1


def test_a_certificate_expires_and_is_renewed(api: Aktum, signer: Sandbox) -> None:
    wait(api, 1)
    page = page_of(signer)
    page.press("Let it expire", "DS_GOOD")
    refused = aktum("--yes")
    assert (refused.exit_code, "expired on" in refused.output) == (1, True)
    page.press("Renew it", "DS_GOOD")
    assert aktum("--yes").exit_code == 0
    assert len(api.signatures) == 1


def test_a_key_that_does_not_exist(signer: Sandbox) -> None:
    answer = HTTP.post(f"{signer.url}/__sandbox/page/actions/expire", data={"key": "DS_NONE"})
    assert (answer.status_code, "There is no key DS_NONE" in answer.text) == (404, True)


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("status", {"status": 500}),
        ("commit_then_reset", {}),
        ("html_502", {}),
        ("malformed_body", {}),
    ],
)
def test_a_signature_that_fails_on_this_machine_sends_nothing(
    api: Aktum, signer: Sandbox, kind: str, more: dict[str, Any]
) -> None:
    wait(api, 1)
    signer.fault(kind, path="create_pkcs7", **more)
    signer.fault(kind, path="create_pkcs7", **more)  # of the other port
    failed = aktum("--yes")
    assert failed.exit_code in (1, 3), failed.output
    assert api.signatures == {}
    signer.admin("reset")
    assert aktum("--yes").exit_code == 0
    assert len(api.signatures) == 1
