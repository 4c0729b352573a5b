"""What operators read in the Web UI: the state in Markdown, and nothing in it that could break the table."""

from decimal import Decimal

from models.advance import noted
from models.commands import Discard, Hold, RecordPayment, Void
from models.details import details
from models.effects import EffectName
from models.facts import DealType
from models.outcomes import Failed
from models.settling import record
from tests.fixtures.drafts import NOW, approved, contract, drafted, new_invoice, obey, sent, settled, the


def test_a_draft() -> None:
    text = details(new_invoice())
    assert text.startswith("## Draft: draft")
    assert "| Client | Acme Corp (CUST-001) |" in text
    assert "| Total | 15000000.00 UZS |" in text
    assert "`finalize`" in text
    assert "`approve`" not in text


def test_a_blocked_effect_says_why_and_which() -> None:
    invoice = approved()
    key = the(invoice, EffectName.ACCOUNTING).key
    blocked = record(invoice, Failed(key=key, code="VendorRefused", message="contractor | 42\nis unknown"), NOW)
    text = details(blocked)
    assert text.splitlines()[0].endswith("**BLOCKED**")
    row = next(line for line in text.splitlines() if key in line)
    assert row == f"| accounting | failed | 2026-03-01 10:00 | contractor \\| 42 is unknown | `{key}` |"
    assert "### Under way" in text
    assert "`retry_effect`" in text


def test_cells_are_escaped() -> None:
    text = details(new_invoice(drafted(contract((), DealType.FP, company_name="A | B\nC\r\nD"))))
    assert "| Client | A \\| B C D (CUST-001) |" in text


def test_notes_stay_one_line_each() -> None:
    invoice = noted(new_invoice(), NOW, "Ignored `approve`: first\n## second\r\nthird")
    assert "- 2026-03-01 10:00: Ignored `approve`: first ## second third" in details(invoice).splitlines()


def test_only_the_newest_notes_are_kept() -> None:
    invoice = new_invoice()
    for n in range(15):
        invoice = noted(invoice, NOW, f"note {n}.")
    assert len(invoice.notes) == 10
    assert "note 14." in details(invoice)
    assert "note 4." not in details(invoice)


def test_money_and_the_next_alarm_are_shown() -> None:
    payment = RecordPayment(payment_id="p1", paid_on=NOW.date(), amount=Decimal("5000000.00"), reference="bank")
    text = details(obey(sent(), payment))
    assert "| Paid | 5000000.00 UZS; balance 10000000.00 |" in text
    assert "| Due | 2026-04-15 |" in text
    assert "2026-04-08 09:00" in text


def test_a_hold_and_an_overdue_invoice_catch_the_eye() -> None:
    held = obey(sent(), Hold(by="boss | me", reason="client\ncalled"))
    assert "**On hold** by boss \\| me: client called" in details(held)
    assert "**OVERDUE**" in details(held.model_copy(update={"overdue": True}))


def test_what_was_archived_is_named() -> None:
    invoice = settled(approved(), EffectName.ARCHIVE, details={"key": "invoices/2026/Act_ACT-7.pdf", "etag": "e"})
    assert "| Archived | invoices/2026/Act_ACT-7.pdf |" in details(invoice)


def test_a_finished_invoice_offers_nothing() -> None:
    assert details(obey(new_invoice(), Discard(by="amina"))).endswith("Possible now: nothing")
    assert details(obey(approved(), Void(by="boss", reason="wrong client"))).endswith("Possible now: nothing")
