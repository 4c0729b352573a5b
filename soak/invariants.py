"""What must hold after a round, over what the systems really hold: nothing doubled, nothing lost. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from models.invoice.status import CommandName
from soak.commands import SENDERS
from soak.desk import Outcome
from soak.lives import Sent

IN_FORCE = (0, 1, 2, 3)  # the statuses of an act in Didox that is neither deleted, rejected nor cancelled
MAILS = ("email", "notice", "reminder", "deadline_notice")
# These leave no event of their own name: a comparison ends in `facts_compared`, a resolution in the effect's own event.
WITHOUT_EVENT = frozenset({CommandName.RESOLVE_EFFECT})
# These are answered when their effect has ended, so a refusal may tell the effect's outcome: the trail has the command.
AWAITED = frozenset({CommandName.CHECK_FACTS, CommandName.FINALIZE, CommandName.REGENERATE})
# This one leaves no event while the posting is being executed.
MAY_CHANGE_NOTHING = frozenset({CommandName.SYNC_PLANFACT})
OK = "done"


@dataclass(frozen=True)
class Violation:
    """An invariant that does not hold: of which invoice, if it is one's, which rule, and what was found."""

    invoice_id: str | None
    rule: str
    text: str


@dataclass(frozen=True)
class InvoiceRecord:
    """One invoice as the API shows it, with its trail, its claims, and what was sent about it."""

    invoice: Mapping[str, Any]
    events: tuple[Mapping[str, Any], ...] = ()
    chain_intact: bool = True
    claims: tuple[str, ...] = ()
    claimed: tuple[str, ...] = ()
    """The worklogs on its lines if it is live, which must be the claims."""
    sent: tuple[Sent, ...] = ()
    resolved: frozenset[str] = frozenset()
    message_ids: Mapping[str, str] = field(default_factory=dict)
    """The Message-ID of each effect that sends a mail, by the effect's key."""

    @property
    def id(self) -> str:
        return str(self.invoice["id"])

    def effects(self, *names: str) -> list[Mapping[str, Any]]:
        return [each for each in self.invoice["effects"] if each["name"] in names]


@dataclass(frozen=True)
class IssuedNumber:
    series: str
    seq: int
    display: str
    invoice_id: str
    invoice_number: str | None
    invoice_status: str | None


@dataclass(frozen=True)
class Records:
    """What the systems hold after a round. The numbers are those of all rounds, the rest is of this one."""

    invoices: tuple[InvoiceRecord, ...] = ()
    shipments: tuple[Mapping[str, Any], ...] = ()
    acts: tuple[Mapping[str, Any], ...] = ()
    letters: tuple[str, ...] = ()
    """The Message-ID of each letter that arrived."""
    archived: Mapping[str, str] = field(default_factory=dict)
    """The SHA-256 of each file in the archive, by its key."""
    numbers: tuple[IssuedNumber, ...] = ()
    counters: Mapping[str, int] = field(default_factory=dict)


def violations(records: Records) -> list[Violation]:
    """Return every invariant that does not hold."""
    found = [each for record in records.invoices for each in _of_one(record, records)]
    return [*found, *_letters(records), *_numbers(records)]


def _of_one(record: InvoiceRecord, records: Records) -> Iterator[Violation]:
    rules = {
        "accounting": _shipments(record, records.shipments),
        "e-invoice": _acts(record, records.acts),
        "mail": _mails(record, records.letters),
        "archive": _archive(record, records.archived),
        "payments": _payments(record),
        "trail": _trail(record),
        "worklogs": _claims(record),
    }
    for rule, texts in rules.items():
        yield from (Violation(record.id, rule, text) for text in texts)


def _revision(effect: Mapping[str, Any]) -> int:
    """Return the revision in an effect's key, `{invoice}:{revision}:{effect}`."""
    return int(effect["key"].split(":")[1])


def _undone(record: InvoiceRecord, effect: Mapping[str, Any], by: str) -> bool:
    """Return whether a later compensating effect has completed, or was resolved by a person."""
    return any(_revision(each) > _revision(effect) for each in record.effects(by) if each["state"] in (OK, "skipped"))


def _shipments(record: InvoiceRecord, shipments: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    own = [each for each in shipments if f"[inv:{record.id}]" in each["record"]["comment"]]
    for key, count in Counter(each["record"]["externalId"] for each in own).items():
        if count > 1:
            yield f"{count} shipments were created for {key}"
    kept = {each["id"]: each["record"] for each in own if not each["deleted"]}
    if len(kept) > 1:
        yield f"{len(kept)} shipments are in force: {', '.join(sorted(kept))}"
    standing = [
        e for e in record.effects("accounting") if e["state"] == OK and not _undone(record, e, "accounting_reversal")
    ]
    for effect in standing:
        if effect["vendor_id"] not in kept:
            yield f"the shipment {effect['vendor_id']} of {effect['key']} is not in PlanFact"
        elif Decimal(str(kept[effect["vendor_id"]]["value"])) != Decimal(record.invoice["total_amount"]):
            yield f"shipment {effect['vendor_id']} has {kept[effect['vendor_id']]['value']}, not the invoice's total"
    by_hand = any(e["key"] in record.resolved for e in record.effects("accounting", "accounting_reversal"))
    if kept and not standing and not by_hand:
        yield f"shipment {', '.join(sorted(kept))} is in force without a posting"


def _acts(record: InvoiceRecord, acts: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    number = record.invoice["display_number"]
    own = [each for each in acts if number and each["record"]["json"]["actdoc"]["actno"] == number]
    effects = record.effects("einvoice")
    if len(own) > len(effects):
        yield f"{len(own)} acts were created in Didox for {len(effects)} deliveries"
    in_force = {each["id"].lower() for each in own if each["record"]["status"] in IN_FORCE}
    by_hand = sum(each["key"] in record.resolved for each in record.effects("einvoice_cancel"))
    standing = [e for e in effects if e["state"] == OK and not _undone(record, e, "einvoice_cancel")]
    if len(in_force) > len(standing) + by_hand:
        yield f"{len(in_force)} acts are in force ({', '.join(sorted(in_force))}), and {len(standing)} should be"
    known = {each["id"].lower() for each in own}
    for effect in standing:
        if str(effect["vendor_id"]).lower() not in known and effect["key"] not in record.resolved:
            yield f"act {effect['vendor_id']} of {effect['key']} is not in Didox"


def _mails(record: InvoiceRecord, letters: Iterable[str]) -> Iterator[str]:
    arrived = Counter(letters)
    for effect in record.effects(*MAILS):
        message_id = record.message_ids[effect["key"]]
        if arrived[message_id] > 1:
            yield f"the letter of {effect['key']} arrived {arrived[message_id]} times"
        if effect["state"] == OK and not arrived[message_id]:
            yield f"the letter of {effect['key']} has not arrived"
    approvals = sum(event["action"] == "approve" for event in record.events)
    for name in ("email", "notice"):
        count = sum(record.message_ids[each["key"]] in arrived for each in record.effects(name))
        if count > approvals:
            yield f"{count} letters ({name}) arrived for {approvals} approvals"


def _letters(records: Records) -> Iterator[Violation]:
    """Yield the letters that no effect of this round's invoices has sent; those of earlier rounds have ended."""
    known = {message_id for record in records.invoices for message_id in record.message_ids.values()}
    for message_id in sorted(set(records.letters) - known):
        yield Violation(None, "mail", f"the letter {message_id} belongs to no effect")


def _archive(record: InvoiceRecord, archived: Mapping[str, str]) -> Iterator[str]:
    file, document = record.invoice["archived"], record.invoice["document"]
    if _is_stored(record) and file is None:
        yield "it was archived, and it names no file"
    if file and file["key"] not in archived:
        yield f"{file['key']} is not in the archive"
    elif file and _is_stored(record) and _is_approved(record) and archived[file["key"]] != document["sha256"]:
        yield f"{file['key']} holds another document than the approved one"
    for effect in record.effects("archive_keep"):
        if effect["state"] == OK and effect["vendor_id"] and effect["vendor_id"] not in archived:
            yield f"the copy {effect['vendor_id']} is not in the archive"


def _is_stored(record: InvoiceRecord) -> bool:
    """Return whether the document of the newest approval has been archived."""
    newest = record.effects("archive")[-1:]
    return bool(newest) and newest[0]["state"] == OK


def _is_approved(record: InvoiceRecord) -> bool:
    """Return whether the invoice has its approved document: it was not reopened, and none was rendered since."""
    actions = [event["action"] for event in record.events if event["action"] in ("approve", "finalize")]
    return record.invoice["document"] is not None and actions[-1:] == ["approve"]


def _payments(record: InvoiceRecord) -> Iterator[str]:
    payments = {each["payment_id"]: each for each in record.invoice["payments"]}
    if len(payments) != len(record.invoice["payments"]):
        yield f"a payment id stands twice: {[each['payment_id'] for each in record.invoice['payments']]}"
    recorded = Counter(e["details"]["payment_id"] for e in record.events if e["action"] == "record_payment")
    if recorded != Counter(payments.keys()):
        yield f"the trail records the payments {dict(recorded)}, the invoice has {sorted(payments)}"
    for sent in record.sent:
        if sent.name is CommandName.RECORD_PAYMENT and sent.outcome is Outcome.ACCEPTED:
            found = payments.get(sent.body["payment_id"])
            if found is None or Decimal(found["amount"]) != Decimal(sent.body["amount"]):
                yield f"the accepted payment {sent.body['payment_id']} is not recorded as sent: {sent.body}, {found}"
    if record.invoice["status"] in ("paid", "closed"):
        standing = [each for each in payments.values() if each["reversed"] is None]
        paid = sum((Decimal(p["amount"]) - Decimal(p["surplus"]) for p in standing), Decimal(0))
        settled = paid + Decimal(record.invoice["written_off_amount"])
        if settled != Decimal(record.invoice["total_amount"]):
            yield f"it is {record.invoice['status']} with {settled} of {record.invoice['total_amount']}"


def _trail(record: InvoiceRecord) -> Iterator[str]:
    if not record.chain_intact:
        yield "the hash chain is broken"
    if len(record.events) != record.invoice["revision"]:
        yield f"it has {len(record.events)} events at revision {record.invoice['revision']}"
    made = Counter((event["action"], event["by"]) for event in record.events)
    for name in sorted({each.name for each in record.sent} - WITHOUT_EVENT):
        sent = [each for each in record.sent if each.name == name]
        accepted, uncertain = _distinct(sent, Outcome.ACCEPTED), _distinct(sent, Outcome.UNANSWERED)
        uncertain += _distinct(sent, Outcome.REFUSED) if name in AWAITED else 0
        recorded = made[name, SENDERS[name]]  # each user of the stack has the name of the role
        at_least = 0 if name in MAY_CHANGE_NOTHING else accepted
        if not at_least <= recorded <= accepted + uncertain:
            yield f"{accepted} {name} were accepted and {uncertain} unanswered; the trail has {recorded}"


def _distinct(sent: Iterable[Sent], outcome: Outcome) -> int:
    """Return how many commands had this outcome. Payments with one id are one payment."""
    chosen = [each for each in sent if each.outcome is outcome]
    ids = {each.body["payment_id"] for each in chosen if "payment_id" in each.body}
    return len(ids) or len(chosen)


def _claims(record: InvoiceRecord) -> Iterator[str]:
    if sorted(record.claims) != sorted(record.claimed):
        surplus, missing = set(record.claims) - set(record.claimed), set(record.claimed) - set(record.claims)
        yield f"claimed and not on its lines: {sorted(surplus)}; on its lines and not claimed: {sorted(missing)}"


def _numbers(records: Records) -> Iterator[Violation]:
    by_series: dict[str, list[int]] = {}
    for number in records.numbers:
        by_series.setdefault(number.series, []).append(number.seq)
        if number.invoice_number != number.display:
            text = f"{number.display} was issued to it, and it has {number.invoice_number} ({number.invoice_status})"
            yield Violation(number.invoice_id, "numbers", text)
    for series, taken in by_series.items():
        if sorted(taken) != list(range(1, len(taken) + 1)) or records.counters[series] != len(taken):
            missing = sorted(set(range(1, records.counters[series] + 1)) - set(taken))
            text = (
                f"series {series} has {len(taken)} numbers, its counter is {records.counters[series]}; gaps: {missing}"
            )
            yield Violation(None, "numbers", text)
    for display, count in Counter(number.display for number in records.numbers).items():
        if count > 1:
            yield Violation(None, "numbers", f"{display} was issued {count} times")
