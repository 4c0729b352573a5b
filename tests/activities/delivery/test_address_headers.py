"""The header From names one mailbox, however long the company's name is."""

from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, compat32
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.delivery.address_headers import set_addresses

SENDER = "invoices@proximaops.example"
NAMES = [
    "ProximaOps LLC",
    "Tashkent Regional Telecommunications Engineering, Consulting and Support Services LLC",
    'The "Silk Road" Company for Transport; Logistics, Storage @ Customs (Clearing) <and> Insurance: Partners',
    "Müller, Söhne & Partner Gesellschaft mit beschränkter Haftung und Compagnie Kommanditgesellschaft",
    "ООО «Ташкентская региональная компания, инженерные системы, консультации и сопровождение»",
    "株式会社, " * 12,
    "x, " * 90,
    "=?utf-8?q?x?= a long name, which looks encoded, and which is folded more than once, as it is long",
    "No.blanks,at.all," * 9,
]


def composed(name: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    set_addresses(message, "From", [Address(name, addr_spec=SENDER)])
    return message.as_bytes()


def mailboxes(sent: bytes) -> list[str]:
    """Return the addresses of From, which both parsers of the standard library must find alike."""
    header = str(message_from_bytes(sent, policy=compat32)["From"])
    found = [address for _, address in getaddresses(["".join(header.splitlines())])]
    assert found == [each.addr_spec for each in message_from_bytes(sent, policy=SMTP)["From"].addresses]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_one_mailbox(name: str) -> None:
    sent = composed(name)
    assert mailboxes(sent) == [SENDER]
    [mailbox] = message_from_bytes(sent, policy=SMTP)["From"].addresses
    assert "".join(mailbox.display_name.split()) == "".join(name.split())


@given(st.text(st.sampled_from("aZ ,.;:<>@()[]\"\\'=?éж株"), max_size=200))
def test_any_name_is_one_mailbox(name: str) -> None:
    assert mailboxes(composed(name)) == [SENDER]


def test_many_recipients_stay_apart() -> None:
    addresses = [f"somebody.with.a.long.name{n}@company-{n}.example" for n in range(20)]
    message = EmailMessage(policy=SMTP)
    set_addresses(message, "To", [Address(addr_spec=each) for each in addresses])
    assert [each.addr_spec for each in message_from_bytes(message.as_bytes(), policy=SMTP)["To"].addresses] == addresses
