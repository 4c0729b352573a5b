"""The embedded mail server, used through the mail client of Aktum."""

import hashlib
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import aiosmtplib
import httpx
import pytest

from activities.clients.imap import BounceMailbox
from activities.clients.mailbox_search import MailProbe
from activities.delivery.delivery_status import read_notification
from local.stack.stack import Stack
from settings import ImapSettings
from tests.fixtures.processes import HTTP
from tests.fixtures.sandbox_pages import SandboxPage
from tests.stack.conftest import StartStack

PDF = b"%PDF-1.7 act"


def invoice_mail(message_id: str = "<one@aktum.example>") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Proxima <invoices@proxima.example>"
    message["To"] = "Buyer <buyer@customer.example>, second@customer.example"
    message["Subject"] = "Акт №7"
    message["Message-ID"] = message_id
    message["Date"] = "Sun, 01 Feb 2026 06:00:00 +0500"
    message.set_content("Здравствуйте\n.a line that begins with a dot\n")
    message.add_attachment(PDF, maintype="application", subtype="pdf", filename="Акт №7.pdf")
    return message


async def send(stack: Stack, message: EmailMessage, timeout: float = 10) -> dict[str, aiosmtplib.SMTPResponse]:
    refused, _ = await aiosmtplib.send(
        message,
        hostname=stack.env["AKTUM_SMTP__HOST"],
        port=int(stack.env["AKTUM_SMTP__PORT"]),
        start_tls=False,
        timeout=timeout,
    )
    return refused


def plan_faults(stack: Stack, *faults: dict[str, object]) -> None:
    HTTP.put(stack.describe()["mailbox"] + "/__sandbox/faults", json=list(faults)).raise_for_status()


def page(stack: Stack, path: str) -> httpx.Response:
    return HTTP.get(stack.describe()["mailbox"] + path)


def clear(stack: Stack) -> None:
    HTTP.delete(stack.describe()["mailbox"] + "/api/messages").raise_for_status()


def stored(stack: Stack) -> list[dict[str, object]]:
    messages: list[dict[str, object]] = page(stack, "/api/messages").json()
    return messages


async def test_a_message_survives_a_kill_and_is_shown(start_stack: StartStack) -> None:
    stack = start_stack("mailbox")
    await send(stack, invoice_mail())
    stack.kill("mailbox")
    stack.start_component("mailbox")

    (message,) = stored(stack)
    assert message["message_id"] == "<one@aktum.example>"
    assert message["subject"] == "Акт №7"
    assert message["from"] == "Proxima <invoices@proxima.example>"
    assert message["to"] == ["Buyer <buyer@customer.example>", "second@customer.example"]
    assert message["date"] == "2026-02-01T06:00:00+05:00"
    assert message["attachments"] == [
        {
            "filename": "Акт №7.pdf",
            "content_type": "application/pdf",
            "size": len(PDF),
            "sha256": hashlib.sha256(PDF).hexdigest(),
        }
    ]
    assert "Акт №7" in page(stack, "/").text
    assert ".a line that begins with a dot" in page(stack, "/message/1").text
    assert page(stack, "/message/1/attachments/0").content == PDF
    assert b"<one@aktum.example>" in page(stack, "/api/messages/1/raw").content
    assert page(stack, "/message/2").status_code == 404


async def test_accept_then_drop_stores_the_message_and_sends_no_answer(start_stack: StartStack) -> None:
    stack = start_stack("mailbox")
    plan_faults(stack, {"kind": "accept_then_drop"})
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(stack, invoice_mail())
    assert len(stored(stack)) == 1
    await send(stack, invoice_mail())  # the sender cannot know and sends the message again, with the same Message-ID
    assert [message["message_id"] for message in stored(stack)] == ["<one@aktum.example>"] * 2


async def test_a_late_answer_leaves_the_message_stored(start_stack: StartStack) -> None:
    stack = start_stack("mailbox")
    plan_faults(stack, {"kind": "delay_after_data", "seconds": 30})
    with pytest.raises(aiosmtplib.SMTPReadTimeoutError):
        await send(stack, invoice_mail(), timeout=1)
    assert len(stored(stack)) == 1


@pytest.mark.parametrize(
    ("stage", "error"),
    [("mail", aiosmtplib.SMTPSenderRefused), ("data", aiosmtplib.SMTPDataError)],
)
async def test_a_refusal_at_each_stage_stores_nothing(
    start_stack: StartStack, stage: str, error: type[aiosmtplib.SMTPResponseException]
) -> None:
    stack = start_stack("mailbox")
    plan_faults(stack, {"kind": "reply", "stage": stage, "code": 451, "text": "busy", "times": 2})
    for _ in range(2):
        with pytest.raises(error) as caught:
            await send(stack, invoice_mail())
        assert (caught.value.code, caught.value.message) == (451, "busy")
    assert stored(stack) == []
    await send(stack, invoice_mail())
    assert len(stored(stack)) == 1


async def test_one_refused_recipient_is_named_and_the_other_gets_the_message(start_stack: StartStack) -> None:
    stack = start_stack("mailbox")
    plan_faults(stack, {"kind": "reply", "stage": "rcpt", "code": 550, "text": "no such user"})
    refused = await send(stack, invoice_mail())
    assert {address: answer.code for address, answer in refused.items()} == {"buyer@customer.example": 550}
    assert stored(stack)[0]["recipients"] == ["second@customer.example"]


async def test_one_message_id_can_be_asked_for(start_stack: StartStack) -> None:
    stack = start_stack("mailbox")
    for number in (1, 2, 3):
        await send(stack, invoice_mail(f"<{number}+a&b@x.example>"))
    url = stack.describe()["mailbox"] + "/api/messages"
    async with httpx.AsyncClient() as http:
        found = await http.get(url, params={"message_id": "<2+a&b@x.example>"})
        assert [message["id"] for message in found.json()] == [2]
        probe = MailProbe(http, url)
        assert [await probe(f"<{number}+a&b@x.example>") for number in (1, 3, 4)] == [True, True, False]


async def test_a_number_is_never_used_again(start_stack: StartStack) -> None:
    stack = start_stack("mailbox")
    await send(stack, invoice_mail("<1@x.example>"))
    await send(stack, invoice_mail("<2@x.example>"))
    clear(stack)
    assert stored(stack) == []
    stack.restart("mailbox")
    await send(stack, invoice_mail("<3@x.example>"))
    assert [message["id"] for message in stored(stack)] == [3]


async def test_a_message_comes_back_over_imap(start_stack: StartStack) -> None:
    stack = start_stack("mailbox")
    clear(stack)
    await send(stack, invoice_mail("<back@aktum.example>"))
    [message] = stored(stack)
    mailbox = stack.describe()["mailbox"]
    HTTP.post(
        f"{mailbox}/__sandbox/bounces/{message['id']}", json=[{"recipient": "buyer@customer.example"}]
    ).raise_for_status()
    assert await returned_recipients(stack, "<back@aktum.example>") == ["buyer@customer.example"]


async def test_the_page_lists_letters_and_lets_one_bounce(start_stack: StartStack) -> None:
    stack = start_stack("mailbox")
    clear(stack)
    message = invoice_mail("<bounced@aktum.example>")
    message.replace_header("Subject", "<script>alert(1)</script>")
    await send(stack, message)
    [kept] = stored(stack)
    shown = SandboxPage(stack.describe()["mailbox"] + "/")
    assert "<script>alert(1)</script>" in shown.text
    assert "buyer@customer.example, second@customer.example" in shown.text
    assert "script" not in shown.tags
    shown.press("Let it bounce", str(kept["id"]), recipient="second@customer.example")
    assert "The letter came back." in shown.text
    assert await returned_recipients(stack, "<bounced@aktum.example>") == ["second@customer.example"]


async def test_a_fault_of_the_page_happens_and_one_can_be_removed(start_stack: StartStack) -> None:
    stack = start_stack("mailbox")
    clear(stack)
    shown = SandboxPage(stack.describe()["mailbox"] + "/")
    shown.press("Queue the fault", kind="reply", stage="data", code="552")
    shown.press("Queue the fault", kind="delay_after_data", times="2", seconds="30")
    assert "reply 552 4.3.0 The mailbox is busy, try again later at data, once" in shown.text
    assert "delay_after_data by 30 seconds, 2 times" in shown.text
    with pytest.raises(aiosmtplib.SMTPDataError) as caught:
        await send(stack, invoice_mail())
    assert caught.value.code == 552
    shown.press("Remove all")
    assert "No fault is queued." in shown.text
    await send(stack, invoice_mail())
    assert len(stored(stack)) == 1
    shown.press("Queue the fault", kind="reply", code="200")
    assert shown.status == 422
    assert "code" in shown.text
    assert page(stack, "/__sandbox/faults").json() == []


async def test_a_page_of_the_mailbox_loads_nothing(start_stack: StartStack) -> None:
    stack = start_stack("mailbox")
    await send(stack, invoice_mail())
    for path in ("/", f"/message/{stored(stack)[-1]['id']}"):
        assert "default-src 'none'" in page(stack, path).headers["Content-Security-Policy"]


async def returned_recipients(stack: Stack, message_id: str) -> list[str]:
    """Return the recipients that the reports in the mailbox of returned letters name for this letter."""
    imap = {name.removeprefix("AKTUM_IMAP__").lower(): value for name, value in stack.env.items() if "_IMAP__" in name}
    box = BounceMailbox.of(ImapSettings.model_validate(imap))
    assert box is not None
    found = await box.read(None, 100, datetime.now(UTC) - timedelta(days=1))
    box.close()
    notifications = [read_notification(report.content) for report in found.reports]
    return [
        each.recipient
        for notification in notifications
        if notification and message_id in notification.message_ids
        for each in notification.failed
    ]
