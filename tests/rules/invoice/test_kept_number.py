"""A number that was issued and not recorded: a restore keeps it with its draft, so that no discard leaves a gap."""

import pytest

from models.audit.hash_chain import first_break
from models.invoice.commands import Finalize, Void
from models.invoice.effects import EffectName
from models.invoice.invoice import Invoice, Number
from models.invoice.preconditions import allowed
from models.invoice.recorded import keep_number
from models.invoice.status import CommandName, Status
from tests.fixtures.invoices import NOW, execute, new_invoice, reviewable, saved

ISSUED = Number(series="ACT", seq=10, display="ACT-10")
BY = "aktum invoice restore"


def test_a_draft_keeps_the_number() -> None:
    draft = new_invoice()
    kept = keep_number(draft, ISSUED, NOW, BY)
    assert (kept.number, kept.content.series, kept.revision) == (ISSUED, "ACT", draft.revision + 1)
    assert (kept.journal[-1].action, kept.journal[-1].by) == ("keep_number", BY)
    assert first_break(kept.journal) is None
    assert CommandName.DISCARD not in allowed(kept)
    voided = execute(saved(kept), Void(by="boss", reason="not needed"))
    assert (voided.status, voided.number) == (Status.VOID, ISSUED)


def test_a_kept_number_is_the_one_of_the_document() -> None:
    kept = keep_number(new_invoice(), ISSUED, NOW, BY)
    finalized = execute(kept, Finalize(by="amina"))
    assert finalized.number == ISSUED
    assert EffectName.NUMBER in {each.name for each in finalized.open_effects}  # answered with the issued number


@pytest.mark.parametrize(
    ("recorded", "number"),
    [
        (new_invoice(), None),
        (reviewable(), ISSUED),
        (execute(new_invoice(), Finalize(by="amina")), ISSUED),
    ],
    ids=["none was issued", "it has one", "it takes it itself"],
)
def test_nothing_to_keep(recorded: Invoice, number: Number | None) -> None:
    assert keep_number(recorded, number, NOW, BY) is recorded
