"""`aktum explain`: each amount of an invoice as line, rule and inputs."""

import typer
from rich.table import Table
from rich.text import Text

from activities.invoice.named_invoice import find_invoice
from models.billing.explanation import Explanation, explain
from models.invoice.invoice import Invoice
from operations.connections import ATTENTION, console
from operations.postgres import run_on_postgres, with_engine


def explain_invoice(name: str) -> None:
    """Print each amount of the invoice. Exit code 3 if a sum does not agree."""
    found = run_on_postgres(with_engine(lambda engine: find_invoice(engine, name.strip())))
    if found is None:
        raise typer.BadParameter(f"there is no invoice {name!r}")
    explanation = explain(found.content)
    _print(found, explanation)
    if not explanation.agrees:
        raise typer.Exit(ATTENTION)


def _print(invoice: Invoice, explanation: Explanation) -> None:
    content, deal_type = invoice.content, invoice.content.service.deal_type
    title = f"{invoice.display_number or 'Draft'}: {content.customer.name}, {content.period.title}, {deal_type}"
    console.print(title, style="bold")
    lines = Table("Line", "Rule", "Inputs", "Calculation", "", box=None, header_style="dim", pad_edge=False)
    for line in explanation.lines:
        inputs = "\n".join(f"{name}: {value}" for name, value in line.inputs.items())
        style = "" if line.billed else "dim"
        lines.add_row(
            Text(f"{line.id} {line.description}", style),
            Text(f"{line.rule}: {line.rule_text}", style),
            Text(inputs, style),
            Text(line.formula, style),
            _mark(line.agrees),
        )
    console.print(lines)
    sums = Table("Sum", "of", "Amount", "", box=None, header_style="dim", pad_edge=False)
    for each in explanation.sums:
        sums.add_row(each.name, each.formula, f"{each.amount} {content.currency}", _mark(each.agrees))
    console.print(sums)
    agrees = explanation.agrees
    console.print("All sums agree." if agrees else "Not all sums agree.", style="green" if agrees else "red")


def _mark(agrees: bool) -> Text:
    return Text("✓", "green") if agrees else Text("✗", "red")
