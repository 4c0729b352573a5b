"""The explanation of an invoice: the rule, the inputs and the recomputed value of each amount.

It is computed from the invoice's own content, so an old invoice is explained by the rules and rates of its time.
"""

from decimal import Decimal

from models.billing.cloud_lines import MINIMUM_RULE, RESALE_RULE, resale_amount
from models.billing.kpi_lines import KPI_RULE
from models.billing.quoted_lines import SCHEDULED_RULE
from models.invoice.content.basis import CloudSource, OrderSource, QuoteSource, ServiceBasis
from models.invoice.content.content import Content
from models.invoice.content.lines import BASE_TYPES, Line, LineType
from models.invoice.content.totals import tax_included_in, tax_on
from models.issuer.issuer import TaxRate
from models.values.base_models import Frozen
from models.values.money import format_multiplier, round_amount, total

RULES = {
    "SUP.base": "the month's fixed amount, whatever the hours up to the limit",
    "SUP.overtime": "hours above the limit x hourly rate x the higher of overtime and the work's own multiplier",
    "SUP.task": "for information: covered by the base amount or by the overtime line",
    "HR.task": "billable hours x hourly rate x the multiplier of the tier",
    "FP.base": "the fixed price, whatever the hours",
    "FP.task": "for information: covered by the fixed price",
    RESALE_RULE: "the cost of a vendor's bill x exchange rate x margin",
    MINIMUM_RULE: "what the resold cost lacks of the contract's minimum",
    "rate_card": "the price of the rate card for one job of this kind, on the day on which it was completed",
    "materials": "quantity x unit price of each charged material, each rounded",
    KPI_RULE: "the partner's KPI rule: a bonus for a job on time, a penalty for one that is late or exceeds its target",
    SCHEDULED_RULE: "a part of the fixed price of an accepted quote, on its day",
    "manual": "entered by a person",
}


class ExplainedLine(Frozen):
    """One line; `agrees` is false if its amount does not follow from its inputs."""

    id: str
    description: str
    rule: str
    rule_text: str
    formula: str
    amount: Decimal
    billed: bool
    agrees: bool
    inputs: dict[str, str]


class ExplainedSum(Frozen):
    """One sum; `agrees` is false if it does not follow from its parts."""

    name: str
    formula: str
    amount: Decimal
    agrees: bool


class Explanation(Frozen):
    """The explanation of all lines and sums of an invoice."""

    lines: tuple[ExplainedLine, ...]
    sums: tuple[ExplainedSum, ...]

    @property
    def agrees(self) -> bool:
        """Return whether every line and every sum agrees."""
        return all(line.agrees for line in self.lines) and all(each.agrees for each in self.sums)


def explain(content: Content) -> Explanation:
    """Return the explanation of the content's amounts."""
    return Explanation(lines=tuple(_line(content, line) for line in content.lines), sums=tuple(_sums(content)))


def _line(content: Content, line: Line) -> ExplainedLine:
    computed = round_amount(line.quantity * line.unit_price * line.rate_multiplier, content.currency)
    # A person may enter an overtime amount directly; then there is nothing from which to recompute it.
    entered = line.is_manual and line.line_type is LineType.OVERTIME
    return ExplainedLine(
        id=line.id,
        description=line.description,
        rule=line.rule,
        rule_text=RULES.get(line.rule, "unknown rule"),
        formula=f"{line.quantity} × {line.unit_price} × {format_multiplier(line.rate_multiplier)} = {line.line_total}",
        amount=line.line_total,
        billed=line.billed,
        agrees=entered or (computed == line.line_total and _follows_from_cost(content, line)),
        inputs=_inputs(content, line),
    )


def _follows_from_cost(content: Content, line: Line) -> bool:
    """Return whether the amount of a line that resells cost, and that no person changed, follows from the cost."""
    if line.is_manual or not isinstance(line.source, CloudSource):
        return True
    return resale_amount(line.source, content.currency) == line.line_total


def _inputs(content: Content, line: Line) -> dict[str, str]:
    inputs = {"source": "manual" if line.is_manual else "auto"}
    if line.line_type is LineType.OVERTIME and isinstance(content.basis, ServiceBasis):
        rule, totals = content.basis.rate_rule, content.totals
        inputs["hours"] = f"{totals.total_hours} worked, limit {rule.monthly_limit_hours}"
        inputs["overtime multiplier"] = format_multiplier(rule.overtime_multiplier)
    if (work := line.work).worklogs:
        inputs["tier"] = str(work.rate_tier)
        inputs["worklogs"] = str(len(work.worklogs))
        inputs["days"] = f"{work.worked_on[0]} to {work.worked_on[-1]}"
        logged = f"{work.time_seconds} logged, " if line.line_type is LineType.TASK else ""
        inputs["seconds"] = f"{logged}{work.billable_seconds} billable"
    if isinstance(source := line.source, OrderSource):
        inputs["order"] = f"{source.order_key}, completed on {source.completed_on}"
        inputs["rate"] = source.rate_id
    if isinstance(source, CloudSource):
        inputs["bill"] = f"{source.provider} {source.provider_invoice_id}, version {source.bill_version}"
        inputs["cost"] = f"{source.cost} {source.cost_currency} of {source.line_count} lines"
        divisor = f" / {source.exchange_divisor}" if source.exchange_divisor != 1 else ""
        ids = f" ({', '.join(source.rate_ids)})" if source.rate_ids else ""
        inputs["exchange rate"] = f"{source.exchange_rate}{divisor}{ids}"
        inputs["margin"] = f"{source.margin_percent} %"
    if isinstance(source, QuoteSource):
        inputs["quote"] = f"{source.quote_number}, version {source.quote_version}, line {source.quote_line_id}"
        inputs["entry"] = source.entry_id
    elif isinstance(content.basis, ServiceBasis) and (quote := content.basis.quote) and line.id in quote.lines:
        inputs["quote"] = f"{quote.number}, version {quote.version}, line {quote.lines[line.id]}"
    return inputs


def _sums(content: Content) -> list[ExplainedSum]:
    totals = content.totals
    billed = [line for line in content.lines if line.billed]
    base = [x.line_total for x in billed if x.line_type in BASE_TYPES]
    overtime = [x.line_total for x in billed if x.line_type is LineType.OVERTIME]
    net = [x.line_total for x in billed]
    sums = [
        _sum("base_amount", base, totals.base_amount),
        _sum("overtime_amount", overtime, totals.overtime_amount),
    ]
    if content.tax and content.tax.included:
        sums += [_tax(content, content.tax), _net_without(content, content.tax, total(net))]
    else:
        sums += [_sum("net_amount", net, totals.net_amount), *([_tax(content, content.tax)] if content.tax else [])]
    gross = totals.net_amount + totals.tax_amount
    sums.append(
        ExplainedSum(
            name="total_amount",
            formula="typed by hand" if totals.total_is_manual else f"{totals.net_amount} + {totals.tax_amount}",
            amount=totals.total_amount,
            agrees=totals.total_is_manual or gross == totals.total_amount,
        )
    )
    return sums


def _tax(content: Content, rate: TaxRate) -> ExplainedSum:
    totals = content.totals
    if totals.total_is_manual or rate.included:
        tax = tax_included_in(totals.total_amount, content.currency, rate)
        formula = f"{totals.total_amount} − {totals.total_amount} / {1 + rate.rate} ({rate.code})"
    else:
        tax = tax_on(totals.net_amount, content.currency, rate)
        formula = f"{totals.net_amount} × {rate.rate} ({rate.code})"
    return ExplainedSum(name="tax_amount", formula=formula, amount=totals.tax_amount, agrees=tax == totals.tax_amount)


def _net_without(content: Content, rate: TaxRate, charged: Decimal) -> ExplainedSum:
    """Explain the net amount of prices that contain the tax."""
    tax, net = tax_included_in(charged, content.currency, rate), content.totals.net_amount
    return ExplainedSum(name="net_amount", formula=f"{charged} − {tax}", amount=net, agrees=charged - tax == net)


def _sum(name: str, parts: list[Decimal], amount: Decimal) -> ExplainedSum:
    shown = " + ".join(str(part) for part in parts[:6]) or "nothing"
    more = f" + {len(parts) - 6} more" if len(parts) > 6 else ""
    return ExplainedSum(name=name, formula=shown + more, amount=amount, agrees=total(parts) == amount)
