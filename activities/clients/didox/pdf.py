"""The free PDF in Didox (document type 000): its fields, and the JSON body that creates it."""

import base64
from datetime import date
from typing import Any, Final

from activities.clients.didox.act import Part

LARGEST_PDF: Final = 10_000_000  # "10 MB"; if Didox means 10 MiB, the difference is lost
# The subtypes of a free PDF: an invoice for payment, and an act of completed work.
INVOICE, ACT_OF_WORK = 4, 5


class PdfDraft(Part):
    """A free PDF to be created; `sha256` is that of its file."""

    number: str
    document_date: date
    name: str
    subtype: int
    contract_number: str
    contract_date: date
    seller_name: str
    seller_address: str
    buyer_tin: str
    buyer_name: str
    buyer_address: str
    sha256: str


def pdf_body(draft: PdfDraft, seller_tin: str, pdf: bytes) -> dict[str, Any]:
    """Return the body of the request that creates the document."""
    return {
        "data": {
            "Document": {
                "DocumentNo": draft.number,
                "DocumentDate": draft.document_date.isoformat(),
                "DocumentName": draft.name,
            },
            "Subtype": draft.subtype,
            "ContractDoc": {"ContractNo": draft.contract_number, "ContractDate": draft.contract_date.isoformat()},
            "SellerTin": seller_tin,
            "Seller": _party(draft.seller_name, draft.seller_address),
            "BuyerTin": draft.buyer_tin,
            "Buyer": _party(draft.buyer_name, draft.buyer_address),
        },
        "document": f"data:application/pdf;base64,{base64.b64encode(pdf).decode()}",
    }


def _party(name: str, address: str) -> dict[str, str]:
    return {"Name": name, "BranchCode": "", "BranchName": "", "Address": address}
