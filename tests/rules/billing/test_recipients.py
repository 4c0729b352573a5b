"""The recipients of a draft, taken from the terms or from the contacts in ClickHouse."""

import pytest

from tests.fixtures.invoices import contract, drafted, terms


def test_a_contact_may_have_several_addresses_and_unusable_ones_have_a_warning() -> None:
    content = drafted(contract(emails=("a@b.uz; c@d.uz", "nodira@example.com ,a@b.uz", "info@", "", " ")))
    assert content.recipients == ("a@b.uz", "c@d.uz", "nodira@example.com")
    assert [each for each in content.warnings if "Contact" in each] == [
        "Contact Nodira has no usable e-mail address: 'info@'."
    ]


def test_a_part_of_a_cell_that_is_no_address_has_a_warning() -> None:
    content = drafted(contract(emails=("Nodira <n@acme.uz>, mailto:ap@müller.de, info@",)))
    assert content.recipients == ("n@acme.uz", "ap@xn--mller-kva.de")
    [warning] = [each for each in content.warnings if "Contact" in each]
    assert warning.endswith("not understood as an address: 'info@'.")


def test_recipients_of_the_terms_replace_the_contacts() -> None:
    content = drafted(contract(emails=("info@",)), terms(recipients=["ap@acme.uz"]))
    assert content.recipients == ("ap@acme.uz",)
    assert not [each for each in content.warnings if "Contact" in each]


def test_copies_of_the_terms_are_frozen_into_the_draft_beside_the_contacts() -> None:
    content = drafted(contract(emails=("n@acme.uz",)), terms(cc=["boss@acme.uz"], bcc=["archive@proximaops.uz"]))
    assert (content.recipients, content.cc, content.bcc) == (
        ("n@acme.uz",),
        ("boss@acme.uz",),
        ("archive@proximaops.uz",),
    )


@pytest.mark.parametrize("character", ["\x01", "\x7f", "\x9b", "\u202e", "\u2067", "\ufffe", "\ufdd0", "\U0001ffff"])
def test_a_character_that_cannot_be_printed_is_left_out_of_a_name_with_a_warning(character: str) -> None:
    content = drafted(contract(company_name=f"Ac{character}me"))
    assert content.customer.name == "Acme"
    [warning] = [each for each in content.warnings if "customer's company_name" in each]
    assert f"U+{ord(character):04X}" in warning
