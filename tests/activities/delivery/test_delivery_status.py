"""Notifications of mail servers: what is read from them, and what is not trusted."""

import pytest

from activities.delivery.delivery_status import read_notification
from local.engines.imap_folder import Returned, returned

LETTER = (
    b"From: ProximaOps <invoices@proximaops.example>\r\nTo: buyer@acme.example\r\n"
    b"Message-ID: <letter-1@proximaops.example>\r\nSubject: Invoice INV-7\r\n\r\nDear Acme\r\n"
)
GONE = Returned(recipient="buyer@acme.example")
SLOW = Returned(recipient="ap@acme.example", status="4.2.2", action="delayed", reason="smtp; 452 4.2.2 full")


@pytest.mark.parametrize("whole", [True, False])
def test_a_returned_letter(whole: bool) -> None:
    found = read_notification(returned(LETTER, GONE, SLOW, key="n1", whole=whole))
    assert found is not None
    assert (found.key, found.message_ids) == ("<n1@relay.example>", ("<letter-1@proximaops.example>",))
    assert [(each.recipient, each.status, each.reason) for each in found.failed] == [
        ("buyer@acme.example", "5.1.1", "550 5.1.1 No such user")
    ]
    assert [each.recipient for each in found.delayed] == ["ap@acme.example"]


def test_a_letter_that_was_given_up_after_delays_is_a_failure() -> None:
    """The server says `failed` with the code of the last temporary error (RFC 3463, 4.4.7)."""
    expired = Returned(recipient="buyer@acme.example", status="4.4.7", reason="smtp; delivery time expired")
    found = read_notification(returned(LETTER, expired, key="n1"))
    assert found is not None
    assert [each.status for each in found.failed] == ["4.4.7"]


def test_the_letter_is_also_found_by_what_the_notification_answers() -> None:
    content = returned(b"Subject: without an id\r\n\r\n", GONE, key="n1")
    answering = b"In-Reply-To: <letter-1@proximaops.example>\r\nReferences: <a@b.c> <d@e.f>\r\n" + content
    found = read_notification(answering)
    assert found is not None
    assert found.message_ids == ("<letter-1@proximaops.example>", "<a@b.c>", "<d@e.f>")


def test_a_notification_without_an_id_is_identified_by_its_bytes() -> None:
    content = returned(LETTER, GONE, key="n1").replace(b"Message-ID: <n1@relay.example>\r\n", b"", 1)
    first, second = read_notification(content), read_notification(content)
    assert first is not None
    assert second is not None
    assert (len(first.key), first.key) == (64, second.key)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Subject: out of office\r\n\r\nI am away\r\n",
        LETTER,
        returned(LETTER, Returned(recipient="buyer@acme.example", action="delivered", status="2.0.0"), key="n1"),
        returned(LETTER, key="n1"),
        returned(LETTER, GONE, key="n1").replace(b"message/delivery-status", b"text/plain"),
        returned(LETTER, GONE, key="n1").replace(b"Final-Recipient: rfc822; ", b"Final-Recipient: "),
        returned(LETTER, GONE, key="n1")[:250],
        b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\n\xff\xfe\x00",
    ],
)
def test_what_reports_no_failure_and_no_delay_is_no_notification(content: bytes) -> None:
    assert read_notification(content) is None


def test_texts_are_cut_and_freed_of_what_cannot_be_stored() -> None:
    bad = returned(LETTER, GONE, key="n1").replace(b"550 5.1.1 No such user", b"no\x00pe \xff\x1b[31m " + b"x" * 9000)
    found = read_notification(bad)
    assert found is not None
    [failed] = found.failed
    assert len(failed.reason) == 500
    assert failed.reason.startswith("nope")
    assert not {"\x00", "\x1b"} & set(failed.reason)
    many = read_notification(returned(LETTER, *[GONE] * 200, key="n1"))
    assert many is not None
    assert len(many.failed) == 60
