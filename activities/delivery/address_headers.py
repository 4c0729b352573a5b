"""The address headers of a letter, each read back as a mail server reads it.

The standard library loses the quotation marks of a long name when it folds the header (Python before 3.11.10): the name
`A long company, LLC` then falls into two mailboxes. Such a name is quoted and folded here, or written as encoded words.
"""

import textwrap
from collections.abc import Sequence
from email import message_from_bytes
from email.header import Header, decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, compat32
from email.utils import getaddresses, quote

LINE = 76


class AddressRefused(ValueError):
    """There are no recipients, one of them is not an e-mail address, or a header cannot hold the addresses."""


def set_addresses(message: EmailMessage, name: str, addresses: Sequence[Address]) -> None:
    """Set the header of the message to these addresses. Raises AddressRefused."""
    wanted = [(_plain(address.display_name), address.addr_spec) for address in addresses]
    message[name] = tuple(addresses)
    for form in (_quoted, _encoded):
        if _read_back(message, name) == wanted:
            return
        del message[name]
        # A header that is set in its source form is not folded again.
        message.set_raw(name, ",\r\n ".join(form(name, address) for address in addresses))
    if (found := _read_back(message, name)) != wanted:
        raise AddressRefused(f"The header {name} would be read as {found} instead of {wanted}; shorten the name.")


def _quoted(header: str, address: Address) -> str:
    text = f'"{quote(_plain(address.display_name))}" <{address.addr_spec}>'
    first = " " * len(f"{header}: ")
    return "\r\n ".join(textwrap.wrap(first + text, LINE, break_long_words=False, break_on_hyphens=False)).lstrip()


def _encoded(header: str, address: Address) -> str:
    words = Header(_plain(address.display_name), "utf-8", header_name=header).encode(linesep="\r\n")
    return f"{words}\r\n <{address.addr_spec}>"


def _read_back(message: EmailMessage, name: str) -> list[tuple[str, str]]:
    """Return the names and addresses of the header as it is sent.

    The parser of the older policy is used: that of the newer one leaves blanks between encoded words in a name.
    """
    alone = EmailMessage(policy=SMTP)
    for header, value in message.raw_items():
        if header == name:
            alone.set_raw(header, value)
    sent = str(message_from_bytes(alone.as_bytes(), policy=compat32)[name])
    return [(_plain(_decoded(text)), address) for text, address in getaddresses(["".join(sent.splitlines())])]


def _decoded(text: str) -> str:
    return str(make_header(decode_header(text)))


def _plain(text: str) -> str:
    return " ".join(text.split())
