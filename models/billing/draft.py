"""The draft of a service invoice from a contract's records and terms.

Prefill, generate and the billing run all use this one function.
"""

from datetime import date
from decimal import Decimal

from models.billing.billed_work import NOTHING_BILLED, BilledWork, on_other_invoices
from models.billing.cloud_lines import NO_CLOUD_COSTS, CloudCosts, cloud_lines, rate_warnings
from models.billing.contract_dates import date_warnings, reason_outside
from models.billing.pricing import base_amount, client_type, price_worklogs
from models.billing.quoted_lines import quote_reference, quoted_contract, scheduled_lines, without_replaced_base
from models.billing.worklog_warnings import worklog_warnings
from models.contracts.contract import Contact, ContractRecords, Customer, DealType
from models.contracts.rate_rule import RateRule, billable_seconds
from models.contracts.terms import ContractTerms, NotBilled
from models.contracts.worklog import Worklog
from models.documents.wording import legal_text_or_default, tax_note_or_default
from models.invoice.checks.confirmation import overlap_message
from models.invoice.content.basis import ClientType, ServiceBasis
from models.invoice.content.content import Content
from models.invoice.content.lines import Line, LineType
from models.invoice.content.printing import without_invisible_characters
from models.invoice.content.totals import sum_up
from models.invoice.errors import AlreadyInvoiced, DraftRefused
from models.issuer.issuer import Party
from models.values.base_models import Frozen
from models.values.document_options import Channel
from models.values.email_address import recipients_in
from models.values.money import Currency, hours, readable
from models.values.period import Period
from models.values.text import printable, unprintable_character


def draft(
    records: ContractRecords,
    terms: ContractTerms,
    period: Period,
    invoice_date: date,
    *,
    today: date | None = None,
    billed: BilledWork = NOTHING_BILLED,
    cloud: CloudCosts = NO_CLOUD_COSTS,
) -> Content:
    """Return the content of a draft for the period, without the work that other invoices of the contract bill.

    `cloud` is the cloud cost that is allocated to the contract; its rule says whether it is charged.
    `today` is the invoice date unless an older draft is recomputed.

    Raises DraftRefused where no correct invoice can be made, and AlreadyInvoiced where other invoices leave nothing to
    charge; the message says what a bookkeeper can do.
    """
    records, unprintable = _with_printable_names(records)
    contract, customer = quoted_contract(records.contract, terms.quoted), records.customer
    records = records.model_copy(update={"contract": contract})
    if contract.currency not in set(Currency):
        raise DraftRefused(
            f"{contract.application_key} has the currency {contract.currency!r}; "
            "it must be a code of ISO 4217 such as UZS"
        )
    kind = client_type(contract, customer.swift_bic)
    rule = terms.rate_rule or RateRule.of(contract)
    billable = [w for w in records.worklogs if terms.why_not_billed(w) is None]
    worklogs = [w for w in billable if w.worklog_id not in billed.worklogs]
    left_out = [w for w in billable if w.worklog_id in billed.worklogs]
    overlaps = billed.overlaps(contract.deal_type, period)
    work_lines = without_replaced_base(price_worklogs(contract, kind, rule, worklogs, period), terms.quoted)
    resold = cloud.not_taken(billed.worklogs)
    resale_lines = cloud_lines(resold, Currency(contract.currency), period, len(work_lines))
    scheduled = scheduled_lines(terms.quoted, billed.worklogs, len(work_lines) + len(resale_lines))
    lines = (*work_lines, *resale_lines, *scheduled)
    if terms.quoted.replaces_base and not any(line.billed for line in lines):
        raise DraftRefused(
            f"Nothing of the schedule of quote {terms.quoted.replaces_base} is left to be invoiced by {period.end}."
        )
    tax = terms.tax.rate_on(terms.issuer, period.end)
    if left_out and not worklogs and not any(line.billed and line.line_total for line in lines):
        raise AlreadyInvoiced(_nothing_left(contract.application_key, period, left_out, billed))
    suggested = _suggested_base(records, kind, rule, empty=not billable)
    content = Content(
        basis=ServiceBasis(
            application_key=contract.application_key,
            application_name=contract.application_name,
            customer_key=contract.customer_key,
            deal_type=contract.deal_type,
            client_type=kind,
            period=period,
            agreement_number=contract.agreement_number,
            agreement_date=contract.agreement_date,
            rate_rule=rule,
            suggested_base_amount=suggested,
            worklogs={w.worklog_id: w.seconds for w in worklogs},
            overlaps=overlaps,
            hours_follow_lines=True,
            hours_add_up=True,
            outside_contract=reason_outside(contract, period),
            quote=quote_reference(terms.quoted, work_lines),
            names_quote=bool(terms.quoted.prices or scheduled),
        ),
        currency=Currency(contract.currency),
        invoice_date=invoice_date,
        payment_days=terms.payment_days,
        issuer=terms.issuer.paid_in(Currency(contract.currency)),
        customer=_party(customer),
        recipients=terms.recipients or _addresses(records.contacts),
        cc=terms.cc,
        bcc=terms.bcc,
        channel=terms.channel or (Channel.DIDOX if kind is ClientType.LOCAL else Channel.EMAIL),
        series=terms.series,
        reminder_days=terms.reminder_days,
        tax=tax,
        lines=lines,
        totals=sum_up(
            lines,
            currency=Currency(contract.currency),
            tax=tax,
            total_hours=hours(sum(billable_seconds(w) for w in worklogs)),
        ),
        toggles=terms.toggles,
        legal_text=legal_text_or_default(terms.legal_text, kind),
        tax_treatment=terms.tax.treatment,
        tax_note=tax_note_or_default(terms.tax, kind),
        service_code=terms.service_code,
        warnings=(
            *_warnings(records, work_lines, suggested, empty=not billable),
            *date_warnings(contract, worklogs, period, today or invoice_date),
            *worklog_warnings(records.worklogs, terms),
            *billed.left_out_warnings(left_out),
            *cloud.warnings(billed.worklogs),
            *rate_warnings(resold, Currency(contract.currency), period),
            *(overlap_message(each) for each in overlaps),
            *_projects_left_out(records, terms),
            *_contacts_left_out(records, terms),
            *unprintable,
        ),
    )
    return without_invisible_characters(content)


def _nothing_left(key: str, period: Period, worklogs: list[Worklog], billed: BilledWork) -> str:
    on_invoices = on_other_invoices({w.worklog_id: billed.worklogs[w.worklog_id] for w in worklogs})
    return (
        f"All work of {key} for {period.title} is on other invoices: {on_invoices}. Void or discard that invoice first "
        "if this period should bill it."
    )


def _suggested_base(records: ContractRecords, kind: ClientType, rule: RateRule, *, empty: bool) -> Decimal | None:
    """Return the base amount to suggest for a period without worklogs, for which HR and SUP charge nothing.

    See docs/specification/pricing.md 4.7.
    """
    if not empty or records.contract.deal_type is DealType.FP or rule.bill_base_when_empty:
        return None
    return base_amount(records.contract, kind)


def _warnings(
    records: ContractRecords, lines: tuple[Line, ...], suggested: Decimal | None, *, empty: bool
) -> tuple[str, ...]:
    """Return what a person should check before the draft is finalised."""
    warnings = []
    if not records.contract.labels:
        warnings.append("The contract has no project labels, so no worklogs can be found for it.")
    elif empty:
        warnings.append("No billable worklogs were found in this period.")
    if suggested:
        base = f"{readable(suggested)} {records.contract.currency}"
        warnings.append(f"Nothing is charged for an empty period; the contract's base amount would be {base}.")
    if records.contract.deal_type is not DealType.FP and not empty:
        rates = {line.unit_price for line in lines if line.line_type is not LineType.SUPPORT}
        if rates == {Decimal(0)}:
            warnings.append("The contract has no hourly rate, so its hours are charged at 0.00.")
    return tuple(warnings)


def _projects_left_out(records: ContractRecords, terms: ContractTerms) -> tuple[str, ...]:
    """Return a warning for each label of the contract whose class keeps hours off the invoice.

    The labels of a contract are rarely internal, so the classification may be an error.
    """
    seconds: dict[str, int] = {}
    for worklog in records.worklogs:
        if terms.why_not_billed(worklog) in (NotBilled.INTERNAL, NotBilled.OVERHEAD):
            seconds[worklog.project_label] = seconds.get(worklog.project_label, 0) + worklog.seconds
    return tuple(
        f"{hours(logged):.2f} hours of project {label} are not billed: it is classified as "
        f"{terms.classifications[label].value}."
        for label, logged in sorted(seconds.items())
    )


def _with_printable_names(records: ContractRecords) -> tuple[ContractRecords, tuple[str, ...]]:
    """Return the records without characters that cannot be printed in names, and a warning for each such name."""
    warnings = []
    cleaned: dict[str, Frozen] = {}
    named: dict[str, Frozen] = {"customer": records.customer, "contract": records.contract}
    for kind, record in named.items():
        texts = {name: text for name, text in record if isinstance(text, str)}
        found = {name: code for name, text in texts.items() if (code := unprintable_character(text))}
        cleaned[kind] = record.model_copy(update={name: printable(texts[name]) for name in found})
        warnings += [
            f"The {kind}'s {name} holds an invisible control character, {code}; it was left out. Correct it in Jira."
            for name, code in found.items()
        ]
    return records.model_copy(update=cleaned), tuple(warnings)


def _party(customer: Customer) -> Party:
    """Return the customer as the document names it."""
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
    """Return the usable e-mail addresses of the contacts, each once."""
    return tuple(dict.fromkeys(address for each in contacts for address in recipients_in(each.email).addresses))


def _contacts_left_out(records: ContractRecords, terms: ContractTerms) -> tuple[str, ...]:
    """Return a warning for each contact of whose e-mail cell a part is not usable, with that part."""
    return () if terms.recipients else tuple(filter(None, map(_contact_left_out, records.contacts)))


def _contact_left_out(contact: Contact) -> str | None:
    name = contact.name or "?"
    found = recipients_in(contact.email)
    if not found.left_out:
        return None
    if not found.addresses:
        return f"Contact {name} has no usable e-mail address: {contact.email!r}."
    parts = ", ".join(map(repr, found.left_out))
    return f"Contact {name}: the invoice goes to {', '.join(found.addresses)}; not understood as an address: {parts}."
