"""The messages of the mailbox are parsed when they arrive, and not for a list."""

import json
from email.message import EmailMessage
from pathlib import Path

import pytest

from local.engines.message_store import Message, MessageNotFound, MessageStore

LETTERS = 5
ENVELOPE = ("invoices@proxima.example", ["buyer@customer.example"])


def letter(number: int) -> bytes:
    message = EmailMessage()
    message["From"] = "Proxima <invoices@proxima.example>"
    message["To"] = "Buyer <buyer@customer.example>"
    message["Subject"] = f"Акт №{number}"
    message["Message-ID"] = f"<{number}@aktum.example>"
    message["Date"] = "Sun, 01 Feb 2026 06:00:00 +0500"
    message.set_content("Здравствуйте")
    message.add_attachment(b"%PDF-1.7 act", maintype="application", subtype="pdf", filename=f"Акт №{number}.pdf")
    return message.as_bytes()


@pytest.fixture
def store(tmp_path: Path) -> MessageStore:
    store = MessageStore(tmp_path / "mailbox")
    for number in range(1, LETTERS + 1):
        store.store(*ENVELOPE, letter(number))
    return store


def empty_the_files(store: MessageStore) -> None:
    """Empty all messages, so that a test fails if they are parsed again."""
    for path in store.directory.glob("*.eml"):
        path.write_bytes(b"")


def subjects(messages: list[Message]) -> list[str]:
    return [message.subject for message in messages]


ALL = [f"Акт №{number}" for number in range(1, LETTERS + 1)]


def test_the_list_does_not_read_messages_again(store: MessageStore) -> None:
    empty_the_files(store)
    assert subjects(store.messages()) == ALL
    assert [message.attachments[0].size for message in store.messages()] == [12] * LETTERS


def test_a_restarted_mailbox_does_not_read_messages_again(store: MessageStore) -> None:
    before = store.messages()
    empty_the_files(store)
    again = MessageStore(store.directory)
    assert again.messages() == before
    again.store(*ENVELOPE, letter(LETTERS + 1))
    assert subjects(again.messages()) == [*ALL, f"Акт №{LETTERS + 1}"]


def test_one_message_id_is_found_among_all(store: MessageStore) -> None:
    assert subjects(store.messages("<3@aktum.example>")) == ["Акт №3"]
    assert store.messages("<33@aktum.example>") == []
    store.store(*ENVELOPE, letter(3))
    assert [message.id for message in store.messages("<3@aktum.example>")] == [3, LETTERS + 1]


def test_what_an_earlier_release_left_is_described_once(store: MessageStore) -> None:
    """It kept the envelope alone beside each letter."""
    before = store.messages()
    for message in before:
        envelope = {
            "sender": message.envelope_from,
            "recipients": message.recipients,
            "received_at": message.received_at.isoformat(),
        }
        (store.directory / f"{message.id:06d}.json").write_text(json.dumps(envelope))
    assert MessageStore(store.directory).messages() == before
    empty_the_files(store)
    assert MessageStore(store.directory).messages() == before


def test_nothing_is_listed_after_a_clearing(store: MessageStore) -> None:
    store.clear()
    assert store.messages() == MessageStore(store.directory).messages() == []
    with pytest.raises(MessageNotFound):
        store.describe(1)


def test_a_letter_that_was_not_wholly_stored_is_not_listed(store: MessageStore) -> None:
    """The process died between the description and the letter itself."""
    (store.directory / f"{LETTERS:06d}.eml").unlink()
    again = MessageStore(store.directory)
    assert subjects(again.messages()) == ALL[:-1]
    assert again.store(*ENVELOPE, letter(9)) == LETTERS + 1
