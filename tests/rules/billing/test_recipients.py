"""Whom a draft is sent to, from what ClickHouse says of the contacts."""

from tests.fixtures.invoices import contract, drafted, terms


def test_a_cell_may_hold_several_addresses_and_what_is_none_is_said() -> None:
    content = drafted(contract(emails=("a@b.uz; c@d.uz", "nodira@example.com ,a@b.uz", "info@", "", " ")))
    assert content.recipients == ("a@b.uz", "c@d.uz", "nodira@example.com")
    assert [each for each in content.warnings if "Contact" in each] == [
        "Contact Nodira has no usable e-mail address: 'info@'."
    ]


def test_agreed_recipients_count_alone() -> None:
    content = drafted(contract(emails=("info@",)), terms(recipients=["ap@acme.uz"]))
    assert content.recipients == ("ap@acme.uz",)
    assert not [each for each in content.warnings if "Contact" in each]
