"""The page of the PlanFact sandbox: shipments and incomes, and the button of a person who deletes one."""

from local.sandboxes.pages.description import Action, Column, Page, Pill, Row, Section, amount
from local.sandboxes.pages.sandbox_page import sandbox_page
from local.sandboxes.state import Record, SandboxState

DELETE = Action(
    "delete-operation",
    "Delete as a person",
    "/__sandbox/operations/{operation_id}/delete",
    "The operation was deleted, as a person does it in PlanFact.",
    severe=True,
)


def planfact_page(state: SandboxState) -> Page:
    operations = Section(
        title="Shipments and incomes",
        columns=(
            *(
                Column("Number", "id"),
                Column("Kind"),
                Column("Client"),
                Column("Day", "time"),
                Column("Amount", "amount"),
            ),
            *(Column("Currency"), Column("Comment"), Column("State")),
        ),
        records=lambda: state.all("operation"),
        row=_row,
        empty="No operation is booked yet. An approved invoice is booked as a shipment.",
    )
    return sandbox_page(
        state,
        title="PlanFact",
        about="Management accounting: revenue as shipments, payments as incomes.",
        note="A client pays at the bank, not here. Record the payment in Aktum (the command record_payment of the "
        "invoice); Aktum then books the income, if AKTUM_PLANFACT__BOOK_PAYMENTS is on.",
        sections=(operations,),
        row_actions=(DELETE,),
    )


def _row(operation: Record) -> Row:
    parts, is_income = operation["operationParts"], operation["operationType"] == "Income"
    return Row(
        key=str(operation["operationId"]),
        cells=(
            str(operation["operationId"]),
            "income" if is_income else "shipment",
            ", ".join(dict.fromkeys(part["contrAgent"]["title"] for part in parts)),
            (operation["operationDate"] if is_income else operation["calculationDate"])[:10],
            amount(operation["value"]),
            operation["currencyCode"] or "–",
            operation["comment"] or "",
            Pill("deleted", "red") if operation["deleted"] else Pill("booked", "green"),
        ),
        details="\n".join(map(_part, parts)),
        actions=() if operation["deleted"] else (DELETE,),
    )


def _part(part: Record) -> str:
    project = part["project"]["title"] if part["project"] else "no project"
    return f"{amount(part['value'])}: {part['operationCategory']['title']}, {project}, deal {part['sellingDealId']}"
