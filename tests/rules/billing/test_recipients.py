"""The recipients of a draft, taken from the terms or from the contacts in ClickHouse."""

from tests.fixtures.invoices import contract, drafted, terms


def test_a_contact_may_have_several_addresses_and_unusable_ones_have_a_warning() -> None:
    content = drafted(contract(emails=("a@b.uz; c@d.uz", "nodira@example.com ,a@b.uz", "info@", "", " ")))
    assert content.recipients == ("a@b.uz", "c@d.uz", "nodira@example.com")
    assert [each for each in content.warnings if "Contact" in each] == [
        "Contact Nodira has no usable e-mail address: 'info@'."
    ]


def test_recipients_of_the_terms_replace_the_contacts() -> None:
    content = drafted(contract(emails=("info@",)), terms(recipients=["ap@acme.uz"]))
    assert content.recipients == ("ap@acme.uz",)
    assert not [each for each in content.warnings if "Contact" in each]
