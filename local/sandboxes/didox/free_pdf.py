"""Free PDF documents (type 000) of the Didox sandbox: validation of the request, and the stored document."""

import base64
import binascii
import re
from typing import Any

from local.sandboxes.didox.act import ValidationErrors, document
from local.sandboxes.state import Record

PREFIX = "data:application/pdf;base64,"
LARGEST = 10 * 1024 * 1024
TIN = re.compile(r"\d{9}|\d{14}")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
SUBTYPES = range(1, 11)


def errors(body: dict[str, Any]) -> ValidationErrors:
    """Return what is wrong; `body` has its keys in lower case."""
    data = _section(body, "data")
    head, contract = _section(data, "document"), _section(data, "contractdoc")
    checks = {
        "documentno": bool(head.get("documentno")),
        "documentdate": isinstance(head.get("documentdate"), str) and bool(DAY.fullmatch(head["documentdate"])),
        "documentname": bool(head.get("documentname")),
        "subtype": data.get("subtype") in SUBTYPES,
        "contractno": bool(contract.get("contractno")),
        "sellertin": bool(TIN.fullmatch(str(data.get("sellertin")))),
        "buyertin": bool(TIN.fullmatch(str(data.get("buyertin")))),
        "seller.name": bool(_section(data, "seller").get("name")),
        "buyer.name": bool(_section(data, "buyer").get("name")),
    }
    return {name: [f"Поле {name} заполнено неверно или отсутствует."] for name, good in checks.items() if not good}


def file_of(body: dict[str, Any]) -> bytes | None:
    """Return the PDF; None if there is none, it is no PDF or it is too large."""
    text = body.get("document")
    if not isinstance(text, str) or not text.startswith(PREFIX):
        return None
    try:
        pdf = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        return None
    return pdf if pdf.startswith(b"%PDF") and len(pdf) <= LARGEST else None


def free_pdf(n: int, body: dict[str, Any], pdf: bytes, moment: str) -> Record:
    """Return the document. Its head also has the names of an act's fields, because lists show both types alike."""
    data = body["data"]
    head = {
        **data,
        "actdoc": {"actno": data["document"]["documentno"], "actdate": data["document"]["documentdate"]},
        "buyername": data["buyer"]["name"],
        "productlist": {"products": []},
    }
    made = document(n, head, moment)
    return {**made, "doctype": "000", "total_sum": None, "size": len(pdf)}


def _section(value: dict[str, Any], name: str) -> dict[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}
