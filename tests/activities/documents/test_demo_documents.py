"""The texts and accounts of the demo documents: an account in each currency, and no text that repeats a setting."""

import re

import pytest

from activities.documents.legal_names import legal_name
from local.demo_data.contracts import CONTRACTS
from local.demo_data.customers import CUSTOMERS, DemoCustomer
from local.demo_data.settings import ISSUER, LEGAL_TEXTS
from models.documents.wording import STANDARD_CLAUSES
from models.issuer.issuer import Party
from models.issuer.settings import IssuerInput
from models.values.money import Currency

# In an Uzbek account number, digits 6 to 8 are the code of the currency.
CODES = {"UZS": "000", "USD": "840", "EUR": "978"}


@pytest.mark.parametrize("text", [*LEGAL_TEXTS.values(), *STANDARD_CLAUSES.values()])
def test_no_clause_contains_a_number_of_days(text: str) -> None:
    """The days to pay are a setting and can be edited; the page prints the value that applies."""
    assert not re.search(r"\d|\bdays?\b|\bдн(я|ей)\b|\bден", text)


@pytest.mark.parametrize("currency", sorted({contract.currency for contract in CONTRACTS}))
def test_each_currency_is_paid_to_an_account_of_its_own(currency: str) -> None:
    party = ISSUER.paid_in(Currency(currency)).party
    assert re.fullmatch(rf"20208{CODES[currency]}\d{{12}}", party.account_number)
    assert party.bank_name
    assert party.swift_bic


def test_the_demo_issuer_is_a_valid_setting() -> None:
    assert IssuerInput.of(ISSUER).issuer == ISSUER


@pytest.mark.parametrize("customer", CUSTOMERS, ids=lambda customer: customer.customer_key)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_no_name_has_its_company_type_twice(customer: DemoCustomer, language: str) -> None:
    party = Party(name=customer.company_name, company_type=customer.company_type)
    words = re.findall(r"\w+", legal_name(party, language).casefold())
    assert words.count(re.findall(r"\w+", party.company_type.casefold())[0]) <= 1
