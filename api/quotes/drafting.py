"""The content of a new quote and the lines of an edit, from what a person has asked for.

Lines of a calculation and of an invoice are read here, so that the command that reaches the workflow holds the lines
themselves. Of a calculation only prices are taken; its costs stay with it (docs/specification/quotes.md 1.5).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from api.error_handlers import of_request
from api.errors import Invalid, NotFound
from api.invoice.repository import InvoiceRepository
from api.quotes.bodies import (
    USUAL_DAYS,
    CalculationBody,
    InvoiceLinesBody,
    KeptLineBody,
    LineBody,
    NewQuote,
    TypedLineBody,
)
from api.quotes.repository import Calculations
from api.reads import Reads
from api.settings.repositories import ISSUER
from api.settings.store import SettingsStore
from models.contracts.ports import ContractDetail
from models.invoice.content.lines import Line
from models.invoice.invoice import Invoice
from models.issuer.issuer import Issuer, Party, TaxRate
from models.quotes.calculator.calculation import ScenarioResult
from models.quotes.calculator.scenario import Scenario
from models.quotes.content.content import QuoteContent, numbered
from models.quotes.content.deal import CalculationOutdated, QuotedDeal, calculated_lines, deal_of
from models.quotes.content.discount import QuoteDiscount, check_discount
from models.quotes.content.inputs import ResolvedLine, TypedLine
from models.quotes.content.lines import InvoicedLine, QuoteLine
from models.quotes.quote.editing import require_one_deal
from models.settings.area import SettingRefused
from models.values.email_address import recipients_in
from models.values.money import Currency
from models.values.typed_values import AS_RECORDED
from workflows.client.errors import RequestFailed


@dataclass(frozen=True)
class Resolved:
    """The lines as the workflow gets them, and the deal of the calculation among them."""

    lines: tuple[ResolvedLine, ...]
    deal: QuotedDeal | None


@dataclass(frozen=True)
class QuoteDrafting:
    """Reads what quotes are made from."""

    store: SettingsStore
    calculations: Calculations
    invoices: InvoiceRepository
    reads: Reads

    async def content(self, body: NewQuote, today: date) -> QuoteContent:
        """Return the content of a new draft. Raise Invalid or NotFound."""
        issuer = await self._issuer()
        contract = await self._contract(body.application_key) if body.application_key else None
        customer = self._customer(body, contract)
        found = await self.resolved(body.lines, body.currency, body.language, ())
        lines = numbered(_line(each, body.currency, place) for place, each in enumerate(found.lines))
        if body.discount is not None:
            _require_discount_fits(body.discount, lines, body.currency)
        recipients = body.recipients
        if recipients is None:
            recipients = _addresses(contract) if contract else ()
        return QuoteContent(
            issuer=issuer.paid_in(body.currency),
            customer=customer,
            customer_key=contract.contract.customer_key if contract else None,
            application_key=body.application_key,
            contact=body.contact,
            language=body.language,
            title=body.title,
            introduction=body.introduction,
            terms=body.terms,
            currency=body.currency,
            issued_on=today,
            valid_until=body.valid_until or today + timedelta(days=USUAL_DAYS),
            payment_days=body.payment_days,
            tax=_tax(issuer, today, included=body.prices_include_tax) if body.taxed else None,
            lines=lines,
            deal=require_one_deal(lines, found.deal),
            recipients=recipients,
            cc=body.cc,
            bcc=body.bcc,
            reminder_days=body.reminder_days,
            discount=body.discount,
        )

    async def resolved(
        self, lines: Sequence[LineBody], currency: Currency, language: str, before: Sequence[QuoteLine]
    ) -> Resolved:
        """Return the lines that were asked for. `before` are the lines of the draft, of which some may be kept."""
        found: list[ResolvedLine] = []
        deal: QuotedDeal | None = None
        kept = {line.id: line for line in before}
        for place, each in enumerate(lines):
            match each:
                case TypedLineBody():
                    found.append(ResolvedLine(typed=TypedLine.model_validate(each.model_dump(exclude={"kind"}))))
                case KeptLineBody():
                    found.append(ResolvedLine(made=_kept(each, kept, place)))
                case CalculationBody():
                    made, deal = await self._of_calculation(each, currency, language, place)
                    found += [ResolvedLine(made=line) for line in made]
                case InvoiceLinesBody():
                    found += [ResolvedLine(made=line) for line in await self._of_invoice(each, currency, place)]
        return Resolved(tuple(found), deal)

    async def _issuer(self) -> Issuer:
        async with self.store.reading() as connection:
            found = (await ISSUER.read(connection)).get(ISSUER.KEY)
        if found is None:
            raise Invalid.of_message("The company that makes the offer is not configured. Enter it in the settings.")
        return found.issuer

    async def _contract(self, application_key: str) -> ContractDetail:
        try:
            return await self.reads.client(application_key)
        except RequestFailed as failed:
            raise of_request(failed) from failed

    @staticmethod
    def _customer(body: NewQuote, contract: ContractDetail | None) -> Party:
        if body.customer is not None:
            return Party.model_validate(body.customer.model_dump())
        if contract is None or contract.customer is None:
            raise Invalid.at("customer", "give the customer, or a contract whose customer gets the offer")
        customer = contract.customer
        return Party(
            name=customer.company_name,
            company_type=customer.company_type,
            address=customer.address,
            tin=customer.tin,
            country=customer.country,
            signer=customer.signer_full_name,
        )

    async def _of_calculation(
        self, body: CalculationBody, currency: Currency, language: str, place: int
    ) -> tuple[tuple[QuoteLine, ...], QuotedDeal]:
        row = await self.calculations.find(body.calculation_id)
        if row is None:
            raise NotFound(f"There is no calculation {body.calculation_id}.")
        scenarios = [Scenario.model_validate(each, context=AS_RECORDED) for each in row["scenarios"]]
        names = [each.name for each in scenarios]
        if body.scenario is None and len(scenarios) > 1:
            raise Invalid.at(f"lines.{place}.scenario", f"choose one of {', '.join(names)}")
        if body.scenario is not None and body.scenario not in names:
            raise Invalid.at(f"lines.{place}.scenario", f"must be one of {', '.join(names)}")
        index = names.index(body.scenario) if body.scenario is not None else 0
        scenario, result = scenarios[index], ScenarioResult.model_validate(row["results"][index])
        if scenario.currency is not currency:
            raise Invalid.at("currency", f"the calculation is in {scenario.currency}, and the quote in {currency}")
        try:
            lines = calculated_lines(body.calculation_id, scenario, result.without_costs(), language)
        except CalculationOutdated as outdated:
            raise Invalid.at(f"lines.{place}.calculation_id", str(outdated)) from outdated
        return lines, deal_of(body.calculation_id, scenario)

    async def _of_invoice(self, body: InvoiceLinesBody, currency: Currency, place: int) -> list[QuoteLine]:
        invoice = await self.invoices.find(body.invoice_id)
        if invoice is None:
            raise NotFound(f"There is no invoice {body.invoice_id}.")
        if invoice.content.currency is not currency:
            raise Invalid.at("currency", f"the invoice is in {invoice.content.currency}, and the quote in {currency}")
        billed = {line.id: line for line in invoice.content.lines if line.billed}
        if unknown := [each for each in body.line_ids if each not in billed]:
            raise Invalid.at(f"lines.{place}.line_ids", f"{unknown[0]} is no billed line of this invoice")
        return [_taken_over(invoice, billed[each]) for each in body.line_ids or billed]


def _kept(body: KeptLineBody, kept: dict[str, QuoteLine], place: int) -> QuoteLine:
    if body.id not in kept:
        raise Invalid.at(f"lines.{place}.id", f"{body.id} is no line of the draft")
    changes = body.model_dump(include={"description", "details", "optional"}, exclude_none=True)
    return kept[body.id].model_copy(update=changes)


def _line(each: ResolvedLine, currency: Currency, place: int) -> QuoteLine:
    try:
        return each.line(currency)
    except SettingRefused as refused:
        raise Invalid.at(f"lines.{place}.{refused.path}", refused.message) from refused


def _require_discount_fits(discount: QuoteDiscount, lines: Sequence[QuoteLine], currency: Currency) -> None:
    try:
        check_discount(lines, discount, currency)
    except SettingRefused as refused:
        raise Invalid.at(f"discount.{refused.path}", refused.message) from refused


def _taken_over(invoice: Invoice, line: Line) -> QuoteLine:
    return QuoteLine(
        id="",
        description=line.description,
        quantity=line.quantity,
        unit_price=line.unit_price,
        multiplier=line.rate_multiplier,
        list_amount=line.line_total,
        amount=line.line_total,
        source=InvoicedLine(
            invoice_id=invoice.id, number=invoice.display_number or invoice.workflow_id, line_id=line.id
        ),
    )


def _tax(issuer: Issuer, today: date, *, included: bool) -> TaxRate | None:
    tax = issuer.tax_on(today)
    return tax.model_copy(update={"included": included or tax.included}) if tax else None


def _addresses(contract: ContractDetail) -> tuple[str, ...]:
    found = (address for each in contract.contacts for address in recipients_in(each.email).addresses)
    return tuple(dict.fromkeys(found))[:20]
