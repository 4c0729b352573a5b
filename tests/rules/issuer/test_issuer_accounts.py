"""An issuer may have one account for each currency, and a document names only the account of its currency."""

import pytest
from pydantic import ValidationError

from models.invoice.content.content import Content, digest
from models.issuer.issuer import Issuer, Party, issuer_of_settings
from models.issuer.settings import IssuerInput
from tests.fixtures.invoices import contract, drafted, terms

SOM = {"account_number": "20208000905123456001", "bank_name": "Kapitalbank", "mfo": "01088", "swift_bic": ""}
DOLLARS = {
    "currency": "USD",
    "account_number": "20208840905123456001",
    "bank_name": "Kapitalbank, correspondent Cascade Commerce Bank (BWANUS6P)",
    "swift_bic": "KACHUZ22",
}
OURS = Issuer.model_validate({"party": {"name": "ProximaOps", "tin": "309630523", **SOM}, "accounts": [DOLLARS]})


def content_in(currency: str, issuer: Issuer = OURS) -> Content:
    return drafted(contract(currency=currency, swift_bic="DEUTDEFF"), terms(issuer=issuer))


def test_a_draft_names_the_account_of_its_currency() -> None:
    party = content_in("USD").issuer.party
    assert (party.account_number, party.swift_bic) == ("20208840905123456001", "KACHUZ22")
    assert party.bank_name == "Kapitalbank, correspondent Cascade Commerce Bank (BWANUS6P)"
    assert party.mfo == "", "no field of another account is mixed in"
    assert (party.name, party.tin) == ("ProximaOps", "309630523")


@pytest.mark.parametrize("currency", ["UZS", "EUR"])
def test_a_currency_without_an_account_uses_the_company_s_own_account(currency: str) -> None:
    assert content_in(currency).issuer.party == OURS.party


def test_a_document_contains_no_other_account() -> None:
    assert content_in("USD").issuer.accounts == content_in("UZS").issuer.accounts == ()
    assert "accounts" not in content_in("USD").model_dump_json()


def test_contents_without_accounts_keep_their_digests() -> None:
    alone = OURS.model_copy(update={"accounts": ()})
    assert digest(content_in("UZS"), "INV-1") == digest(content_in("UZS", alone), "INV-1")
    assert digest(content_in("USD"), "INV-1") != digest(content_in("USD", alone), "INV-1")
    assert Issuer.model_validate({"party": {"name": "P"}}) == Issuer(party=Party(name="P"), accounts=())


def test_accounts_are_read_from_the_settings_of_the_issuer() -> None:
    given = IssuerInput.model_validate({"party": {"name": "ProximaOps", **SOM}, "accounts": [DOLLARS]})
    assert given.issuer.accounts == OURS.accounts
    assert IssuerInput.of(issuer_of_settings(given.issuer.model_dump(mode="json"))) == given
    assert IssuerInput.model_validate({"party": {"name": "ProximaOps"}}).accounts == ()


@pytest.mark.parametrize(
    ("accounts", "words"),
    [
        ([DOLLARS, DOLLARS], "USD has two accounts"),
        ([DOLLARS | {"currency": "GPB"}], "currency"),
        ([DOLLARS | {"account_number": ""}], "account_number"),
        ([DOLLARS | {"account_number": "1" * 51}], "account_number"),
        ([{"currency": "USD", "account_number": "1"}], "bank_name"),
        ([DOLLARS | {"iban": "1"}], "iban"),
    ],
)
def test_bad_accounts_are_refused(accounts: list[dict[str, str]], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        IssuerInput.model_validate({"party": {"name": "P"}, "accounts": accounts})
