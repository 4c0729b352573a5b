"""The page of the Didox sandbox: the documents, and the buttons of the signer, the client and the tax side."""

from local.sandboxes.pages.description import Action, Column, Input, Page, Pill, Row, Section, amount
from local.sandboxes.pages.sandbox_page import sandbox_page
from local.sandboxes.state import Record, SandboxState
from settings import DidoxSettings

STATUSES = {
    0: Pill("draft, waits for our signature", "amber"),
    1: Pill("sent, waits for the client", "blue"),
    3: Pill("signed by both", "green"),
    4: Pill("rejected by the client", "red"),
    5: Pill("cancelled", "red"),
    40: Pill("invalid", "red"),
    50: Pill("annulled by the tax office", "red"),
    55: Pill("draft, deleted"),
    5555: Pill("cancelled by the sender", "red"),
}
COMMENT = Input("comment", "Comment", required=True)

SIGN = Action("sign", "Sign for us and send", "/__sandbox/{document_id}/sign", "Our signature sent the document.")
ACCEPT = Action(
    "partner-sign", "Sign as the client", "/__sandbox/{document_id}/partner-sign", "The client signed the document."
)
REJECT = Action(
    "partner-reject",
    "Reject",
    "/__sandbox/{document_id}/partner-reject",
    "The client rejected the document.",
    body=lambda form: {"comment": form.get("comment", "")},
    inputs=(COMMENT,),
    severe=True,
)
ANNUL = Action(
    "annul",
    "Annul as the tax office",
    "/__sandbox/{document_id}/annul",
    "The tax office annulled the document.",
    body=lambda _: {"status": 50, "comment": "Annulled by the tax office"},
    severe=True,
)
OFFERED = {0: (SIGN,), 1: (ACCEPT, REJECT, ANNUL), 3: (ANNUL,)}


def didox_page(state: SandboxState, settings: DidoxSettings) -> Page:
    documents = Section(
        title="Documents",
        columns=(
            *(Column("Number", "id"), Column("Client"), Column("Contract"), Column("Total", "amount")),
            *(Column("Status"), Column("Changed", "time")),
        ),
        records=lambda: state.all("document"),
        row=_row,
        empty="There is no document yet. An invoice with an act in Didox creates one after its approval.",
    )
    return sandbox_page(
        state,
        title="Didox",
        about="Exchange of electronic documents: acts that both sides sign.",
        note="Aktum looks for a new status now and then, so an answer of the client appears on the invoice later.",
        sections=(documents,),
        row_actions=(SIGN, ACCEPT, REJECT, ANNUL),
        secrets=(settings.password.get_secret_value(),),
    )


def _row(document: Record) -> Row:
    act, status = document["json"], document["status"]
    pill = STATUSES.get(status, Pill(f"status {status}"))
    comment = document["status_comment"]
    return Row(
        key=document["_id"],
        cells=(
            act["actdoc"]["actno"],
            f"{act['buyername']}, TIN {act['buyertin']}",
            act["contractdoc"]["contractno"],
            amount(document["total_sum"]),
            Pill(f"{pill.text}: {comment}", pill.tone) if comment else pill,
            document["updated"],
        ),
        details="\n".join(map(_line, act["productlist"]["products"])),
        actions=OFFERED.get(status, ()),
    )


def _line(line: Record) -> str:
    return f"{line['name']}: {line['count']} × {amount(line['summa'])} = {amount(line['totalsum'])}"
