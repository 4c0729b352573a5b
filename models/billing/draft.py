"""The draft of an invoice from facts and terms: the one function behind prefill, generate and the monthly run."""

from datetime import date
from decimal import Decimal

from models.billing.pricing import base_amount, client_type, price_worklogs
from models.contracts.contract import Contact, ContractRecords, Customer, DealType
from models.contracts.rate_rule import RateRule, billable_seconds
from models.contracts.terms import ContractTerms, NotBilled
from models.documents.wording import legal_text_or_default
from models.invoice.content.basis import ClientType, ServiceBasis
from models.invoice.content.content import Content
from models.invoice.content.lines import Line, LineType
from models.invoice.content.printing import without_invisible_characters
from models.invoice.content.totals import sum_up
from models.invoice.errors import DraftRefused
from models.issuer.issuer import Party
from models.values.document_options import Channel
from models.values.email_address import addresses_in
from models.values.money import Currency, hours
from models.values.period import Period


def draft(facts: ContractRecords, terms: ContractTerms, period: Period, invoice_date: date) -> Content:
    """Raises DraftRefused where no correct invoice can be made, with the reason a bookkeeper can act on."""
    application, customer = facts.application, facts.customer
    if application.currency not in set(Currency):
        known = ", ".join(Currency)
        raise DraftRefused(f"{application.application_key} bills in {application.currency!r}; known are {known}")
    kind = client_type(application, customer.swift_bic)
    rule = terms.rate_rule or RateRule.of(application)
    worklogs = [w for w in facts.worklogs if terms.why_not_billed(w) is None]
    lines = price_worklogs(application, kind, rule, worklogs, period)
    tax = terms.issuer.tax_on(period.end)
    suggested = _suggested_base(facts, kind, rule, empty=not worklogs)
    content = Content(
        basis=ServiceBasis(
            application_key=application.application_key,
            application_name=application.application_name,
            customer_key=application.customer_key,
            deal_type=application.deal_type,
            client_type=kind,
            period=period,
            agreement_number=application.agreement_number,
            agreement_date=application.agreement_date,
            rate_rule=rule,
            suggested_base_amount=suggested,
            worklogs={w.worklog_id: w.seconds for w in worklogs},
            hours_follow_lines=True,
        ),
        currency=Currency(application.currency),
        invoice_date=invoice_date,
        payment_days=terms.payment_days,
        issuer=terms.issuer.paid_in(Currency(application.currency)),
        customer=_party(customer),
        recipients=terms.recipients or _addresses(facts.contacts),
        channel=terms.channel or (Channel.DIDOX if kind is ClientType.LOCAL else Channel.EMAIL),
        series=terms.series,
        reminder_days=terms.reminder_days,
        tax=tax,
        lines=lines,
        totals=sum_up(
            lines,
            currency=Currency(application.currency),
            tax=tax,
            total_hours=hours(sum(billable_seconds(w) for w in worklogs)),
        ),
        toggles=terms.toggles,
        legal_text=legal_text_or_default(terms.legal_text, kind),
        warnings=(
            *_warnings(facts, lines, suggested, empty=not worklogs),
            *_projects_left_out(facts, terms),
            *_contacts_left_out(facts, terms),
        ),
    )
    return without_invisible_characters(content)


def _suggested_base(facts: ContractRecords, kind: ClientType, rule: RateRule, *, empty: bool) -> Decimal | None:
    """An empty period bills nothing for HR and SUP, but says what the base would be.

    See docs/specification/pricing.md 4.7.
    """
    if not empty or facts.application.deal_type is DealType.FP or rule.bill_base_when_empty:
        return None
    return base_amount(facts.application, kind)


def _warnings(
    facts: ContractRecords, lines: tuple[Line, ...], suggested: Decimal | None, *, empty: bool
) -> tuple[str, ...]:
    found = []
    if not facts.application.labels:
        found.append("The contract has no project labels, so no worklogs can be found for it.")
    elif empty:
        found.append("No billable worklogs were found in this period.")
    if suggested:
        base = f"{suggested:,.2f} {facts.application.currency}"
        found.append(f"Nothing is charged for an empty period; the contract's base amount would be {base}.")
    if facts.application.deal_type is not DealType.FP and not empty:
        rates = {line.unit_price for line in lines if line.line_type is not LineType.SUPPORT}
        if rates == {Decimal(0)}:
            found.append("The contract has no hourly rate, so its hours are worth nothing.")
    return tuple(found)


def _projects_left_out(facts: ContractRecords, terms: ContractTerms) -> tuple[str, ...]:
    """The label of a contract is seldom meant to be internal, so it is said where it takes hours off the invoice."""
    seconds: dict[str, int] = {}
    for worklog in facts.worklogs:
        if terms.why_not_billed(worklog) in (NotBilled.INTERNAL, NotBilled.OVERHEAD):
            seconds[worklog.project_label] = seconds.get(worklog.project_label, 0) + worklog.seconds
    return tuple(
        f"{hours(worked):.2f} hours of project {label} are not billed: it is classified as "
        f"{terms.classifications[label].value}."
        for label, worked in sorted(seconds.items())
    )


def _party(customer: Customer) -> Party:
    return Party(
        name=customer.company_name,
        company_type=customer.company_type,
        address=customer.address,
        tin=customer.tin,
        account_number=customer.account_number,
        bank_name=customer.bank_name,
        mfo=customer.mfo,
        swift_bic=customer.swift_bic,
        signer=customer.signer_full_name,
        country=customer.country,
    )


def _addresses(contacts: tuple[Contact, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(address for contact in contacts for address in addresses_in(contact.email)))


def _contacts_left_out(facts: ContractRecords, terms: ContractTerms) -> tuple[str, ...]:
    """Who would wait in vain for the invoice."""
    if terms.recipients:
        return ()
    wrong = (contact for contact in facts.contacts if contact.email.strip() and not any(addresses_in(contact.email)))
    return tuple(f"Contact {contact.name or '?'} has no usable e-mail address: {contact.email!r}." for contact in wrong)
