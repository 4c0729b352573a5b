"""The effects of electronic invoices for their tests, a draft in Didox, and a count of its creations."""

from activities.delivery.einvoice import EInvoice
from activities.documents.store import DocumentStore
from models.invoice.effects import EffectName
from tests.fixtures.issued_invoices import Issued, issue, run
from tests.fixtures.sandboxes import Sandbox

CREATE, CANCEL = EffectName.EINVOICE, EffectName.EINVOICE_CANCEL


async def drafted(einvoice: EInvoice, store: DocumentStore) -> tuple[Issued, str]:
    issued = await issue(store)
    receipt = await run(einvoice.create, issued.request(CREATE))
    assert receipt.vendor_id
    return issued, receipt.vendor_id


def creations(sandbox: Sandbox) -> int:
    return sum("/create/" in request["path"] for request in sandbox.requests())
